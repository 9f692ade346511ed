"""What every step of one target's gate is given: the plan, the ports, and a log of what happens."""

from __future__ import annotations

from typing import Any

from probe_gate.domain.evidence import Answer, Moment
from probe_gate.domain.run import Run
from probe_gate.domain.run_list import Listing, RunQuery
from probe_gate.gate.plan import GatePlan, GatePorts
from probe_gate.ports import Progressed, Step

KEPT_RUNS = 60
"""How many of the latest runs of a listing are kept, to tell them from the one that is judged."""


class TargetContext:
    """The plan and the ports of one target's gate, and what its steps have logged for the reports."""

    def __init__(self, plan: GatePlan, ports: GatePorts) -> None:
        self.plan = plan
        self.ports = ports
        self.platform = ports.platform
        self.clock = ports.clock
        self.timings = ports.timings
        self.deadline = plan.deadline
        self.notes: list[str] = []
        self.timeline: list[Moment] = []
        self.answers: list[Answer] = []

    def make_query(self, **wanted: Any) -> RunQuery:
        """Return a query for this target's listing that keeps what `wanted` says."""
        return RunQuery(**{"newest": KEPT_RUNS, "completed_statuses": self.plan.completed_statuses, **wanted})

    async def list_runs(self, *, until: float | None = None, **wanted: Any) -> Listing:
        """Read the target's listing and keep what `wanted` says.

        Args:
            until: A reading of the monotonic clock; None: the deadline of the gate.
            wanted: Fields of `RunQuery`.
        """
        deadline = self.deadline if until is None else until
        return await self.platform.list_runs(self.plan.target.id, self.make_query(**wanted), deadline)

    def has_time_for(self, seconds: float) -> bool:
        """Return whether the gate's own time is not over after so many seconds."""
        return self.clock.monotonic() + seconds < self.deadline

    def report(
        self,
        step: Step,
        message: str,
        *,
        run: Run | None = None,
        remaining_seconds: float | None = None,
        is_warning: bool = False,
    ) -> None:
        """Report progress to whoever watches."""
        event = Progressed(self.plan.target, step, message, run, remaining_seconds, is_warning=is_warning)
        self.ports.progress.tell(event)

    def note(self, text: str) -> None:
        """Add what a reader of the report should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def record_step(self, what: str) -> None:
        """Add a step to the timeline, the first time that it happens."""
        if all(moment.what != what for moment in self.timeline):
            self.timeline.append(Moment(what, self.clock.now()))

    def record_answer(self, what: str, digest: str, *, whole: bool = True) -> None:
        """Keep an answer that the verdict rests on; a later one of the same name replaces it."""
        self.answers = [answer for answer in self.answers if answer.what != what]
        self.answers.append(Answer(what, digest, whole, self.clock.now()))
