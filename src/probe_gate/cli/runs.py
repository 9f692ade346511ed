"""`probe-gate runs list` and `runs cancel`: the test runs of a target. Nothing else shows who started a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from probe_gate.cli.output import Column, echo, echo_err, is_json, print_json, render_table, terminal_width
from probe_gate.cli.platform_call import ask, one_target, read_command
from probe_gate.domain.formatting import plural
from probe_gate.domain.page_address import looks_like_page, parse_page_address
from probe_gate.domain.parsing import explain_address, parse_id, quoted
from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.errors import ConfigError
from probe_gate.settings import Settings
from probe_gate.use_cases.cancel import NoSuchRunError, Stopped, stop_run, stop_tagged
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.run_tag import RunTag, parse_run_tag

MAX_LISTED = 20
NO_LIMIT = 2**31

COLUMNS = (
    Column("RUN", right=True),
    Column("STATUS"),
    Column("DATE (UTC)"),
    Column("PASSED", right=True),
    Column("FAILED", right=True),
    Column("ERRORS", right=True),
    Column("PLANNED", right=True),
    Column("NAME", may_fold=True),
    Column("STARTED BY", may_fold=True),
)


def add_list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help=f"show all of them, not only the latest {MAX_LISTED}")


def list_runs(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("runs list", arguments, environ)
    target_id = one_target(settings)
    as_json = is_json(settings)
    query = RunQuery(newest=NO_LIMIT if arguments.all or as_json else MAX_LISTED)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> RunList:
        return await platform.list_runs(target_id, query, deadline)

    listing = ask(settings, question, seconds=settings.timings.listing_seconds)
    for note in listing.notes:
        echo_err(note)
    if listing.unreadable:
        echo_err(f"{plural(listing.unreadable, 'entry', 'entries')} of the listing could not be read as a run.")
    if as_json:
        print_json([describe_run(run) for run in sort_runs(listing)])
        return 0
    _print_table(target_id, listing, show_all=arguments.all)
    return 0


def sort_runs(listing: RunList) -> list[Run]:
    """Return active runs without a date first, then runs by date, newest first, then finished runs without a date."""
    fresh = [run for run in listing.undated if not run.state.is_terminal]
    old = [run for run in listing.undated if run.state.is_terminal]
    return [*fresh, *listing.newest, *old]


def _print_table(target_id: int, listing: RunList, *, show_all: bool) -> None:
    runs = sort_runs(listing)
    if not runs:
        echo(f"Target {target_id} has no test runs{' that could be read' if listing.count else ''}.")
        return
    quoted = runs if show_all else runs[:MAX_LISTED]
    for line in render_table(COLUMNS, [_run_row(run) for run in quoted], terminal_width()):
        echo(line)
    readable = listing.count - listing.unreadable
    if len(quoted) < readable:
        echo(f"The latest {len(quoted)} of {plural(readable, 'run')}; --all shows all of them.")


def _run_row(run: Run) -> tuple[str, ...]:
    counts = run.counts
    numbers = (counts.passed, counts.failed, counts.errors, counts.total)
    return (
        str(run.id),
        run.status or "?",
        f"{run.started_at:%Y-%m-%d %H:%M}" if run.started_at else "",
        *("" if number is None else str(number) for number in numbers),
        run.name or "",
        run.started_by or "",
    )


def describe_run(run: Run) -> dict[str, Any]:
    """Return the run as JSON; what the platform does not report is null."""
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "state": run.state.value,
        "date": run.started_at.isoformat() if run.started_at else None,
        "passed": run.counts.passed,
        "failed": run.counts.failed,
        "errors": run.counts.errors,
        "planned": run.counts.total,
        "probes": list(run.probes) if run.probes is not None else None,
        "startedBy": run.started_by,
    }


def add_cancel_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="RUN", help="the number of the test run, or the address of its page")
    parser.add_argument(
        "--tag", metavar="TAG", help="the run tag at the start of the run's name, such as pg-3f9a2c1b.2.k4x7q2m9rwtv"
    )
    parser.add_argument("--if-exists", action="store_true", help="with --tag: exit 0 if the run does not exist")


def cancel(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if arguments.run is not None and looks_like_page(arguments.run):
        _split_address(arguments)
    settings = read_command("runs cancel", arguments, environ)
    if (arguments.run is None) == (arguments.tag is None):
        raise ConfigError("Which test run should be cancelled?", "Give its ID, or its run tag with --tag.")
    try:
        stopped = (
            _cancel_by_id(settings, arguments.run) if arguments.tag is None else _cancel_by_tag(settings, arguments.tag)
        )
    except NoSuchRunError as error:
        if not arguments.if_exists:
            raise
        if not is_json(settings):
            echo(error.message)
        stopped = Stopped()
    if is_json(settings):
        print_json({"cancelled": list(stopped.cancelled), "alreadyFinished": [run.id for run in stopped.over]})
        return 0
    for run_id in stopped.cancelled:
        if _known_target(settings) is None:
            echo(
                f"The platform accepted the request to cancel test run {run_id}. "
                "Whether the run was still active is checked only with --target-id."
            )
        else:
            echo(f"Test run {run_id} was cancelled on the platform.")
    for run in stopped.over:
        nothing = "" if stopped.cancelled else " Nothing was cancelled."
        echo(f"Test run {run.id} has already finished ({run.status}).{nothing}")
    return 0


def _split_address(arguments: argparse.Namespace) -> None:
    """Take the address of a test run's page apart: its ID, and an address that names workspace and target."""
    try:
        page = parse_page_address(arguments.run, "test-run-id")
    except ValueError as error:
        raise ConfigError(f"The number of a test run: {error}.", "probe-gate runs list shows them.") from None
    if arguments.target_url is not None:
        raise ConfigError("Both the test run and --target-url are addresses.", "Give only one of them.")
    arguments.target_url, arguments.run = arguments.run, str(page.test_run_id)


def _cancel_by_id(settings: Settings, text: str) -> Stopped:
    try:
        run_id = parse_id(text.strip())
    except ValueError as error:
        wrong = explain_address(text, "test-run-id") or str(error)
        raise ConfigError(f"The number of a test run: {wrong}.", "probe-gate runs list shows them.") from None
    target_id = _known_target(settings)

    async def question(platform: Platform, clock: Clock, deadline: float) -> Stopped:
        return await stop_run(platform, clock, run_id, target_id, deadline)

    return ask(settings, question)


def _known_target(settings: Settings) -> int | None:
    return settings.named_target_ids[0] if len(settings.named_target_ids) == 1 else None


def _cancel_by_tag(settings: Settings, text: str) -> Stopped:
    tag = _parse_tag(text.strip())
    target_id = one_target(settings)

    async def question(platform: Platform, clock: Clock, deadline: float) -> Stopped:
        return await stop_tagged(platform, clock, target_id, tag, deadline)

    return ask(settings, question, seconds=settings.timings.listing_seconds)


def _parse_tag(text: str) -> RunTag:
    tag = parse_run_tag(text)
    if tag is None or not text.startswith(tag.text):
        raise ConfigError(
            f"--tag: {quoted(text)} is not a run tag.",
            "The name of a run that a gate started begins with its run tag, such as pg-3f9a2c1b.2.k4x7q2m9rwtv.",
        )
    return tag
