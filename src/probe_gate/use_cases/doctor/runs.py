"""What `doctor` reports about the runs of a target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from probe_gate.domain.concurrent_runs import active_runs, known_runs
from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.formatting import few, plural
from probe_gate.domain.run import Run, RunState, complete_counts
from probe_gate.domain.run_list import RunList
from probe_gate.domain.text import plain_line
from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import MAX_NAMED, Finding, Status
from probe_gate.use_cases.doctor.next_run import GateIntent


def diagnose_runs(listing: RunList, target_id: int, intent: GateIntent, now: datetime) -> Finding:
    runs = known_runs(listing)
    readable = listing.count - listing.unreadable
    unknown = [run for run in listing.unfinished if run.state is RunState.UNKNOWN]
    active = active_runs(listing, now)
    left = [run for run in listing.unfinished if run.state is RunState.ACTIVE and run not in active]
    last = _latest(listing)
    data = {
        "count": readable,
        "last": None if last is None else _run_data(last),
        "active": [run.id for run in active],
        "unknownStatuses": sorted({run.status or "" for run in unknown}),
    }
    if last is None:
        return Finding("runs", "Runs", Status.OK, "None yet.", target_id=target_id, data=data)
    text = f"{plural(readable, 'run')}; the last: {_describe_run(last)}."
    if unknown:
        word = plain_line(unknown[-1].status or "(none)", 40)
        text = f"{text} Run {unknown[-1].id} has the unknown status {word}, so a gate would not see such a run end."
        hint = f"If it means that a run has completed, set --completed-status '{word}'; otherwise, ask the platform's support."
        is_newest = unknown[-1].id == runs[-1].id
        return Finding(
            "runs", "Runs", Status.PROBLEM if is_newest else Status.NOTE, text, hint, target_id,
            Outcome.INCONCLUSIVE if is_newest else None, data,
        )  # fmt: skip
    if active:
        text = f"{text} Active now: {few([run.id for run in active], MAX_NAMED)}."
        consequence = {
            "wait": "A gate waits until it has finished (--on-busy wait).",
            "fail": "A gate started now ends with exit code 7 (--on-busy fail).",
        }.get(intent.on_busy, "A gate started now could not prove its scores (--on-busy proceed).")
        return Finding("runs", "Runs", Status.NOTE, text, consequence, target_id, data=data)
    if left:
        text = f"{text} Run {left[-1].id} has been {left[-1].status} for more than a day."
        hint = "It does not keep the gate waiting unless it makes progress; cancel it on the platform."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    if listing.unreadable:
        text = f"{text} {plural(listing.unreadable, 'entry', 'entries')} of the list could not be read."
        hint = "Report it to the platform's support if a gate is inconclusive because of it."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    if last.state in (RunState.FAILED, RunState.CANCELLED):
        hint = "If the next run ends the same way, the gate ends with exit code 5; see the run on the platform."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    return Finding("runs", "Runs", Status.OK, text, target_id=target_id, data=data)


def _latest(listing: RunList) -> Run | None:
    """Return the run with the highest id: a date may lie in the future."""
    return next(iter(reversed(known_runs(listing))), None)


def _describe_run(run: Run) -> str:
    counts = complete_counts(run.counts)
    parts = [f"{run.id} {plain_line(run.status or 'without a status', 40)}"]
    if run.started_at is not None:
        parts.append(format_timestamp(run.started_at))
    known = ((counts.passed, "passed"), (counts.failed, "failed"), (counts.errors, "with an error"))
    parts += [f"{count} {word}" for count, word in known if count is not None and (count or word != "with an error")]
    return ", ".join(parts)


def _run_data(run: Run) -> Mapping[str, Any]:
    counts = complete_counts(run.counts)
    return {
        "id": run.id,
        "status": run.status,
        "date": run.started_at.isoformat() if run.started_at else None,
        "passed": counts.passed,
        "failed": counts.failed,
        "errors": counts.errors,
        "planned": counts.total,
    }


def describe_probes(listing: RunList, target_id: int) -> Finding:
    """Return which probes the last run that may have results ran."""
    runs = [run for run in known_runs(listing) if run.may_be_scored]
    if not runs:
        return Finding("probes", "Probes", Status.SKIPPED, "No run has a result yet.", target_id=target_id)
    last = runs[-1]
    if last.probes is None:
        text = "The platform does not list the probes of a run."
        hint = "The gate cannot tell whether all the requested probes ran."
        return Finding("probes", "Probes", Status.NOTE, text, hint, target_id, data={"probes": None})
    names = [plain_line(name, 60) for name in last.probes]
    text = f"Run {last.id} ran {plural(len(names), 'probe')}: {few(names, MAX_NAMED)}."
    data = {"runId": last.id, "probes": names}
    if not names:
        hint = "Configure probes for the target on the platform."
        return Finding("probes", "Probes", Status.NOTE, f"Run {last.id} ran no probe.", hint, target_id, data=data)
    return Finding("probes", "Probes", Status.OK, text, target_id=target_id, data=data)
