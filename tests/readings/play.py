"""Gates on a platform of the readings, and what they should have said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any

from probe_gate.domain.evidence import RunOrigin, Target
from probe_gate.domain.policy import Policy
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import Outcome
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.gate_target import gate_target
from probe_gate.use_cases.ports import Progressed
from probe_gate.use_cases.run_tag import RunTag, make_run_tag
from tests.harness.virtual_time import START, Task, VirtualTime
from tests.readings.platform import PlatformRun, ReadingsPlatform, Result
from tests.readings.readings import Readings

TARGET = 42
IDENTITY = ("github", "acme/bot", "815", "gate", "4f2a9c1")
OWN_ID = 900
"""Of a run that exists before the gate begins."""
MIN_SCORE = 80
PLAN_FIELDS = {one.name for one in fields(GatePlan)}


def mark_of(attempt: int | None, *, job: str = "gate", nonce: str = "k4x7qa") -> RunTag:
    return make_run_tag((*IDENTITY, job), attempt, TARGET, "all", nonce)


@dataclass(frozen=True, slots=True)
class Script:
    """A run as a test wants it, before it has an id."""

    results: tuple[Result | None, ...]
    seconds: float = 60.0
    queue_seconds: float = 3.0
    lag_seconds: float | None = None
    end_status: str = "COMPLETED"

    def run(self, run_id: int, name: str, requested_at: float) -> PlatformRun:
        return self.fill(PlatformRun(run_id, name, requested_at, ()))

    def fill(self, run: PlatformRun) -> PlatformRun:
        return replace(
            run,
            results=self.results,
            seconds=self.seconds,
            queue_seconds=self.queue_seconds,
            lag_seconds=self.lag_seconds,
            end_status=self.end_status,
        )

    @property
    def whole_seconds(self) -> float:
        return self.queue_seconds + self.seconds


@dataclass(slots=True)
class Watcher:
    """Keeps what a gate tells and writes down."""

    told: list[Progressed] = field(default_factory=list)
    bugs: list[BaseException] = field(default_factory=list)

    def report(self, event: Progressed) -> None:
        self.told.append(event)

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None: ...

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None: ...


@dataclass
class Gate:
    """One gate of the target on a platform; `start` it, let time pass, then look at it."""

    platform: ReadingsPlatform
    plan: GatePlan
    watcher: Watcher = field(default_factory=Watcher)
    task: Task[TargetVerdict] | None = None
    random: Callable[[], float] = lambda: 0.5

    def start(self, at_seconds: float = 0.0) -> Gate:
        ports = GatePorts(
            self.platform, self.platform.time, self.watcher, self.watcher, self.random, self.watcher.bugs.append
        )
        self.task = self.platform.time.start(gate_target(self.plan, ports), at_seconds)
        return self

    @property
    def verdict(self) -> TargetVerdict:
        assert self.task is not None
        if self.watcher.bugs:
            raise self.watcher.bugs[0]
        return self.task.result

    @property
    def ended_at(self) -> float:
        assert self.task is not None
        assert self.task.ended_at is not None
        return self.task.ended_at

    @property
    def own(self) -> PlatformRun | None:
        """The run that the gate judged."""
        run_id = getattr(self.verdict.evidence.run, "id", None)
        return next((run for run in self.platform.runs if run.id == run_id), None)

    @property
    def true_outcome(self) -> Outcome:
        """What the gate had to say if it could say anything."""
        assert self.own is not None
        overall = self.platform.true_numbers(self.own).overall
        return Outcome.PASSED if overall >= MIN_SCORE else Outcome.FAILED

    @property
    def judged_foreign_scores(self) -> bool:
        """Whether it judged scores that are not those of its run."""
        scores, own = self.verdict.evidence.scores, self.own
        if self.verdict.outcome not in (Outcome.PASSED, Outcome.FAILED) or own is None:
            return False
        assert isinstance(scores, Scores)
        return scores.overall != self.platform.true_numbers(own).overall


def make_plan(**changes: Any) -> GatePlan:
    """A plan with its timeout out of the way."""
    plan = GatePlan(Target(TARGET), Policy(), mark_of(2), name="main", deadline=10_800.0)
    return replace(plan, **changes)


def make_platform(
    readings: Readings, *, starts: datetime = START, configured: int = 2, runs: tuple[PlatformRun, ...] = ()
) -> ReadingsPlatform:
    time = VirtualTime(starts + timedelta(microseconds=123_457))
    return ReadingsPlatform(time, readings, list(runs), configured=configured)


@dataclass(frozen=True, slots=True)
class Situation:
    """A platform, the runs on it, and one gate that begins at 0."""

    readings: Readings
    own: Script
    others: tuple[PlatformRun, ...] = ()
    origin: RunOrigin = RunOrigin.TRIGGERED
    own_requested_at: float = -10.0
    """Where the gate does not trigger it."""
    starts: datetime = START
    configured: int = 2
    plan: tuple[tuple[str, Any], ...] = ()

    def make_platform(self) -> ReadingsPlatform:
        """Return the platform with the other runs alone."""
        platform = make_platform(self.readings, starts=self.starts, configured=self.configured)
        platform.runs = [replace(other) for other in self.others]
        return platform

    def play(self) -> Gate:
        """The gate, after its end."""
        platform = self.make_platform()
        platform.make_run = self.own.fill
        changes: dict[str, Any] = dict(self.plan)
        if self.origin is RunOrigin.EXISTING:
            changes["test_run_id"] = OWN_ID
            platform.runs.append(self.own.run(OWN_ID, "by hand", self.own_requested_at))
        elif self.origin is RunOrigin.REUSED:
            name = f"{mark_of(1, nonce='h3j9wz').text} main"
            platform.runs.append(self.own.run(OWN_ID, name, self.own_requested_at))
        gate = Gate(platform, make_plan(**changes)).start()
        platform.time.pass_until()
        return gate
