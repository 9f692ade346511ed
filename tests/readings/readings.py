"""The meanings that the API description leaves open, as values that a platform can be built from."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import Enum


class Executed(Enum):
    """What a run's `executionDate` means."""

    REQUESTED = "requested"
    STARTED = "started"
    """Null before."""
    ENDED = "end"
    """Null while the run is active."""
    REQUESTED_THEN_ENDED = "requested-then-end"
    UPDATED = "updated"
    """The last change of the run."""
    NEVER = "never"
    """Always null."""


class Scored(Enum):
    """What `latestExecutionDate` of the scores means."""

    COPIED = "copied"
    """The run's `executionDate`; its end where the run has none."""
    REQUESTED = "requested"
    STARTED = "started"
    FIRST_PROBE = "first-probe"
    LAST_PROBE = "last-probe"
    ENDED = "end"
    COMPUTED = "computed"


class Precision(Enum):
    """How finely a date is written."""

    TICKS = "7"
    MICROSECONDS = "us"
    MILLISECONDS = "ms"
    SECONDS = "s"
    ROUNDED_SECONDS = "s-rounded"
    MINUTES = "min"
    DAY = "day"
    DATE = "date"
    """A date without a time."""

    @property
    def step(self) -> timedelta:
        """How far apart two neighboring dates are."""
        return _STEPS[self]

    @property
    def is_finer_than_a_day(self) -> bool:
        return self not in (Precision.DAY, Precision.DATE)


_STEPS = {
    Precision.TICKS: timedelta(microseconds=1),
    Precision.MICROSECONDS: timedelta(microseconds=1),
    Precision.MILLISECONDS: timedelta(milliseconds=1),
    Precision.SECONDS: timedelta(seconds=1),
    Precision.ROUNDED_SECONDS: timedelta(seconds=1),
    Precision.MINUTES: timedelta(minutes=1),
    Precision.DAY: timedelta(days=1),
    Precision.DATE: timedelta(days=1),
}


class Zone(Enum):
    """Which zone a date is in, and whether its text says so."""

    UTC = "Z"
    OFFSET = "+02:00"
    UNWRITTEN_UTC = "none"
    UNWRITTEN_LOCAL = "local"
    """Five hours behind UTC, and not written."""

    @property
    def offset(self) -> timedelta:
        if self is Zone.OFFSET:
            return timedelta(hours=2)
        return timedelta(hours=-5) if self is Zone.UNWRITTEN_LOCAL else timedelta(0)

    @property
    def suffix(self) -> str:
        return {Zone.UTC: "Z", Zone.OFFSET: "+02:00"}.get(self, "")


class Units(Enum):
    """What `simulatedAttacks` counts."""

    PLANNED = "planned"
    JUDGED = "judged"
    """Test cases with a result."""
    ODD = "odd"
    """More than test cases, such as the messages of a conversation."""
    ODD_FEWER = "odd-fewer"
    """Fewer than test cases."""

    @property
    def count_test_cases(self) -> bool:
        return self in (Units.PLANNED, Units.JUDGED)


class NoScores(Enum):
    """What the scores' endpoint answers when there is nothing to score."""

    STATUS_404 = "404"
    STATUS_400 = "400"
    STATUS_409 = "409"
    STATUS_422 = "422"
    STATUS_500 = "500"
    STATUS_204 = "204"
    EMPTY_BODY = "empty"
    NULL = "null"
    EMPTY_OBJECT = "{}"
    EMPTY_LIST = "[]"
    ZEROS = "zeros"
    ZEROS_YEAR_1 = "zeros-year-1"
    ZEROS_EPOCH = "zeros-epoch"


class CountsForm(Enum):
    """How a run's counts are written in the listing."""

    FULL = "full"
    NULL_ZEROS = "null-zeros"
    MISSING_ZEROS = "missing-zeros"
    NO_ERRORS = "no-errors"
    """`errorCount` is missing: it is the total without the others."""
    NO_PASSED = "no-passed"
    NO_FAILED = "no-failed"
    TOTAL_WITHOUT_ERRORS = "total-without-errors"
    AT_END = "at-end"
    """Null until the run has ended."""
    ZERO_ONCE = "zero-once"
    """Zero in one listing and full in the next."""


class ProbesForm(Enum):
    """How a run's probes are written in the listing."""

    NAMES = "names"
    TWINS = "twins"
    """One name for two of them."""
    NULL = "null"


class Steps(Enum):
    """How numbers get from the old to the new in several steps."""

    EVEN = "even"
    """Every number moves by the same part of its way; a count that changes is the new one only in the end."""
    BY_PROBE = "by-probe"
    """One probe's latest results after another take the place of the old ones."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One platform that the API description allows."""

    executed: Executed = Executed.REQUESTED
    scored: Scored = Scored.ENDED
    run_precision: Precision = Precision.MILLISECONDS
    scores_precision: Precision = Precision.MILLISECONDS
    run_zone: Zone = Zone.UTC
    scores_zone: Zone = Zone.UTC
    row_gap_seconds: float = 0.0
    """How long before the run's own date the scores' row was written."""
    units: Units = Units.PLANNED
    no_scores: NoScores = NoScores.STATUS_404
    counts: CountsForm = CountsForm.FULL
    probes: ProbesForm = ProbesForm.NAMES
    replica_seconds: float = 0.0
    """How far one of two replicas of the listing is behind."""
    lag_seconds: float = 0.0
    """From the end of a run to the first sign of it in the scores."""
    date_lead_seconds: float = 0.0
    """From the move of the scores' date to the first move of their numbers."""
    counts_lead_seconds: float = 0.0
    """From the move of both attack counts to the first move of the overall score and the categories."""
    steps: int = 1
    step_seconds: float = 8.0
    step_kind: Steps = Steps.EVEN
    live_date: bool = False
    """The scores' date moves at its own moment, while the run is active, and not with the scores."""
    live_numbers: bool = False
    """The numbers move with each probe that ends."""
    silent_seconds: float = 0.0
    """After the end of a run, for so long, the answer is that there are no scores."""
    updated_by_scores: bool = False
    """Where `executionDate` is the last change: computing the scores changes the run once more."""

    @property
    def delay_seconds(self) -> float:
        """From the end of a run to its scores, all of them."""
        if self.live_numbers:
            return max(self.lag_seconds + self.counts_lead_seconds, self.silent_seconds)
        numbers_begin = self.lag_seconds + self.date_lead_seconds + self.counts_lead_seconds
        return max(numbers_begin + (self.steps - 1) * self.step_seconds, self.silent_seconds)

    def __str__(self) -> str:
        """The values that differ from the default ones, as `name=value,...`."""
        default = Readings()
        changed = []
        for one in fields(self):
            value = getattr(self, one.name)
            if value != getattr(default, one.name):
                shown = value.value if isinstance(value, Enum) else f"{value:g}"
                changed.append(f"{one.name.removesuffix('_seconds').replace('_', '-')}={shown}")
        return ",".join(changed) or "default"


def render_date(moment: datetime, precision: Precision, zone: Zone) -> str:
    """The text of a date as such a platform writes it."""
    local = moment.astimezone(UTC).replace(tzinfo=None) + zone.offset
    if precision is Precision.DATE:
        return f"{local:%Y-%m-%d}"
    if precision is Precision.DAY:
        return f"{local:%Y-%m-%d}T00:00:00{zone.suffix}"
    if precision is Precision.MINUTES:
        return f"{local:%Y-%m-%dT%H:%M}:00{zone.suffix}"
    if precision is Precision.ROUNDED_SECONDS:
        local += timedelta(microseconds=500_000)
    text = f"{local:%Y-%m-%dT%H:%M:%S}"
    if precision is Precision.TICKS:
        text += f".{local.microsecond:06d}{local.microsecond % 10}"
    elif precision is Precision.MICROSECONDS:
        text += f".{local.microsecond:06d}"
    elif precision is Precision.MILLISECONDS:
        text += f".{local.microsecond // 1000:03d}"
    return text + zone.suffix
