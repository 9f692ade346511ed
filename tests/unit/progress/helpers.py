"""A clock that a test sets, and events as a gate tells them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.run import Counts, Run
from probe_gate.use_cases.ports import Progressed, Step
from tests.harness import factories as make


class SetClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> Any:
        return make.NOW + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def running(done: int, **changes: Any) -> Run:
    """A run of 120 test cases, so many of them executed, a tenth of them failed."""
    failed = done // 10
    return make.make_run(status="RUNNING", counts=Counts(done - failed, failed, 0, 120), progress=None, **changes)


def polled(done: int, target: Target | None = None, left: float | None = 180.0, status: str = "RUNNING") -> Progressed:
    """What a gate tells at each poll."""
    run = make.make_run(status=status, counts=running(done).counts, progress=None)
    return Progressed(target or make.make_target(), Step.WAITING, f"Test run {run.id} is {status}.", run, left)


def told(step: Step, message: str, target: Target | None = None, **changes: Any) -> Progressed:
    return Progressed(target or make.make_target(), step, message, **changes)
