"""What a gate has found out so far. Whatever ends it, the evidence is made of this."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from probe_gate.domain.evidence import (
    Answer,
    Baseline,
    EarlierRun,
    Evidence,
    Missing,
    Moment,
    Overlap,
    RunFacts,
    RunOrigin,
    Stop,
)
from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.domain.policy import BEFORE
from probe_gate.domain.run import Run
from probe_gate.domain.score import Scores
from probe_gate.gate.mark import read_mark, run_name
from probe_gate.gate.plan import GatePlan, GatePorts
from probe_gate.ports import Progressed, Step

KEPT_RUNS = 60
"""How many of the latest runs of a listing are kept, to tell them from the one that is judged."""
TREND_RUNS = 30
"""How many of them the reports show."""


class Started(Enum):
    """What is known of the run that this gate is to start."""

    NO = "no"
    UNCONFIRMED = "in doubt"
    """The trigger is on its way, or its answer was lost."""
    YES = "yes"


@dataclass(slots=True)
class Findings:
    """Filled in step by step by the coroutines of one target."""

    plan: GatePlan
    ports: GatePorts
    origin: RunOrigin = RunOrigin.TRIGGERED
    probe_ids: tuple[int, ...] | None = None
    """The probes asked for; None: all that are configured."""
    probe_choice: str = ""
    """Why these probes, in words."""
    started: Started = Started.NO
    run_id: int | None = None
    triggered_at: datetime | None = None
    run: Run | None = None
    may_reuse: bool = True
    """Whether the run of an earlier attempt of this CI job may be reused."""
    is_over: bool = False
    """Whether the run was seen to have ended: there is nothing to cancel."""
    listing_before: Listing | None = None
    listed_at: datetime | None = None
    """When that listing was read."""
    earlier: EarlierRun | None = None
    others: tuple[Run, ...] = ()
    are_others_known: bool = True
    scores_before: Scores | Missing = Missing("The gate ended before it read the scores.")
    scores: Scores | Missing = Missing("The gate ended before it read the scores of the run.")
    stable_seconds: float = 0.0
    overlaps: tuple[Overlap, ...] | Missing = Missing("The gate ended before it looked for other runs.")
    trend: tuple[Run, ...] = ()
    stop: Stop | None = None
    left_running: str = ""
    timeline: list[Moment] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_reuse = self.plan.reuse

    def query(self, **wanted: Any) -> RunQuery:
        """Return a query for this target's listing that keeps what `wanted` says."""
        return RunQuery(**{"newest": KEPT_RUNS, "completed_statuses": self.plan.completed_statuses, **wanted})

    def tell(
        self,
        step: Step,
        message: str,
        *,
        run: Run | None = None,
        remaining_seconds: float | None = None,
        scores: Scores | None = None,
        is_warning: bool = False,
    ) -> None:
        """Says to whoever watches how it goes."""
        event = Progressed(self.plan.target, step, message, run, remaining_seconds, scores, None, is_warning)
        self.ports.progress.tell(event)

    def start_again(self) -> None:
        """Forget the run of an earlier attempt, which was cancelled, so that a new one is started."""
        self.origin, self.may_reuse = RunOrigin.TRIGGERED, False
        self.started, self.run_id, self.run, self.is_over = Started.NO, None, None, False

    def note(self, text: str) -> None:
        """Something a reader of the report should know; said once."""
        if text not in self.notes:
            self.notes.append(text)

    def mark_moment(self, what: str) -> None:
        """A step for the timeline; the first time that it happens counts."""
        if all(moment.what != what for moment in self.timeline):
            self.timeline.append(Moment(what, self.ports.clock.now()))

    def keep_answer(self, what: str, digest: str, *, whole: bool = True) -> None:
        """Remembers an answer that the verdict rests on; a later one of the same name takes its place."""
        self.answers = [answer for answer in self.answers if answer.what != what]
        self.answers.append(Answer(what, digest, whole, self.ports.clock.now()))

    def evidence(self) -> Evidence:
        """All of it, as of now."""
        plan = self.plan
        baseline: Baseline | Missing | None = plan.baseline
        if plan.policy.baseline is not None and plan.policy.baseline.value == BEFORE:
            baseline = (
                Baseline(BEFORE, self.scores_before, target_id=plan.target.id)
                if isinstance(self.scores_before, Scores)
                else self.scores_before
            )
        return Evidence(
            target=plan.target,
            judged_at=self.ports.clock.now(),
            facts=RunFacts(
                origin=self.origin,
                mark=self._mark(),
                name=(self.run.name if self.run and self.run.name else None) or run_name(plan.mark, plan.name),
                triggered_at=self.triggered_at,
                job=plan.job,
                probe_ids=self.probe_ids,
                probe_choice=self.probe_choice,
                earlier=self.earlier,
                are_others_known=self.are_others_known,
            ),
            run=self.run if self.run is not None else Missing(self._no_run()),
            scores_before=self.scores_before,
            scores=self.scores,
            stable_seconds=self.stable_seconds,
            overlaps=self.overlaps,
            baseline=baseline,
            settle_seconds=plan.settle_seconds,
            trusts_unproven=plan.trust_unproven,
            others=self.others,
            stop=self.stop,
            trend=self.trend,
            timeline=tuple(self.timeline),
            answers=tuple(self.answers),
            notes=tuple(self.notes),
            run_url="" if self.run_id is None else plan.run_url(self.run_id),
            left_running=self.left_running,
        )

    def _mark(self) -> str:
        """The mark that leads the run's name: of an earlier attempt when its run was taken up."""
        if self.origin is RunOrigin.TRIGGERED:
            return self.plan.mark.text
        mark = read_mark(self.run.name) if self.run is not None else None
        return mark.text if mark is not None else ""

    def _no_run(self) -> str:
        if self.stop is not None:
            return self.stop.message
        return "No test run was started." if self.run_id is None else f"Test run {self.run_id} was not seen."
