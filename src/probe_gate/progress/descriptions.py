"""What a progress line says of a run: status, how far it is, and how long it may still take."""

from __future__ import annotations

from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.run import Counts, Run, progress_fraction
from probe_gate.domain.text import plain_line
from probe_gate.use_cases.ports import Progressed

MAX_NAME_LENGTH = 40
MAX_MESSAGE_LENGTH = 400


def name_of(target: Target) -> str:
    """Return `Support bot (42)`, or `target 42` when it has no name: names need not be unique."""
    name = plain_line(target.name or "", MAX_NAME_LENGTH)
    return f"{name} ({target.id})" if name else f"target {target.id}"


def message_of(event: Progressed) -> str:
    return plain_line(event.message, MAX_MESSAGE_LENGTH)


def status_of(run: Run | None) -> str:
    """Return the platform's own word for it; empty when it gave none."""
    return "" if run is None else plain_line(run.status or "", MAX_NAME_LENGTH)


def percent_done(run: Run | None) -> str:
    """Return `37 %`, rounded down so that 100 % is only said when it is so; empty when it cannot be told."""
    share = None if run is None else progress_fraction(run)
    return "" if share is None else f"{int(share * 100)} %"


def describe_counts(counts: Counts) -> str:
    """Return `45 of 120 test cases, 2 failed, 1 in error`; empty when the platform gave no counts."""
    if counts.contradiction is not None:
        return ""
    words = []
    if counts.executed is not None and counts.total is not None:
        words.append(f"{counts.executed:,} of {plural(counts.total, 'test case')}")
    elif counts.executed is not None:
        words.append(plural(counts.executed, "test case"))
    if counts.failed:
        words.append(f"{counts.failed:,} failed")
    if counts.errors:
        words.append(f"{counts.errors:,} in error")
    return ", ".join(words)


def format_estimate(seconds: float) -> str:
    """Return `about 3 min`: an estimate is not given to the second where it cannot be known to the second."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 60:
        return f"about {max(round(seconds / 10) * 10, 10)} s"
    step = 60 if seconds < 3600 else 600
    return f"about {format_duration(max(round(seconds / step) * step, step))}"


def describe_run(event: Progressed) -> str:
    """Return how far the run is, without its status: `37 %, 45 of 120 test cases, 2 failed, about 3 min left`."""
    words = [] if event.run is None else [percent_done(event.run), describe_counts(event.run.counts)]
    if event.remaining_seconds is not None:
        words.append(f"{format_estimate(event.remaining_seconds)} left")
    return ", ".join(word for word in words if word)
