"""`probe-gate runs list`: the target's test runs. The only place that shows who started one."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from probe_gate.cli.platform_call import (
    ask,
    is_json,
    one_target,
    print_json,
    read_command,
    say,
    say_aside,
)
from probe_gate.cli.tables import Column, render_table, terminal_width
from probe_gate.domain.formatting import plural
from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.use_cases.ports import Clock, Platform

MOST_SHOWN = 20
ALL = 2**31

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all", action="store_true", help=f"show all of them, not only the latest {MOST_SHOWN}")


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("runs list", arguments, environ)
    target_id = one_target(settings)
    as_json = is_json(settings)
    query = RunQuery(newest=ALL if arguments.all or as_json else MOST_SHOWN)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> RunList:
        return await platform.list_runs(target_id, query, deadline)

    listing = ask(settings, question, seconds=settings.timings.listing_seconds)
    for note in listing.notes:
        say_aside(note)
    if listing.unreadable:
        say_aside(f"{plural(listing.unreadable, 'entry', 'entries')} of the listing could not be read as a run.")
    if as_json:
        print_json([describe(run) for run in sort_runs(listing)])
        return 0
    _print_table(target_id, listing, show_all=arguments.all)
    return 0


def sort_runs(listing: RunList) -> list[Run]:
    """Runs that are going and have no date yet, then by date, newest first, then the rest."""
    fresh = [run for run in listing.undated if not run.phase.is_terminal]
    old = [run for run in listing.undated if run.phase.is_terminal]
    return [*fresh, *listing.newest, *old]


def _print_table(target_id: int, listing: RunList, *, show_all: bool) -> None:
    runs = sort_runs(listing)
    if not runs:
        say(f"Target {target_id} has no test runs.")
        return
    shown = runs if show_all else runs[:MOST_SHOWN]
    for line in render_table(COLUMNS, [_row(run) for run in shown], terminal_width()):
        say(line)
    readable = listing.count - listing.unreadable
    if len(shown) < readable:
        say(f"The latest {len(shown)} of {plural(readable, 'run')}; --all shows all of them.")


def _row(run: Run) -> tuple[str, ...]:
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


def describe(run: Run) -> dict[str, Any]:
    """The run for programs. What the platform does not say is null."""
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "phase": run.phase.value,
        "date": run.started_at.isoformat() if run.started_at else None,
        "passed": run.counts.passed,
        "failed": run.counts.failed,
        "errors": run.counts.errors,
        "planned": run.counts.total,
        "probes": list(run.probes) if run.probes is not None else None,
        "startedBy": run.started_by,
    }
