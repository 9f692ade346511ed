"""What `doctor` reports about one target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from probe_gate.domain.concurrent_runs import known_runs
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import few, plural
from probe_gate.domain.probes import AllProbes, ChosenProbes
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.domain.target_state import as_map
from probe_gate.domain.text import plain_line
from probe_gate.errors import GateError, PlatformError
from probe_gate.use_cases.doctor.dates import describe_dates, diagnose_proof
from probe_gate.use_cases.doctor.findings import MAX_NAMED, Finding, Status, problem
from probe_gate.use_cases.doctor.next_run import GateIntent, diagnose_categories, diagnose_next_run
from probe_gate.use_cases.doctor.read import TargetReading
from probe_gate.use_cases.doctor.runs import describe_probes, diagnose_runs
from probe_gate.use_cases.ports import NoScoresError
from probe_gate.use_cases.select_probes import check_probe_choice


def diagnose_target(
    reading: TargetReading, types: Sequence[Mapping[str, Any]] | GateError, intent: GateIntent, now: datetime
) -> Iterator[Finding]:
    """Yield what to say of a target, its runs, probes, dates and scores, and of the next run."""
    target_id = reading.target.id
    if isinstance(reading.description, GateError):
        yield problem("target", "Target", reading.description, target_id)
        return
    yield _describe_target(reading.target, reading.description, types)
    yield from _diagnose_choice(reading, types, intent)
    listing = reading.listing
    if not isinstance(listing, RunList):
        if listing is not None:
            yield problem("runs", "Runs", listing, target_id)
        return
    yield diagnose_runs(listing, target_id, intent, now)
    yield describe_probes(listing, target_id)
    scores = reading.scores if isinstance(reading.scores, Scores) else None
    has_results = any(run.state.is_terminal and run.may_be_scored for run in known_runs(listing))
    if isinstance(reading.scores, GateError) and not isinstance(reading.scores, NoScoresError):
        if has_results or not isinstance(reading.scores, PlatformError):
            yield problem("scores", "Scores", reading.scores, target_id)
            return
        text = f"There are none yet, and the platform answers with an error: {reading.scores.message}"
        hint = "That does not keep the gate from starting the first run."
        yield Finding("scores", "Scores", Status.NOTE, text, hint, target_id, data={"overall": None})
    else:
        yield _describe_scores(scores, target_id)
        if scores is not None:
            yield from diagnose_categories(intent.policy, intent.overrides, scores, target_id)
    yield describe_dates(listing, scores, target_id, now)
    yield diagnose_proof(listing, scores, intent, now)
    yield diagnose_next_run(listing, intent, now)


def _describe_target(
    target: Target, description: Mapping[str, Any], types: Sequence[Mapping[str, Any]] | GateError
) -> Finding:
    settings, connection = as_map(description.get("settings")), as_map(description.get("connection"))
    name = plain_line(str(settings.get("name") or target.name or ""), 80)
    connection_type = plain_line(str(connection.get("type") or "unknown"), 40)
    type_name = _type_name(settings.get("targetPresetId"), types)
    text = f"{target.id}{f' ({name})' if name else ''}, type {type_name or 'not set'}, connection {connection_type}"
    data = {"name": name or None, "type": type_name or None, "connectionType": connection_type}
    return Finding("target", "Target", Status.OK, text, target_id=target.id, data=data)


def _type_name(type_id: object, types: Sequence[Mapping[str, Any]] | GateError) -> str:
    wanted = str(type_id or "").strip()
    for one in () if isinstance(types, GateError) else types:
        if wanted and str(one.get("id", "")).strip().casefold() == wanted.casefold():
            return plain_line(str(one.get("label") or wanted), 80)
    return plain_line(wanted, 80)


def _diagnose_choice(
    reading: TargetReading, types: Sequence[Mapping[str, Any]] | GateError, intent: GateIntent
) -> Iterator[Finding]:
    """Yield a problem if the probes cannot be chosen as the options say."""
    if isinstance(intent.probes, AllProbes | ChosenProbes) or isinstance(reading.description, GateError):
        return
    target_id = reading.target.id
    if isinstance(types, GateError):
        yield problem("probe-choice", "Probe choice", types, target_id)
        return
    try:
        chosen = check_probe_choice(target_id, intent.probes, reading.description, types)
    except GateError as error:
        yield problem("probe-choice", "Probe choice", error, target_id)
        return
    ids = chosen.ids or ()
    text = f"{plural(len(ids), 'probe')}, {chosen.why}: {few(ids, MAX_NAMED)}"
    yield Finding("probe-choice", "Probe choice", Status.OK, text, target_id=target_id, data={"probeIds": list(ids)})


def _describe_scores(scores: Scores | None, target_id: int) -> Finding:
    if scores is None:
        text = "The platform has no scores of the target yet."
        return Finding("scores", "Scores", Status.OK, text, target_id=target_id, data={"overall": None})
    categories = {plain_line(name, 60): score for name, score in (scores.categories or {}).items()}
    rated = [f"{name} {score:g}" for name, score in categories.items() if score is not None]
    text = f"Overall {'unknown' if scores.overall is None else scores.overall}{f'; {few(rated, MAX_NAMED)}' if rated else ''}"
    data = {
        "overall": scores.overall,
        "categories": categories,
        "simulatedAttacks": scores.simulated_attacks,
        "successfulAttacks": scores.successful_attacks,
    }
    return Finding("scores", "Scores", Status.OK, text, target_id=target_id, data=data)
