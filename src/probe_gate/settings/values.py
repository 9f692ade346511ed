"""The typed settings of a command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import FileDigest
from probe_gate.settings.policies import Plans, TargetPlan
from probe_gate.timings import DEFAULT_TIMINGS, Timings


class Secret:
    """A text that only `reveal` returns, so that it does not end up in a log, report or traceback by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret('***')"

    def __str__(self) -> str:
        return "***"

    def __format__(self, _spec: str) -> str:
        return "***"

    def __reduce__(self) -> str:
        raise TypeError("a secret must not be pickled")

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
    """The web address, without a trailing slash; None if unknown, so that there are no links."""
    workspace_id: int
    """0 only for a command that needs none and got none."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How a run is started and polled."""

    timeout_seconds: float
    """The overall time limit."""
    poll_low_seconds: float
    poll_high_seconds: float
    """Equal to the low one if the interval is fixed."""
    settle_seconds: float
    scores_timeout_seconds: float
    unproven_scores: Literal["refuse", "trust"]
    completed_statuses: frozenset[str]
    """Additional run statuses that mean completed, in upper case."""
    on_timeout: Literal["cancel", "leave"]
    on_busy: Literal["wait", "fail", "proceed"]
    reuse: Literal["in-progress", "never"]
    name: str
    """Empty: derived from the CI variables."""
    run_ai_analysis: bool
    notify: bool
    parallel: int


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """Which reports are written, and where."""

    directory: Path
    reports: frozenset[str]
    """Of `junit`, `summary`, `json`, `html`, `sarif`, `attestation`."""
    comment: bool
    """Whether to write a comment on the pull or merge request."""
    comment_token: Secret | None
    """The token for the comment; None if not given."""
    shard: tuple[int, int] | None
    """The number of this job's part of the targets, and the number of parts; None if not split."""


@dataclass(frozen=True, slots=True)
class OutputSettings:
    """How the command prints."""

    log_format: Literal["text", "json"]
    verbose: bool
    quiet: bool
    color: bool
    """False: never use colours. True: use them on a terminal."""
    format: Literal["text", "json"]
    """The format of the printed result: `--output`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a command."""

    command: str
    connection: Connection | None
    """None for a command that does not use the platform, and for `init` without a key or workspace."""
    targets: tuple[TargetPlan, ...]
    """Ascending by ID, of this shard only. Empty with `target_file`, and if no target is in the shard."""
    all_target_ids: tuple[int, ...]
    """All targets of the gate, ascending: of all shards, and those of the policy file that other jobs select."""
    named_target_ids: tuple[int, ...]
    """From `--target-id` or its variable, for commands that accept it in addition to a file."""
    plans: Plans
    """The policy and probes of any target, including temporary ones."""
    test_run_id: int | None
    target_file: Path | None
    run: RunSettings
    report: ReportSettings
    output: OutputSettings
    notes: tuple[str, ...] = ()
    """Notes for the reader on how the settings were chosen."""
    timings: Timings = DEFAULT_TIMINGS

    @property
    def policy_name(self) -> str | None:
        """The path of the policy file; None if there is none."""
        return self.plans.file.name if self.plans.file else None

    @property
    def policy_files(self) -> tuple[FileDigest, ...]:
        """The files that define limits, the base policy first."""
        files = (self.plans.base, self.plans.file)
        return tuple(FileDigest(file.name, file.sha256) for file in files if file is not None)

    def plan_for(self, target: Target) -> TargetPlan:
        """Return the plan of a target, which need not be among `targets`, such as a temporary one."""
        return self.plans.plan_for(target)
