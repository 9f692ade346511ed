"""Measure how costs grow with the run list and with the number of targets."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from benchmarks import listing
from benchmarks.costs import Cost, run_checked
from benchmarks.fleet import RUN_SECONDS, measure_fleet
from benchmarks.sandbox import Sandbox, run_sandbox
from benchmarks.table import Row
from benchmarks.tools import CURL, GATE, TOOLS, Tool

MIN_REQUESTS = 3
"""A trigger, one poll after the end of the run, and the scores."""
SMALL_FLEET = 10


def poll_rows(sizes: Sequence[int]) -> Iterator[Row]:
    """Yield the rows for one poll of run lists of these lengths."""
    found = [_measure_polls(size) for size in sizes]
    for index in range(len(found[0])):
        yield from (rows[index] for rows in found)


def _measure_polls(size: int) -> tuple[Row, ...]:
    name = f"{size:,} runs"
    body = listing.listing_body(size)
    packed = len(gzip.compress(body)) / 1000
    with listing.server(size, "gzip") as url:
        whole, _, whole_grown = listing.measure_poll(url, size, "whole")
        early, _, early_grown = listing.measure_poll(url, size, "stops early")
        script, _, script_grown = listing.measure_poll(url, size, "requests")
        limit, _, _ = listing.measure_poll(url, size, "json alone")
    curl = _measure_curl(size)
    curl_ms = curl.cpu_seconds * 1000 if curl else None
    return (
        Row("one poll, read whole", "CPU ms", name, whole * 1000, curl_ms, script * 1000, limit * 1000),
        Row("one poll, may stop early", "CPU ms", name, early * 1000, curl_ms, script * 1000, limit * 1000),
        Row("five polls, read whole", "MiB more", name, whole_grown, curl.mebibytes if curl else None, script_grown),
        Row(
            "five polls, may stop early", "MiB more", name, early_grown, curl.mebibytes if curl else None, script_grown
        ),
        Row("one poll, on the wire", "kB", name, packed, len(body) / 1000, packed),
    )


def _measure_curl(size: int) -> Cost | None:
    """Return the cost of a poll by curl and jq, without compression; None if they are not installed."""
    if not CURL.is_installed:
        return None
    with listing.server(size, "plain") as url:
        pipe = f"curl --silent {url} | jq --raw-output '.[] | select(.id == {size}) | .status'"
        costs = [run_checked(["bash", "-c", pipe], {"PATH": "/usr/bin:/bin"}) for _ in range(3)]
    return min(costs, key=lambda cost: cost.cpu_seconds)


def gate_rows(sizes: Sequence[int]) -> Iterator[Row]:
    """Yield the rows for a gate on targets with run lists of these lengths."""
    found = [_measure_gates(size) for size in sizes]
    for index in range(len(found[0])):
        yield from (rows[index] for rows in found)


def _measure_gates(size: int) -> tuple[Row, ...]:
    name = f"{size:,} runs"
    tools = [tool for tool in TOOLS if tool.is_installed]
    with run_sandbox(run_seconds=RUN_SECONDS, targets=len(tools), history=size) as sandbox:
        for target in range(1, len(tools) + 1):  # the sandbox renders its history on the first request
            run_checked([*GATE.command[:1], "runs", "list", "--target-id", str(target)], sandbox.environment)
        with ThreadPoolExecutor() as pool:
            costs = dict(
                zip(tools, pool.map(lambda pair: _gate(sandbox, *pair), enumerate(tools, start=1)), strict=True)
            )
        requests = [request for request in sandbox.ask("/sandbox/requests") if request["number"] > len(tools)]

    def count(tool: Tool) -> float:
        return sum(1.0 for request in requests if request["headers"]["user-agent"].startswith(tool.agent))

    return (
        _row("gate, run of 10 s", "requests", name, {tool: count(tool) for tool in tools}, MIN_REQUESTS),
        _row("gate, run of 10 s", "CPU s", name, {tool: cost.cpu_seconds for tool, cost in costs.items()}),
        _row("gate, run of 10 s", "MiB", name, {tool: cost.mebibytes for tool, cost in costs.items()}),
    )


def _gate(sandbox: Sandbox, target: int, tool: Tool) -> Cost:
    return run_checked(tool.command_for([target]), sandbox.environment)


def fleet_rows(sizes: Sequence[int]) -> Iterator[Row]:
    """Yield the rows for one gate over these numbers of targets."""
    found = [_measure_fleets(size) for size in sizes]
    for index in range(len(found[0])):
        yield from (rows[index] for rows in found)


def _measure_fleets(size: int) -> tuple[Row, ...]:
    name = f"{size:,} target{'s' if size > 1 else ''}"
    tools = [tool for tool in TOOLS if tool.is_installed]
    # a small fleet leaves the machine mostly idle, so the tools can be measured in parallel
    with ThreadPoolExecutor(len(tools) if size <= SMALL_FLEET else 1) as pool:
        fleets = dict(zip(tools, pool.map(lambda tool: measure_fleet(size, tool), tools), strict=True))
    for tool, fleet in fleets.items():
        if fleet.exit_code != 0:
            raise RuntimeError(f"{tool.name} ended with {fleet.exit_code} over {name}")
    each = {tool: fleet.cpu_seconds * 1000 / size for tool, fleet in fleets.items()}
    asked = {tool: fleet.requests / size for tool, fleet in fleets.items()}
    return (
        _row("fleet, for each target", "requests", name, asked, MIN_REQUESTS),
        _row("fleet, for each target", "CPU ms", name, each),
        _row("fleet", "MiB", name, {tool: fleet.mebibytes for tool, fleet in fleets.items()}),
        _row("fleet", "s after the last run", name, {tool: fleet.seconds_after for tool, fleet in fleets.items()}),
    )


def _row(what: str, unit: str, size: str, values: dict[Tool, float], limit: float | None = None) -> Row:
    gate, curl, requests = (values.get(tool) for tool in TOOLS)
    return Row(what, unit, size, gate, curl, requests, limit)
