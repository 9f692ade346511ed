"""What `doctor` reports about the dates of runs and scores, and about what will prove the scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from probe_gate.domain.concurrent_runs import known_runs
from probe_gate.domain.dates import DAY, dates_agree, format_timestamp, has_zone, is_in_future, precision_of
from probe_gate.domain.formatting import format_duration
from probe_gate.domain.probes import AllProbes
from probe_gate.domain.provability import ProofBasis, foresee_proof
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.run_list import RunList
from probe_gate.domain.scores import Scores
from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Finding, Status
from probe_gate.use_cases.doctor.next_run import GateIntent

_PRECISIONS = (
    (timedelta(microseconds=1), "microsecond"),
    (timedelta(milliseconds=1), "millisecond"),
    (timedelta(seconds=1), "second"),
    (timedelta(minutes=1), "minute"),
    (DAY, "day"),
)


def describe_dates(listing: RunList, scores: Scores | None, target_id: int, now: datetime) -> Finding:
    """Return how precise the platform's dates are, and how those of runs and scores lie to each other."""
    runs = known_runs(listing)
    dated = [run.started_at for run in runs if run.started_at is not None]
    scored = scores.latest_execution if scores is not None else None
    data: dict[str, Any] = {
        "runs": _date_data(dated),
        "scores": _date_data([scored] if scored is not None else []),
        "scoresAfterRunSeconds": None,
    }
    if not runs and scored is None:
        return Finding(
            "dates", "Dates", Status.SKIPPED, "There is nothing with a date yet.", target_id=target_id, data=data
        )
    parts = [
        f"Runs: {_describe_precision(dated) if runs else 'none yet'}",
        f"scores: {_describe_precision([scored] if scored else [])}",
    ]
    last = next((run for run in reversed(runs) if run.may_be_scored and run.state.is_terminal), None)
    sentences = ["; ".join(parts) + "."]
    if last is not None and last.started_at is not None and scored is not None:
        apart = scored - last.started_at
        data["scoresAfterRunSeconds"] = apart.total_seconds()
        sentences += _describe_distance(last, last.started_at, scored)
    sentences += _describe_meaning(runs)
    ahead = [run for run in runs if run.started_at is not None and is_in_future(run.started_at, now)]
    if ahead:
        sentences.append(
            f"Run {ahead[-1].id} is dated in the future ({format_timestamp(ahead[-1].started_at or now)})."
        )
        hint = "The gate goes by the order of ids there; compare the clock of this machine if there are more such runs."
        return Finding("dates", "Dates", Status.NOTE, " ".join(sentences), hint, target_id, data=data)
    return Finding("dates", "Dates", Status.OK, " ".join(sentences), target_id=target_id, data=data)


def _describe_precision(dates: Sequence[datetime]) -> str:
    if not dates:
        return "no dates"
    zone = "" if all(map(has_zone, dates)) else ", without a time zone"
    return f"to the {_precision_name(dates)}{zone}"


def _precision_name(dates: Sequence[datetime]) -> str:
    """Return the finest unit that any of the dates shows: a round date may be a precise one."""
    finest = min(map(precision_of, dates))
    return next(name for unit, name in _PRECISIONS if finest <= unit)


def _date_data(dates: Sequence[datetime]) -> Mapping[str, Any]:
    if not dates:
        return {"precision": None, "hasZone": None}
    return {"precision": _precision_name(dates), "hasZone": all(map(has_zone, dates))}


def _describe_distance(run: Run, started: datetime, scored: datetime) -> Iterator[str]:
    """Yield how far the scores' date is from the run's, if both are finer than a day."""
    if scored == started:
        yield f"The scores have the date of run {run.id}."
    elif DAY not in (precision_of(started), precision_of(scored)):
        if dates_agree(started, scored):
            yield f"The scores' date agrees with that of run {run.id}."
        else:
            word = "after" if scored > started else "before"
            yield f"The scores are dated {format_duration(abs(scored - started))} {word} run {run.id}."


def _describe_meaning(runs: Sequence[Run]) -> Iterator[str]:
    """Yield what the dates of active and finished runs show of what they mean."""
    active = [run for run in runs if run.state is RunState.ACTIVE]
    finished = [run for run in runs if run.state.is_terminal]
    if any(run.started_at is None for run in active) and any(run.started_at is not None for run in finished):
        yield "A run gets its date when it starts or ends."
    elif any(run.started_at is not None for run in active):
        yield "A run has its date before it ends."


def diagnose_proof(listing: RunList, scores: Scores | None, intent: GateIntent, now: datetime) -> Finding:
    outlook = foresee_proof(
        known_runs(listing),
        scores,
        now,
        all_probes=isinstance(intent.probes, AllProbes),
        settle_seconds=intent.settle_seconds,
    )
    is_problem = outlook.basis is ProofBasis.NOTHING
    status = Status.PROBLEM if is_problem else Status.NOTE if outlook.hint else Status.OK
    text, hint = outlook.text, outlook.hint
    if intent.trusts_unproven:
        text = f"{text} --unproven-scores trust is set: matching readings are judged where nothing proves them."
    return Finding(
        "proof", "Provable", status, text, hint, intent.target.id,
        Outcome.INCONCLUSIVE if is_problem else None, {"basis": outlook.basis.value},
    )  # fmt: skip
