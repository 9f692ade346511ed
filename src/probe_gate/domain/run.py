"""Test runs as the platform's listing tells of them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from probe_gate.quick_dataclass import dataclass

SUCCEEDED_WORDS = frozenset({"COMPLETED", "FINISHED"})
FAILED_WORDS = frozenset({"FAILED", "ERROR", "ABORTED"})
CANCELLED_WORDS = frozenset({"CANCELLED", "CANCELED"})
ACTIVE_WORDS = frozenset(
    {"RUNNING", "PENDING", "QUEUED", "STARTED", "STARTING", "IN_PROGRESS", "IN PROGRESS", "CREATED", "CANCELLING"}
)
TERMINAL_WORDS = SUCCEEDED_WORDS | FAILED_WORDS | CANCELLED_WORDS


class Phase(Enum):
    """What a run status means for the gate. The words are free text on the platform, so `UNKNOWN` is one of them."""

    ACTIVE = "active"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Whether the run is over. An unknown word never is."""
        return self in (Phase.SUCCEEDED, Phase.FAILED, Phase.CANCELLED)


def phase_of(status: str | None) -> Phase:
    """The phase of a status word of either vocabulary, in any case; None and every unknown word are `UNKNOWN`."""
    word = (status or "").strip().upper()
    if word in SUCCEEDED_WORDS:
        return Phase.SUCCEEDED
    if word in FAILED_WORDS:
        return Phase.FAILED
    if word in CANCELLED_WORDS:
        return Phase.CANCELLED
    if word in ACTIVE_WORDS:
        return Phase.ACTIVE
    return Phase.UNKNOWN


@dataclass(frozen=True, slots=True)
class Counts:
    """Test cases of one run. Each may be None: the platform does not promise any of them."""

    passed: int | None = None
    failed: int | None = None
    errors: int | None = None
    total: int | None = None
    """Planned test cases."""

    @property
    def executed(self) -> int | None:
        """Test cases that are over, or None when one of the three counts is missing."""
        if self.passed is None or self.failed is None or self.errors is None:
            return None
        return self.passed + self.failed + self.errors

    @property
    def judged(self) -> int | None:
        """Test cases with a result, or None when it cannot be told."""
        if self.passed is None or self.failed is None:
            return None
        return self.passed + self.failed

    @property
    def contradiction(self) -> str | None:
        """What makes the counts impossible, in words; None when they are not."""
        for name in ("passed", "failed", "errors", "total"):
            value = getattr(self, name)
            if value is not None and value < 0:
                return f"the count of {name} test cases is negative ({value})"
        known = sum(value for value in (self.passed, self.failed, self.errors) if value is not None)
        if self.total is not None and known > self.total:
            return f"{known} test cases were executed but only {self.total} were planned"
        return None


@dataclass(frozen=True, slots=True)
class Run:
    """One test run of the listing."""

    id: int
    name: str | None = None
    status: str | None = None
    """The platform's own word, cleaned; compare it by `phase`."""
    started_at: datetime | None = None
    """`executionDate`: not documented whether asked for, begun or ended."""
    counts: Counts = Counts()
    progress: float | None = None
    """Not documented whether it runs to 1 or to 100: prefer the counts."""
    probes: tuple[str, ...] | None = None
    started_by: str | None = None
    """An e-mail address: stands in no report and no log but that of `runs list`."""

    @property
    def phase(self) -> Phase:
        return phase_of(self.status)


def share_done(run: Run) -> float | None:
    """How much of a run is over, 0 to 1; None when neither counts nor progress can tell.

    The counts come first. `progress` up to 1 is read as a share and above 1 as percent.
    """
    executed, total = run.counts.executed, run.counts.total
    if executed is not None and total and total > 0:
        return min(max(executed / total, 0.0), 1.0)
    if run.progress is None or not 0 <= run.progress <= 100:
        return None
    return run.progress if run.progress <= 1 else run.progress / 100
