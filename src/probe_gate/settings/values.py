"""What a command was asked to do, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import FileDigest
from probe_gate.settings.policies import Plans, TargetPlan
from probe_gate.timings import DEFAULT_TIMINGS, Timings


class Secret:
    """Holds a secret; only `reveal` gives it away, so that no log, report or traceback does by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the platform."""

    api_key: Secret
    api_url: str
    """Without a trailing slash."""
    platform_url: str | None
    """Of the web pages, without a trailing slash; None when it is not known, and then there are no links."""
    workspace_id: int
    """0 only for a command that needs none and was given none."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run is started and waited for."""

    timeout_seconds: float
    """For all of it."""
    poll_low_seconds: float
    poll_high_seconds: float
    """The same as the low one when the interval is fixed."""
    settle_seconds: float
    scores_timeout_seconds: float
    unproven_scores: Literal["refuse", "trust"]
    completed_statuses: frozenset[str]
    """Further run statuses that mean completed, in upper case."""
    on_timeout: Literal["cancel", "leave"]
    on_busy: Literal["wait", "fail", "proceed"]
    reuse: Literal["in-progress", "never"]
    name: str
    """Empty: from the CI's variables."""
    run_ai_analysis: bool
    notify: bool
    parallel: int


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """What is written, and where."""

    directory: Path
    reports: frozenset[str]
    """Of `junit`, `summary`, `json`, `html`, `sarif`, `attestation`."""
    comment: bool
    """Whether to keep a comment on the pull or merge request."""
    comment_token: Secret | None
    """What writes the comment; None when there is none."""
    shard: tuple[int, int] | None
    """Which part of how many this job's targets are."""


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """How the command speaks."""

    log_format: Literal["text", "json"]
    verbose: bool
    quiet: bool
    color: bool
    """False: no colours at all. True: where a terminal shows them."""
    format: Literal["text", "json"]
    """Of what the command prints as its result: `--output`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a command was asked to do."""

    command: str
    connection: Connection | None
    """None for a command that does not reach the platform, and for `init` without a key or a workspace."""
    targets: tuple[TargetPlan, ...]
    """Ascending by id; this shard's only. Empty with `target_file`, and when no target falls into the shard."""
    all_target_ids: tuple[int, ...]
    """Of the whole gate: over all shards, and over the targets of the policy file that other jobs pick. Ascending."""
    named_target_ids: tuple[int, ...]
    """By `--target-id` or its variable; for the commands that take it beside a file."""
    plans: Plans
    """The policy and probes of any target, also of one that is made for this run."""
    test_run_id: int | None
    target_file: Path | None
    run: RunSettings
    report: ReportSettings
    output: OutputSettings
    notes: tuple[str, ...] = ()
    """What a reader should know about how the settings came about."""
    timings: Timings = DEFAULT_TIMINGS

    @property
    def policy_name(self) -> str | None:
        """The path of the policy file that was read; None when there was none."""
        return self.plans.file.name if self.plans.file else None

    @property
    def policy_files(self) -> tuple[FileDigest, ...]:
        """The files that limits were read from: the base policy first."""
        files = (self.plans.base, self.plans.file)
        return tuple(FileDigest(file.name, file.sha256) for file in files if file is not None)

    def plan_for(self, target: Target) -> TargetPlan:
        """Return the plan of a target that need not be among `targets`, such as one that is made for this run."""
        return self.plans.plan_for(target)
