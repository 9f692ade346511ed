"""A gate on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import Policy
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import Progressed
from probe_gate.use_cases.run_tag import make_run_tag
from tests.harness.fake_platform import FakePlatform, earlier_run
from tests.harness.virtual_time import Task, VirtualTime

IDENTITY = ("github", "acme/bot", "815", "gate", "4f2a9c1")


@dataclass(slots=True)
class GateHarness:
    """One gate: change the platform or the plan, then `run`."""

    time: VirtualTime = field(default_factory=VirtualTime)
    platform: FakePlatform = field(init=False)
    plan: GatePlan = field(init=False)
    told: list[Progressed] = field(default_factory=list)
    noted: list[tuple[int, str, int | None]] = field(default_factory=list)
    noted_targets: list[tuple[int, str, bool]] = field(default_factory=list)
    bugs: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.platform = FakePlatform(self.time, runs=[earlier_run()])
        self.plan = GatePlan(
            Target(42), Policy(), make_run_tag(IDENTITY, 2, 42, "all", "k4x7qa"), name="main", deadline=2700.0
        )

    def change(self, **changes: Any) -> None:
        self.plan = replace(self.plan, **changes)

    def report(self, event: Progressed) -> None:
        self.told.append(event)

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        self.noted.append((target_id, tag, run_id))

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        self.noted_targets.append((target_id, tag, is_there))

    @property
    def ports(self) -> GatePorts:
        return GatePorts(self.platform, self.time, self, self, lambda: 0.5, self.bugs.append)

    def start(self, at_seconds: float = 0.0) -> Task[TargetVerdict]:
        return self.time.start(gate_target(self.plan, self.ports), at_seconds)

    def run(self) -> TargetVerdict:
        task = self.start()
        self.time.pass_until()
        return task.result

    def interrupted(self, at_seconds: float, signal_number: int = 15) -> tuple[TargetVerdict, float]:
        """The verdict of a gate that a signal ends, and how long it took after the signal."""
        task = self.start()
        self.time.interrupt(task, at_seconds, signal_number)
        self.time.pass_until()
        assert task.ended_at is not None
        return task.result, task.ended_at - at_seconds

    @property
    def messages(self) -> str:
        return "\n".join(event.message for event in self.told)


def on_call(name: str, number: int, error: Callable[[], Exception]) -> Callable[[str, int], None]:
    """Raises at that call of that name; calls count from 0."""

    def act(call: str, count: int) -> None:
        if (call, count) == (name, number):
            raise error()

    return act
