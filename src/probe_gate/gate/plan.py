"""What a gate is to do for one target, and what it does it with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probe_gate.domain.evidence import Baseline, Missing, Target
from probe_gate.domain.policy import Overrides, Policy
from probe_gate.domain.probes import ALL_PROBES, ProbeChoice
from probe_gate.gate.mark import Mark
from probe_gate.ports import Clock, Platform, Progress, RunJournal
from probe_gate.timings import DEFAULT_TIMINGS, Timings

if TYPE_CHECKING:
    from probe_gate.domain.target_state import TargetState


@dataclass(frozen=True, slots=True)
class GatePlan:
    """One target's gate, decided before anything is sent."""

    target: Target
    policy: Policy
    """The base policy where there is one."""
    mark: Mark
    name: str
    """Of the run, without the mark."""
    job: str = ""
    """The CI job, as a link or a name."""
    probes: ProbeChoice = ALL_PROBES
    test_run_id: int | None = None
    """A run that exists and is to be judged; None: trigger one."""
    deadline: float = 2700.0
    """A reading of `Clock.monotonic`: when all of it must be over."""
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
    baseline: Baseline | Missing | None = None
    """One that was read from a file; the reading before the trigger is made here."""
    run_url: Callable[[int], str] = lambda _run_id: ""
    """The platform's page of a run."""
    overrides: Overrides | None = None
    """What is laid over the base policy; None where there is none."""
    target_state: TargetState | None = None
    """The state that the target is brought to first; None: it is gated as it is."""


@dataclass(frozen=True, slots=True)
class GatePorts:
    """The world, as one gate sees it."""

    platform: Platform
    clock: Clock
    progress: Progress
    journal: RunJournal
    random: Callable[[], float]
    """A number from 0 to below 1, for jitter."""
    on_bug: Callable[[BaseException], None] = lambda _bug: None
    """Told of a bug of ours, for `--verbose`. Must not raise."""
    timings: Timings = DEFAULT_TIMINGS
