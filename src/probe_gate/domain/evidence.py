"""Everything a verdict rests on: judging the same evidence again gives the same verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from probe_gate.domain.run import Run
from probe_gate.domain.scores import Scores
from probe_gate.errors import Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """What is gated."""

    id: int
    name: str | None = None
    """For people; from the policy file or the platform."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A value that is unavailable, and why, in words for people."""

    reason: str


class RunOrigin(Enum):
    """How the gate came by the run that it judges."""

    TRIGGERED = "triggered"
    REUSED = "reused"
    """An earlier attempt of the same CI job had started it and left it going."""
    EXISTING = "given"
    """By `--test-run-id`."""
    NONE = "none"
    """`check`: the present scores are judged, without a run."""


@dataclass(frozen=True, slots=True)
class EarlyExit:
    """Why a gate ended before its evidence was complete."""

    outcome: Outcome
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """The last run of the target before this one that may have results."""

    run: Run
    is_settled: bool
    """Whether its results were known to be in the scores before this run was started."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another run on the target whose results the scores may include."""

    run_id: int
    status: str | None
    started_at: datetime | None
    why: str
    """In words, such as: it was active when this run was started."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Scores that present scores are compared with."""

    source: str
    """`before`, or the path of the report."""
    scores: Scores
    judged_at: datetime | None = None
    """When the gate that wrote the report judged; None for `before`."""
    target_id: int | None = None
    outcome: Outcome | None = None
    """The outcome of the target in that report; None for `before`."""


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """One answer of the platform that the verdict rests on."""

    what: str
    """Such as `scores before the trigger`, `listing after the end`."""
    sha256: str
    """Of the bytes that were read, in hex."""
    whole: bool
    """Whether those bytes were all of the answer."""
    read_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One step of the run as the gate saw it, for the timeline."""

    what: str
    """`triggered`, `queued`, `running`, `ended`, `settled`, `evaluated`."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of the run's beginning."""

    origin: RunOrigin
    tag: str = ""
    name: str = ""
    triggered_at: datetime | None = None
    """By our clock; None when this gate did not trigger it."""
    job: str = ""
    """The CI job that triggered it, as a link or a name."""
    probe_ids: tuple[int, ...] | None = None
    """The probes asked for; None means all that are configured."""
    probe_choice: str = ""
    """Why these probes, in words."""
    earlier: EarlierRun | None = None
    """None: no run before this one has a result. For a run that this gate did not start, any other run counts."""
    are_others_known: bool = True
    """Whether `Evidence.others` has every run that the scores may include, not only the newest."""
    own_earlier: tuple[int, ...] = ()
    """The ids of the runs that this gate had started before; each was in the scores before the next one was started."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate found out about one target."""

    target: Target
    judged_at: datetime
    """The moment of judging: waivers and ages are counted from it."""
    facts: RunFacts
    run: Run | Unavailable
    """The run as the last whole listing told of it."""
    scores_before: Scores | Unavailable
    """Read just before the trigger."""
    scores: Scores | Unavailable
    """The last reading."""
    stable_seconds: float
    """For how long the readings of the scores have been the same as the last one; 0 when it was the only one."""
    overlaps: tuple[Overlap, ...] | Unavailable
    """Other runs whose results the scores may include; Unavailable if that could not be found out."""
    baseline: Baseline | Unavailable | None = None
    """None when no baseline was asked for."""
    settle_seconds: float = 5.0
    """`--settle`. How long scores must stay unchanged is a multiple of it."""
    trusts_unproven: bool = False
    """Whether `--unproven-scores trust` was given."""
    others: tuple[Run, ...] = ()
    """The other runs of the target that the scores might belong to: the newest, and those without a date."""
    early_exit: EarlyExit | None = None
    """Set when the gate ended early; what had been found by then is in the other fields."""
    trend: tuple[Run, ...] = ()
    """The latest runs of the target, newest first, for the reports. Nothing is judged by it."""
    timeline: tuple[TimelineEntry, ...] = ()
    responses: tuple[ResponseRecord, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """Notes for the reader, such as an outage that was survived."""
    run_url: str = ""
    """The run's page on the platform, or empty."""
    left_running: str = ""
    """What may still be active on the platform and how to stop it, in words; empty when nothing is."""

    @property
    def has_run(self) -> bool:
        """Return whether there is a run that reports can describe: it was seen, or this job may have started it."""
        facts = self.facts
        return (
            isinstance(self.run, Run)
            or facts.origin is RunOrigin.REUSED
            or (facts.origin is RunOrigin.TRIGGERED and facts.triggered_at is not None)
        )
