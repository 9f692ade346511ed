"""What every step of one target's gate is given: the plan, the ports, a log of what happens, and the gate's own run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from probe_gate.domain.evidence import (
    Baseline,
    EarlyExit,
    ResponseRecord,
    RunOrigin,
    Target,
    TimelineEntry,
    Unavailable,
)
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.probes import ALL_PROBES, ProbeChoice
from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.errors import GateError, Outcome
from probe_gate.timings import DEFAULT_TIMINGS, Timings
from probe_gate.use_cases.ports import Clock, Platform, Progress, Progressed, StateFile, Step
from probe_gate.use_cases.run_tag import RunTag

if TYPE_CHECKING:
    from probe_gate.domain.target_state import TargetState


@dataclass(frozen=True, slots=True)
class GatePlan:
    """One target's gate, decided before anything is sent."""

    target: Target
    policy: Policy
    """The base policy where there is one."""
    tag: RunTag
    name: str
    """Of the run, without the run tag."""
    job: str = ""
    """The CI job, as a link or a name."""
    probes: ProbeChoice = ALL_PROBES
    test_run_id: int | None = None
    """A run that exists and is to be judged; None: trigger one."""
    deadline: float = 2700.0
    """A reading of `Clock.monotonic`: when all of it must be over."""
    timeout_seconds: float = 2700.0
    """`--timeout`, for messages."""
    poll_low_seconds: float = 2.0
    poll_high_seconds: float = 30.0
    settle_seconds: float = 5.0
    scores_timeout_seconds: float = 600.0
    """How long after the end of the run its results may take to reach the scores."""
    trust_unproven: bool = False
    """Whether scores are judged that nothing proves and nothing contradicts to be this run's."""
    completed_statuses: frozenset[str] = frozenset()
    """Further run statuses that mean completed, in upper case."""
    on_timeout_cancel: bool = True
    on_busy: str = "wait"
    """`wait`, `fail` or `proceed`."""
    reuse: bool = True
    notify_when_finished: bool = False
    run_ai_analysis: bool = False
    baseline: Baseline | Unavailable | None = None
    """One that was read from a file; the reading before the trigger is made here."""
    run_url: Callable[[int], str] = lambda _run_id: ""
    """The platform's page of a run."""
    overrides: Overrides | None = None
    """What is laid over the base policy; None where there is none."""
    target_state: TargetState | None = None
    """The state that the target is brought to first; None: it is gated as it is."""


@dataclass(frozen=True, slots=True)
class GatePorts:
    """The adapters of one gate."""

    platform: Platform
    clock: Clock
    progress: Progress
    state_file: StateFile
    random: Callable[[], float]
    """A number from 0 to below 1, for jitter."""
    on_bug: Callable[[BaseException], None] = lambda _bug: None
    """Told of a bug of ours, for `--verbose`. Must not raise."""
    timings: Timings = DEFAULT_TIMINGS


NO_RUN_STARTED = "No test run was started."
OUTAGE_HINT = (
    "The platform is failing; this says nothing about the target. See its status page and run the job again later. "
    "To let builds continue during outages: --soft-fail platform-error."
)


def exit_early(error: GateError, outcome: Outcome | None = None) -> EarlyExit:
    """Return why a gate ends: the error, with another outcome if one is given, and what to do if it does not say."""
    outcome = outcome or error.outcome
    hint = error.hint or (OUTAGE_HINT if outcome is Outcome.PLATFORM_ERROR else "")
    return EarlyExit(outcome, error.message, hint)


KEPT_RUNS = 60
"""How many of the latest runs of a listing are kept, to tell them from the one that is judged."""


class TargetContext:
    """The plan and the ports of one target's gate, and what its steps have logged for the reports."""

    def __init__(self, plan: GatePlan, ports: GatePorts, own_earlier: tuple[int, ...] = ()) -> None:
        self.plan = plan
        self.own_earlier = own_earlier
        """The runs that this gate has started on the target before; they are over."""
        self.ports = ports
        self.platform = ports.platform
        self.clock = ports.clock
        self.timings = ports.timings
        self.deadline = plan.deadline
        self.notes: list[str] = []
        self.timeline: list[TimelineEntry] = []
        self.responses: list[ResponseRecord] = []

    def make_query(self, **wanted: Any) -> RunQuery:
        """Return a query for this target's listing that keeps what `wanted` says."""
        return RunQuery(**{"newest": KEPT_RUNS, "completed_statuses": self.plan.completed_statuses, **wanted})

    async def list_runs(self, *, until: float | None = None, **wanted: Any) -> RunList:
        """Read the target's listing and keep what `wanted` says. Earlier runs of this gate are never `new`.

        Args:
            until: A reading of the monotonic clock; None: the deadline of the gate.
            wanted: Fields of `RunQuery`.
        """
        deadline = self.deadline if until is None else until
        listing = await self.platform.list_runs(self.plan.target.id, self.make_query(**wanted), deadline)
        if not self.own_earlier:
            return listing
        return replace(listing, new=tuple(run for run in listing.new if run.id not in self.own_earlier))

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
        self.ports.progress.report(event)

    def note(self, text: str) -> None:
        """Add what a reader of the report should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def record_step(self, what: str) -> None:
        """Add a step to the timeline, the first time that it happens."""
        if all(moment.what != what for moment in self.timeline):
            self.timeline.append(TimelineEntry(what, self.clock.now()))

    def record_answer(self, what: str, digest: str, *, whole: bool = True) -> None:
        """Keep an answer that the verdict rests on; a later one of the same name replaces it."""
        self.responses = [response for response in self.responses if response.what != what]
        self.responses.append(ResponseRecord(what, digest, whole, self.clock.now()))


class StartState(Enum):
    """What is known of the start of a run."""

    NOT_STARTED = "not started"
    UNCONFIRMED = "unconfirmed"
    """The trigger is on its way, or its answer was lost."""
    STARTED = "started"


@dataclass(slots=True)
class OwnRun:
    """The run that a gate starts, reuses or was given."""

    origin: RunOrigin = RunOrigin.TRIGGERED
    state: StartState = StartState.NOT_STARTED
    id: int | None = None
    triggered_at: datetime | None = None
    """By our clock; None when this gate did not trigger it, or the trigger certainly started nothing."""
    last_seen: Run | None = None
    """As it was last listed."""
    is_finished: bool = False
    """Whether it was seen to have finished: there is nothing to cancel."""

    @property
    def may_exist(self) -> bool:
        """Return whether a run may have been started."""
        return self.state is not StartState.NOT_STARTED or self.last_seen is not None

    def mark_not_started(self, *, is_certain: bool) -> None:
        """Record that there is no run, whether that is certain or follows from a search that found none."""
        self.state = StartState.NOT_STARTED
        if is_certain:
            self.triggered_at = None
