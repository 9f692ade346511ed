"""Verdicts: of one target, and of all targets of a gate together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from probe_gate.domain.evidence import EarlyExit, Evidence, Target, Unavailable
from probe_gate.domain.formatting import few
from probe_gate.domain.policy import Origin, Policy, RejectedOverride
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import name_of, plain_line, short_name_of
from probe_gate.errors import (
    PRECEDENCE,
    SOFTENABLE,
    CancelledError,
    ConfigError,
    GateError,
    Outcome,
    exit_code_for,
    list_below,
)


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
    hint: str = ""
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
class RunResult:
    """What one of several runs came to by itself."""

    outcome: Outcome
    reason: str
    failed: tuple[str, ...] = ()
    """The ids of the checks that failed."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the runs after a failed one came to, which repeated it because of `--confirm`."""

    summary: str
    """One or two sentences for people."""
    results: tuple[RunResult, ...]
    """Of each run by itself, the first one included."""
    runs: tuple[Evidence, ...] = ()
    """The evidence of the runs after the first one, in order."""
    scores: Scores | None = None
    """The median of all runs, which was judged; None if the failure of the first run stands as it is."""
    not_started: str = ""
    """Why no further run was started although it could have changed the verdict; empty if there was no such run."""


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
    hint: str = ""
    judgements: tuple[Judgement, ...] = ()
    """By each layer in turn, where there is a base policy; `checks` has the worst outcome of each check."""
    rejected_overrides: tuple[RejectedOverride, ...] = ()
    confirmation: Confirmation | None = None
    """None if there was no failure to confirm. `evidence` is that of the first run."""

    @property
    def runs(self) -> tuple[Evidence, ...]:
        """The evidence of each run, in order."""
        return (self.evidence, *(self.confirmation.runs if self.confirmation else ()))

    @property
    def last(self) -> Evidence:
        """The evidence of the last run."""
        return self.runs[-1]

    @property
    def scores(self) -> Scores | Unavailable:
        """The scores of the target: the median where several runs were judged together."""
        median = self.confirmation.scores if self.confirmation else None
        return self.evidence.scores if median is None else median

    @property
    def left_running(self) -> str:
        """What may still be active on the platform and how to stop it, in words; empty when nothing is."""
        return " ".join(run.left_running for run in self.runs if run.left_running)

    @property
    def is_soft(self) -> bool:
        """Return whether the policy lets this outcome exit 0. Some outcomes no policy can soften.

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
class FileDigest:
    """A file that was read, as it was then."""

    name: str
    """The path, as it was given."""
    sha256: str
    """Of its bytes, in hex."""


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
    ending: EarlyExit | None = None
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
    hint: str = ""
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
    policy_files: tuple[FileDigest, ...] = ()
    """The files that limits were read from: the base policy first. Of a merged verdict, those of all its parts."""

    @property
    def is_green(self) -> bool:
        return self.exit_code == 0

    @property
    def listed_problems(self) -> tuple[str, ...]:
        """The problems to list below the reason."""
        return list_below(self.reason, self.problems)


def exit_code_of(outcome: Outcome, *, soft: bool, signal_number: int | None = None) -> int:
    """Return the exit code of an outcome, softened or not."""
    return 0 if soft else exit_code_for(outcome, signal_number)


GREEN = frozenset({Outcome.PASSED, Outcome.SKIPPED})

MAX_NAMED = 5
"""Targets named in one sentence."""

_WHAT_HAPPENED: dict[Outcome, str] = {
    Outcome.PASSED: "passed",
    Outcome.SKIPPED: "were skipped",
    Outcome.FAILED: "failed",
    Outcome.CONFIG_ERROR: "had a configuration error",
    Outcome.AUTH_ERROR: "were denied access",
    Outcome.PLATFORM_ERROR: "had a platform error",
    Outcome.RUN_ENDED: "had a run that ended without a result",
    Outcome.TIMED_OUT: "timed out",
    Outcome.INCONCLUSIVE: "could not be judged",
    Outcome.INTERNAL_ERROR: "hit a bug in probe-gate",
    Outcome.CANCELLED: "were cancelled",
}


def decide(endings: Iterable[tuple[Outcome, bool]]) -> tuple[Outcome, bool]:
    """Return the outcome of all these endings together, and whether it is softened.

    Each ending is an outcome and whether it is softened. The first by precedence decides among those that
    turn a build red; only when there is none does the first among the rest. No ending at all proves nothing.
    """
    every = set(endings)
    if not every:
        return Outcome.INCONCLUSIVE, False
    red = {(outcome, soft) for outcome, soft in every if not soft and outcome not in GREEN}
    return min(red or every, key=lambda ending: (PRECEDENCE.index(ending[0]), ending[1]))


def combine(
    targets: Sequence[TargetVerdict],
    *,
    started_at: datetime,
    judged_at: datetime,
    command: str = "run",
    shard: tuple[int, int] | None = None,
    notes: tuple[str, ...] = (),
    signal_number: int | None = None,
) -> Verdict:
    """Return the verdict of a gate over these targets.

    Without any target it is inconclusive, but for a part of split targets: to that, none may have fallen.
    """
    if targets:
        outcome, soft = decide((target.outcome, target.is_soft) for target in targets)
        reason, hint = explain(targets, outcome, soft=soft)
    elif shard is not None:
        outcome, soft = Outcome.PASSED, False
        reason, hint = f"Part {shard[0]}/{shard[1]} has no targets, so there is nothing to judge.", ""
    else:
        outcome, soft = Outcome.INCONCLUSIVE, False
        reason, hint = "No target was judged.", "Name a target with --target-id or in the policy file."
    return Verdict(
        outcome=outcome,
        reason=reason,
        targets=tuple(targets),
        started_at=started_at,
        judged_at=judged_at,
        exit_code=exit_code_of(outcome, soft=soft, signal_number=signal_number),
        hint=hint,
        command=command,
        shard=shard,
        notes=notes,
    )


def end_early(
    error: GateError,
    *,
    started_at: datetime,
    judged_at: datetime,
    command: str = "run",
    shard: tuple[int, int] | None = None,
) -> Verdict:
    """Return the verdict of a gate that ended before it got as far as a target."""
    signal_number = error.signal_number if isinstance(error, CancelledError) else None
    return Verdict(
        outcome=error.outcome,
        reason=error.message,
        targets=(),
        started_at=started_at,
        judged_at=judged_at,
        exit_code=exit_code_of(error.outcome, soft=False, signal_number=signal_number),
        hint=error.hint,
        command=command,
        problems=error.problems if isinstance(error, ConfigError) else (),
        shard=shard,
    )


def explain(targets: Sequence[TargetVerdict], outcome: Outcome, *, soft: bool) -> tuple[str, str]:
    """Why these targets lead to this outcome, in one sentence, and what to do now."""
    deciding = [target for target in targets if (target.outcome, target.is_soft) == (outcome, soft)]
    if len(targets) == 1:
        return targets[0].reason, targets[0].hint
    happened = _WHAT_HAPPENED[outcome]
    hint = next((target.hint for target in deciding if target.hint), "")
    if len(deciding) == len(targets):
        return f"All {len(targets)} targets {happened}.", hint
    named = few([name_of(target.target) for target in deciding], MAX_NAMED)
    pardon = " (allowed by soft-fail)" if soft else ""
    return f"{len(deciding)} of {len(targets)} targets {happened}{pardon}: {named}.", hint


def bound_of(check: Check) -> str:
    """Return the limit as a noun: `minimum 80`, `maximum 5 %`; empty if none is set."""
    for phrase, noun in (("at least ", "minimum "), ("at most ", "maximum ")):
        if check.limit.startswith(phrase) and not check.limit.endswith(" old"):
            return noun + check.limit.removeprefix(phrase)
    return check.limit


def describe_check(check: Check) -> str:
    """Return the check with its numbers: `overall-score 91, minimum 95`."""
    described = f"{check.id} {check.measured}" if check.measured else check.id
    if check.outcome is CheckOutcome.ERROR and not check.measured:
        described += " could not be judged"
    bound = bound_of(check)
    return plain_line(f"{described}, {bound}" if bound else described)


def describe_target_check(target: Target, check: Check) -> str:
    """Return the check with its target and its numbers: `Support bot: overall-score 91, minimum 95`."""
    return f"{short_name_of(target)}: {describe_check(check)}"
