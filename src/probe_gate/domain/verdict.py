"""The verdict: a list of checks for each target, and one outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from probe_gate.domain.evidence import Evidence, Stop, Target
from probe_gate.domain.limit import Origin
from probe_gate.domain.policy import Policy, RejectedOverride
from probe_gate.errors import SOFTENABLE, Outcome, exit_code_for


class CheckOutcome(Enum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    """The limit is broken."""
    ERROR = "error"
    """It could not be judged."""
    WAIVED = "waived"
    """The limit is broken, and a waiver holds."""
    INFO = "info"
    """No limit is set."""


class PolicyLayer(Enum):
    """One of the three policies that judge a target where there is a base policy."""

    BASE = "base-policy"
    """The base policy alone."""
    PIPELINE = "pipeline"
    """The base policy with the pipeline's flags and variables."""
    CHANGE = "change"
    """The base policy with the change's own policy file, then the pipeline's flags and variables."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one target."""

    id: str
    """Such as `overall-score` or `category-score:Security`; unique within its target."""
    outcome: CheckOutcome
    message: str
    """What was found, in one or two sentences for people."""
    measured: str = ""
    """As a person reads it: `84`, `3.2 % (4 of 125)`; empty when nothing was measured."""
    limit: str = ""
    """As a person reads it: `at least 80`; empty when none is set."""
    origin: Origin | None = None
    """Where the limit was set."""
    advice: str = ""
    """What to do now; empty for a check that passed."""
    measured_value: float | None = None
    """For charts: the number behind `measured`, in points or percent."""
    limit_value: float | None = None
    baseline_value: float | None = None
    """For charts: the same measure in the baseline."""
    waiver_reason: str = ""
    decided_by: PolicyLayer | None = None
    """The policy whose judgement this is; None where there is no base policy."""

    @property
    def kind(self) -> str:
        """The id without the name behind the colon: `category-score`."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one of the three policies makes of the evidence."""

    layer: PolicyLayer
    policy: Policy
    """With the waivers of the base policy, and without soft-fail: that applies to the result only."""
    outcome: Outcome
    checks: Mapping[str, CheckOutcome]
    """By check id."""


@dataclass(frozen=True, slots=True)
class TargetVerdict:
    """What became of one target."""

    target: Target
    outcome: Outcome
    """Before it is softened."""
    reason: str
    """One sentence for people: why this outcome."""
    checks: tuple[Check, ...]
    policy: Policy
    """The base policy where there is one."""
    evidence: Evidence
    advice: str = ""
    judgements: tuple[Judgement, ...] = ()
    """By each layer in turn, where there is a base policy; `checks` has the worst outcome of each check."""
    rejected_overrides: tuple[RejectedOverride, ...] = ()

    @property
    def is_soft(self) -> bool:
        """Whether the policy lets this outcome exit 0. Some outcomes no policy can soften.

        Beside a base policy, no judgement may be red either: a stricter limit of the change must not turn what could
        not be judged into a failure that is softened.
        """
        softened = self.policy.soft_fail & SOFTENABLE
        fine = softened | {Outcome.PASSED}
        return self.outcome in softened and all(judgement.outcome in fine for judgement in self.judgements)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which targets a gate was to judge."""

    target_ids: tuple[int, ...]
    """By this job, ascending."""
    all_target_ids: tuple[int, ...]
    """By all jobs of the gate together, ascending."""


@dataclass(frozen=True, slots=True)
class JobIdentity:
    """The attempt of a CI job that a gate ran in. Texts are empty where the CI system does not say."""

    system: str
    repository: str
    pipeline: str
    commit: str = ""
    job: str = ""
    step: str = ""
    """What tells gates of one job apart."""
    key: str = ""
    """`--job-key`: what tells jobs of one name apart, such as the legs of a matrix."""
    attempt: int | None = None
    """From 1; grows with each attempt of the same job. None: not known."""


@dataclass(frozen=True, slots=True)
class PartTarget:
    """A target that a part has judged."""

    id: int
    judged_at: datetime
    judgement: str
    """SHA-256, in hex, of the outcome and of that of each check. Verdicts that agree have the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the verdicts that a merged verdict was made of, without its targets."""

    shard: tuple[int, int] | None
    """Which part of how many; None when the targets had not been split."""
    outcome: Outcome
    exit_code: int
    ending: Stop | None = None
    """How it ended, where its targets do not tell: before any of them, or by a signal."""
    problems: tuple[str, ...] = ()
    scope: Scope | None = None
    """Which targets it was to judge; None if it ended before that was known."""
    job: JobIdentity | None = None
    judged: tuple[PartTarget, ...] = ()
    """By id."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the whole gate."""

    outcome: Outcome
    reason: str
    """One sentence for people."""
    targets: tuple[TargetVerdict, ...]
    started_at: datetime
    judged_at: datetime
    exit_code: int
    advice: str = ""
    command: str = "run"
    """`run`, `check`, `demo` or `merge`."""
    problems: tuple[str, ...] = ()
    """Where the gate did not get as far as a target: each mistake by itself."""
    shard: tuple[int, int] | None = None
    """Which part of how many, when the targets were split."""
    parts: tuple[Part, ...] = ()
    """What a merged verdict was made of; empty for any other."""
    notes: tuple[str, ...] = field(default=())
    scope: Scope | None = None
    """Which targets it was to judge; None for a merged verdict, and if it ended before that was known."""
    job: JobIdentity | None = None
    """The CI job; None if it is not known."""

    @property
    def is_green(self) -> bool:
        return self.exit_code == 0


def exit_code_of(outcome: Outcome, *, soft: bool, signal_number: int | None = None) -> int:
    """The exit code of an outcome, softened or not."""
    return 0 if soft else exit_code_for(outcome, signal_number)
