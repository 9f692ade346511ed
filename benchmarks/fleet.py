"""Measure one gate over many targets, and check its limits.

    python -m benchmarks.fleet [TARGETS ...]

Each target has a run of 10 s on the sandbox, in another process. The gate has its default options. Without arguments:
300 targets, for which limits are promised, and then 1, 10, 100 and 1,000.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime

from benchmarks.costs import run_command
from benchmarks.sandbox import run_sandbox
from benchmarks.tools import GATE, Tool

RUN_SECONDS = 10.0
GROWING = (1, 10, 100, 1_000)
BOUNDED = 300
BOUNDED_DELAY_SECONDS = 0.05
"""The delay of responses when limits are checked; without it, requests hardly overlap."""
MAX_IN_FLIGHT, MAX_THREADS, MAX_MIB, MAX_SECONDS_AFTER = 10, 12, 150.0, 20.0
"""`--parallel` is 8; two more workers are reserved for cancelling runs and for searches by run tag."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """The cost of one gate."""

    targets: int
    exit_code: int
    requests: int
    most_in_flight: int
    """As counted by the sandbox."""
    threads: int
    mebibytes: float
    cpu_seconds: float
    seconds_after: float
    """From the end of the last run to the end of the gate, including its reports."""

    @property
    def keeps_bounds(self) -> bool:
        return (
            self.exit_code == 0
            and self.most_in_flight <= MAX_IN_FLIGHT
            and self.threads <= MAX_THREADS
            and self.mebibytes <= MAX_MIB
            and self.seconds_after <= MAX_SECONDS_AFTER
        )


def measure_fleet(targets: int, tool: Tool = GATE, *, delay_seconds: float = 0.0) -> Fleet:
    """Measure a gate over so many targets, with that delay of each response."""
    with (
        run_sandbox(run_seconds=RUN_SECONDS, targets=targets, delay_seconds=delay_seconds) as sandbox,
        tempfile.TemporaryDirectory() as directory,
    ):
        cost = run_command(tool.command_for(range(1, targets + 1)), sandbox.environment, directory)
        asked = [datetime.fromisoformat(run["requestedAt"]).timestamp() for run in sandbox.ask("/sandbox/runs")]
        seen = sandbox.ask("/sandbox")
    if cost.exit_code != 0 or len(asked) != targets:
        sys.stderr.write(cost.output)
    return Fleet(
        targets=targets,
        exit_code=cost.exit_code,
        requests=seen["requests"],
        most_in_flight=seen["mostInFlight"],
        threads=cost.threads,
        mebibytes=cost.mebibytes,
        cpu_seconds=cost.cpu_seconds,
        seconds_after=cost.ended_at - (max(asked) + RUN_SECONDS),
    )


HEADER = "targets   requests  per target  in flight  threads    MiB    CPU s  per target    after  exit"


def format_fleet(fleet: Fleet) -> str:
    """Return one row of the table."""
    return (
        f"{fleet.targets:7,} {fleet.requests:10,} {fleet.requests / fleet.targets:11.1f} {fleet.most_in_flight:10}"
        f" {fleet.threads:8} {fleet.mebibytes:6.0f} {fleet.cpu_seconds:8.2f} {fleet.cpu_seconds / fleet.targets:11.4f}"
        f" {fleet.seconds_after:8.1f} {fleet.exit_code:5}"
    )


def format_bounds(fleet: Fleet) -> str:
    """Return the promised limits, and whether they are kept."""
    return (
        f"        bounds: {MAX_IN_FLIGHT} in flight, {MAX_THREADS} threads, {MAX_MIB:.0f} MiB,"
        f" {MAX_SECONDS_AFTER:.0f} s after the last run: {'kept' if fleet.keeps_bounds else 'NOT KEPT'}"
    )


def main() -> None:
    named = [int(word) for word in sys.argv[1:]]
    print(f"Runs of {RUN_SECONDS:.0f} s; `after`: seconds from the end of the last run until all was over.")
    print(HEADER)
    for targets in named or (BOUNDED, *GROWING):
        fleet = measure_fleet(targets, delay_seconds=BOUNDED_DELAY_SECONDS if targets == BOUNDED else 0.0)
        print(format_fleet(fleet), flush=True)
        if targets == BOUNDED:
            print(format_bounds(fleet), flush=True)


if __name__ == "__main__":
    main()
