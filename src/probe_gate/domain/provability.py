"""Whether the gate will be able to prove that the scores contain its next run, by what the platform shows now.

`freshness` holds the rules of proof. Here they are applied to a run that has not been started yet: what its counts and
dates will be is taken from the runs before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from probe_gate.domain.dates import DAY, is_at_least_before, precision_of
from probe_gate.domain.formatting import format_duration
from probe_gate.domain.freshness import (
    DEFAULT_UNIT_SECONDS,
    RECENT_SPAN,
    STABLE_UNITS_WITHOUT_CHANGE,
    STABLE_UNITS_WITHOUT_COUNTS,
    find_flaw,
)
from probe_gate.domain.run import Run, complete_counts, counts_fit
from probe_gate.domain.scores import Scores

MAX_COMPARED = 5
"""How many of the latest runs are compared with the scores."""


class ProofBasis(Enum):
    """What the next run will be proven by."""

    COUNTS = "counts"
    DATES = "dates"
    FIRST_RUN = "first-run"
    UNKNOWN = "unknown"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether the scores of the next run can be proven to be its own."""

    basis: ProofBasis
    text: str
    hint: str = ""


def foresee_proof(
    runs: Sequence[Run], scores: Scores | None, now: datetime, *, all_probes: bool, settle_seconds: float
) -> Outlook:
    """Return what the next run's scores will be proven by.

    Args:
        runs: The latest runs of the target, by id.
        scores: The target's scores; None if the platform has none.
        now: The present time.
        all_probes: Whether the next run runs all configured probes.
        settle_seconds: `--settle`.
    """
    finished = [run for run in runs if run.state.is_terminal and run.may_be_scored]
    if not finished:
        return Outlook(
            ProofBasis.FIRST_RUN,
            "Yes, for the first run: no run of the target has a result yet. That run will show what the platform counts and "
            "how it dates its scores.",
        )
    last = finished[-1]
    if scores is None or (flaw := find_flaw(scores)):
        found = "The platform has no scores of the target." if scores is None else flaw
        if not _is_old(last, now):
            return _not_yet(last, found)
        return Outlook(
            ProofBasis.NOTHING,
            f"No: run {last.id} has results, and no limit on scores can be judged. {found}",
            "Check the target's page on the platform, or contact the platform's support.",
        )
    fitting = next((run for run in reversed(finished[-MAX_COMPARED:]) if _fits(scores, run)), None)
    by_day = scores.latest_execution is not None and precision_of(scores.latest_execution) >= DAY
    unit = settle_seconds or DEFAULT_UNIT_SECONDS
    if not all_probes:
        return _by_dates(
            "With selected probes, the counts prove nothing, since the scores also cover the other probes.",
            "Run all configured probes (no --probe-ids), or only one gate a day.",
            unit,
            by_day=by_day,
        )
    if fitting is not None:
        return _by_counts(fitting, scores, by_day=by_day)
    if last.started_at is not None and not _is_old(last, now):
        return _not_yet(last, f"The scores do not rest on exactly its test cases ({_describe(last, scores)}).")
    if _ran_some(last, finished):
        return Outlook(
            ProofBasis.UNKNOWN,
            f"Not known: the last run {last.id} ran only some of the probes, so the scores mix several runs.",
            "Run the gate once with all configured probes, then run doctor again.",
        )
    return _by_dates(
        f"The scores do not count test cases ({_describe(last, scores)}), so the counts prove nothing.",
        "Run only one gate a day on this target, or leave out the limits on scores.",
        unit,
        by_day=by_day,
    )


def _by_counts(run: Run, scores: Scores, *, by_day: bool) -> Outlook:
    text = f"Yes, by counts: the scores rest on exactly the test cases of run {run.id} ({scores.simulated_attacks})."
    if not by_day:
        return Outlook(ProofBasis.COUNTS, text)
    return Outlook(
        ProofBasis.COUNTS,
        f"{text} But the scores are dated by the day, so a run with the same counts as the one before it, on the same "
        "day, cannot be told apart from it.",
        "If that run is inconclusive: --unproven-scores trust.",
    )


def _by_dates(reason: str, hint: str, unit: float, *, by_day: bool) -> Outlook:
    if by_day:
        return Outlook(
            ProofBasis.DATES,
            f"Not always: {reason[0].lower()}{reason[1:]} The scores are dated by the day, so a second run on the same "
            "day is proven only if its numbers differ.",
            hint,
        )
    return Outlook(
        ProofBasis.DATES,
        f"Yes, by date: {reason[0].lower()}{reason[1:]} The gate waits until date and numbers have changed and stayed "
        f"the same for {format_duration(STABLE_UNITS_WITHOUT_COUNTS * unit)} to {format_duration(STABLE_UNITS_WITHOUT_CHANGE * unit)}.",
        "Let an hour pass between runs of the target. If a gate is inconclusive all the same: --unproven-scores trust.",
    )


def _not_yet(last: Run, found: str) -> Outlook:
    return Outlook(
        ProofBasis.UNKNOWN,
        f"Not known yet: the results of run {last.id} may still be on their way to the scores. {found}",
        "Run doctor again an hour after the end of that run.",
    )


def _fits(scores: Scores, run: Run) -> bool:
    return counts_fit(scores, complete_counts(run.counts, scores))


def _is_old(run: Run, now: datetime) -> bool:
    """Return whether the run was requested so long ago that its results have reached the scores."""
    return run.started_at is not None and is_at_least_before(run.started_at, now, RECENT_SPAN)


def _ran_some(last: Run, finished: Sequence[Run]) -> bool:
    return bool(last.probes) and any(len(run.probes or ()) > len(last.probes or ()) for run in finished)


def _describe(run: Run, scores: Scores) -> str:
    counts = complete_counts(run.counts, scores)
    ours = "unknown counts" if counts.evaluated is None else f"{counts.evaluated} test cases, {counts.failed} failed"
    return f"{scores.simulated_attacks} attacks, {scores.successful_attacks} successful; run {run.id}: {ours}"
