"""Whether a reading of the scores is this run's.

The scores belong to the target and may lag behind the run. What the platform's dates mean exactly is not
documented: `executionDate` may be when a run was asked for, began or ended, and `latestExecutionDate` may move with
the first or with the last probe of a run. So, while no other run has a part in the scores:

- A `latestExecutionDate` that already stood in a reading from before the trigger is not this run's, whatever the run's
  own date says: one of the clocks is wrong then, or a zone is missing.
- A run that shows a date while it is going does not mean its end by it, so no probe of it came before that date. A
  `latestExecutionDate` before it belongs to an earlier run whose scores came late, even though it has moved.
- Where the date may be the run's end, that `latestExecutionDate` has moved since before the trigger is enough.
- Two seconds of rounding are allowed, but not where the gate has just triggered the run on a target with earlier runs:
  the last of those may have ended within those two seconds.

That a date has moved does not say that all of the run is in: two readings, the settle time apart, must agree too. Scores
that stand still for that long and still move later cannot be told from outside; a longer `--settle` helps.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from probe_gate.domain.evidence import Evidence, Missing, Overlap, RunOrigin
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Run
from probe_gate.domain.score import Scores

ROUNDING = timedelta(seconds=2)
RUN_AGAIN = "Run the gate again."
RUN_ALONE = (
    "Run the gate again with no other test run on the target at the same time; "
    "your CI system's lock keeps gates from meeting (see docs/checks.md)."
)
CLOCKS_APART = timedelta(minutes=10)
"""How far ahead of our clock a platform's date may be before an age cannot be told."""


def dates_fit(
    scores: Scores,
    before: Scores | Missing,
    run: Run,
    *,
    other_runs_before: bool,
    triggered: bool,
    dated_while_going: bool = False,
) -> bool:
    """Whether the dates say that the scores contain the run.

    `triggered`: whether this gate started the run. `dated_while_going`: whether the run showed its date before it ended.
    """
    latest = scores.latest_execution
    earlier = before.latest_execution if isinstance(before, Scores) else None
    if latest is None or (dated_while_going and run.started_at is None):
        return False
    if earlier is not None and latest <= earlier and other_runs_before:
        return False
    if earlier is not None and latest > earlier and not dated_while_going:
        return True
    if run.started_at is None:
        return False
    rounding = timedelta(0) if triggered and other_runs_before else ROUNDING
    return latest >= run.started_at - rounding


class Doubt(NamedTuple):
    """Why no limit can be judged on the scores, and what to do now."""

    reason: str
    advice: str


def why_not_fresh(evidence: Evidence, policy: Policy) -> Doubt | None:
    """What makes the scores unusable; None when they are this run's and make sense."""
    scores = evidence.scores
    if isinstance(scores, Missing):
        return Doubt(scores.reason, RUN_AGAIN)
    has_run = evidence.facts.origin is not RunOrigin.NONE
    contradiction = _contradiction(scores)
    if contradiction is not None:
        return Doubt(contradiction, "Check on the platform that probes are configured for the target and have run.")
    return _not_this_run(evidence, scores) if has_run else _too_old(scores, policy, evidence.judged_at)


def _contradiction(scores: Scores) -> str | None:
    simulated, successful = scores.simulated_attacks, scores.successful_attacks
    if simulated is None or successful is None:
        return "The platform does not say how many attacks the scores rest on."
    if simulated <= 0:
        return "The scores rest on no attack at all: the platform has no score of this target yet."
    if not 0 <= successful <= simulated:
        return f"The scores make no sense: {successful} of {simulated} attacks are said to have succeeded."
    if scores.latest_execution is None:
        return "The scores carry no date."
    return None


def _too_old(scores: Scores, policy: Policy, judged_at: datetime) -> Doubt | None:
    if policy.max_age is None or scores.latest_execution is None:
        return None
    age, dated = judged_at - scores.latest_execution, format_moment(scores.latest_execution)
    if age > policy.max_age.value:
        return Doubt(
            f"The scores are from {dated}, which is longer ago than allowed.", "Run the probes: probe-gate run."
        )
    if age < -CLOCKS_APART:
        return Doubt(
            f"The scores are dated {dated}, which is in the future: their age cannot be told.",
            "Compare the clock of this machine with the platform's dates.",
        )
    return None


def _not_this_run(evidence: Evidence, scores: Scores) -> Doubt | None:
    run, overlaps = evidence.run, evidence.overlaps
    if isinstance(run, Missing):
        return Doubt(run.reason, RUN_AGAIN)
    if isinstance(overlaps, Missing):
        return Doubt(overlaps.reason, RUN_AGAIN)
    later = f"Judge the run later with: probe-gate run --test-run-id {run.id}"
    if overlaps:
        return Doubt(f"Another run has a part in these scores: {describe_overlaps(overlaps)}.", RUN_ALONE)
    if run.counts.judged == 0:
        reason = "This run judged no test case, so the scores are those of earlier runs."
        return Doubt(reason, "Check that the target answered during the run, then run the gate again.")
    if not dates_fit(
        scores,
        evidence.scores_before,
        run,
        other_runs_before=evidence.facts.other_runs_before,
        triggered=evidence.facts.origin is RunOrigin.TRIGGERED,
        dated_while_going=evidence.facts.dated_while_going,
    ):
        return Doubt(f"The platform's scores do not include this run: {_which_dates(evidence, scores)}.", later)
    if evidence.readings_agree is not True:
        return Doubt("The scores were still changing: no two readings of them agreed.", later)
    return None


def _which_dates(evidence: Evidence, scores: Scores) -> str:
    latest = "without a date" if scores.latest_execution is None else f"from {format_moment(scores.latest_execution)}"
    started = evidence.run.started_at if isinstance(evidence.run, Run) else None
    run = "the run has no date" if started is None else f"the run is dated {format_moment(started)}"
    before = evidence.scores_before
    if isinstance(before, Missing) or before.latest_execution is None:
        return f"they are {latest}, {run}, and there is no reading from before the run to compare with"
    return f"they are {latest}, {run}, and before the run they were from {format_moment(before.latest_execution)}"


def describe_overlaps(overlaps: tuple[Overlap, ...]) -> str:
    """The overlapping runs in words, at most three of them by number."""
    named = ", ".join(f"run {overlap.run_id} ({overlap.why})" for overlap in overlaps[:3])
    return named + (f" and {len(overlaps) - 3} more" if len(overlaps) > 3 else "")


def format_moment(moment: datetime) -> str:
    """`2026-11-24 06:04:51 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
