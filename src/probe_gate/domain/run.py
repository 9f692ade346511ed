"""Test runs as the platform's listing shows them, and what their counts say.

The API description promises none of the four counts. A platform may leave one out where it is zero, or where it
follows from the others, and its total may or may not include the test cases with an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from probe_gate.domain.scores import Scores

SUCCEEDED_STATUSES = frozenset({"COMPLETED", "FINISHED"})
FAILED_STATUSES = frozenset({"FAILED", "ERROR", "ABORTED"})
CANCELLED_STATUSES = frozenset({"CANCELLED", "CANCELED"})
ACTIVE_STATUSES = frozenset(
    {"RUNNING", "PENDING", "QUEUED", "STARTED", "STARTING", "IN_PROGRESS", "IN PROGRESS", "CREATED", "CANCELLING"}
)
TERMINAL_STATUSES = SUCCEEDED_STATUSES | FAILED_STATUSES | CANCELLED_STATUSES


class RunState(Enum):
    """What a run status means for the gate. The words are free text on the platform, so `UNKNOWN` is one of them."""

    ACTIVE = "active"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Return whether the run is over. An unknown word never is."""
        return self in (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


def run_state_of(status: str | None, completed_statuses: frozenset[str] = frozenset()) -> RunState:
    """Return the phase of a status of either vocabulary, in any case; None and every unknown one are `UNKNOWN`.

    `completed_statuses`: further ones that mean completed, in upper case.
    """
    word = (status or "").strip().upper()
    if word in SUCCEEDED_STATUSES or word in completed_statuses:
        return RunState.SUCCEEDED
    if word in FAILED_STATUSES:
        return RunState.FAILED
    if word in CANCELLED_STATUSES:
        return RunState.CANCELLED
    if word in ACTIVE_STATUSES:
        return RunState.ACTIVE
    return RunState.UNKNOWN


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
    def evaluated(self) -> int | None:
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
    """The platform's own word, cleaned; compare it by `state`."""
    started_at: datetime | None = None
    """`executionDate`: not documented whether asked for, begun or ended."""
    counts: Counts = Counts()
    progress: float | None = None
    """Not documented whether it runs to 1 or to 100: prefer the counts."""
    probes: tuple[str, ...] | None = None
    started_by: str | None = None
    """An e-mail address: stands in no report and no log but that of `runs list`."""
    is_completed_by_option: bool = False
    """Whether `--completed-status` says that its status means completed."""

    @property
    def state(self) -> RunState:
        return RunState.SUCCEEDED if self.is_completed_by_option else run_state_of(self.status)

    @property
    def may_have_results(self) -> bool:
        """Return whether a test case of it may have a result: its counts do not rule that out.

        A completed run that shows zeros may show its real counts a little later, unless errors explain the zeros.
        """
        counts = self.counts
        if counts.passed != 0 or counts.failed != 0:
            return True
        return self.state is RunState.SUCCEEDED and not (counts.errors and counts.errors >= (counts.total or 0))

    @property
    def may_be_scored(self) -> bool:
        """Return whether the scores of the target may rest on it: unlike one that is active and has shown no result yet."""
        is_untouched = self.state is RunState.ACTIVE and not (self.counts.passed or self.counts.failed)
        return self.may_have_results and not is_untouched


_GATE_NAME = re.compile(r"pg-[0-9a-f]{8}\.")


def is_of_gate(run: Run) -> bool:
    """Return whether a gate started the run: its name begins with a run tag."""
    return _GATE_NAME.match(run.name or "") is not None


def made_progress(earlier: Run, later: Run) -> bool:
    """Return whether anything happened in a run between two readings: by its counts, or its progress without any."""
    if later.counts == Counts():
        return (earlier.status, earlier.progress) != (later.status, later.progress)
    return (earlier.status, earlier.counts) != (later.status, later.counts)


def has_executed_all(run: Run) -> bool:
    """Return whether the counts say that every planned test case was executed."""
    counts = run.counts
    executed = sum(count or 0 for count in (counts.passed, counts.failed, counts.errors))
    return bool(counts.total) and executed >= (counts.total or 0)


def progress_fraction(run: Run) -> float | None:
    """How much of a run is over, 0 to 1; None when neither counts nor progress can tell.

    The counts come first. `progress` up to 1 is read as a share and above 1 as percent.
    """
    counts = run.counts
    known = [count for count in (counts.passed, counts.failed, counts.errors) if count is not None]
    if known and counts.total and counts.total > 0:
        return min(max(sum(known) / counts.total, 0.0), 1.0)
    if run.progress is None or not 0 <= run.progress <= 100:
        return None
    return run.progress if run.progress <= 1 else run.progress / 100


def complete_counts(counts: Counts, scores: Scores | None = None) -> Counts:
    """Return the counts with all that can be worked out; a count that could have several values stays None.

    Args:
        counts: As the listing has them, of a finished run.
        scores: The target's scores, whose attack counts can confirm a value of a missing count.
    """
    passed, failed, errors, total = counts.passed, counts.failed, counts.errors, counts.total
    if passed is not None and failed is not None:
        return _complete_rest(passed, failed, errors, total)
    if total is None or (passed is None and failed is None):
        return counts
    rest = total - (passed or 0) - (failed or 0) - (errors or 0)
    if rest == 0:
        return Counts(passed or 0, failed or 0, errors or 0, total)
    if scores is None or scores.successful_attacks is None:
        return counts
    guess = replace(counts, failed=scores.successful_attacks) if failed is None else replace(counts, passed=rest)
    guess = complete_counts(guess)
    return guess if guess.executed == guess.total and counts_fit(scores, guess) else counts


def _complete_rest(passed: int, failed: int, errors: int | None, total: int | None) -> Counts:
    judged = passed + failed
    if total is None:
        return Counts(passed, failed, errors or 0, judged + (errors or 0))
    if errors is None:
        return Counts(passed, failed, max(total - judged, 0), total)
    if judged <= total < judged + errors:
        total += errors  # a total without the test cases that had an error
    return Counts(passed, failed, errors, total)


def counts_fit(scores: Scores, counts: Counts) -> bool:
    """Return whether the scores rest on exactly the test cases of these counts, with or without those in error."""
    judged = counts.evaluated
    if not judged or scores.successful_attacks != counts.failed:
        return False
    return scores.simulated_attacks in (judged, judged + (counts.errors or 0))
