"""One test run as a function of time: its status, its counts, what it has executed.

A run stores only what was known at its trigger and at a cancel. Everything else is computed for a given time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from probe_gate.sandbox.readings import Reading
from probe_gate.sandbox.scenarios import Counts, Scenario, displayed_fraction
from probe_gate.sandbox.targets import Probe
from probe_gate.sandbox.timestamps import render_timestamp

_LAST_PROBE = 0.95
"""The last probe finishes at this fraction of the run, so that its date differs from that of the end."""


@dataclass(frozen=True, slots=True)
class RunDates:
    """The dates of a run in epoch seconds; infinite for what has not happened yet."""

    requested_at: float
    started_at: float
    ended_at: float
    changed: float
    """When the last test case finished, or else when the run started or was requested."""
    first_probe: float
    probes: float
    """When the last probe that is finished by now had run all its test cases."""
    shift: float = 0.0
    """By how many seconds the platform's dates are too late."""

    @property
    def is_finished(self) -> bool:
        return not math.isinf(self.ended_at)

    @property
    def last_probe(self) -> float:
        """When the last probe that is finished by now ended."""
        return self.started_at + (self.probes - self.started_at) * _LAST_PROBE if self.is_finished else self.probes


def execution_date(reading: Reading, dates: RunDates) -> float | None:
    """Return a run's `executionDate` in epoch seconds, or None where it is null."""
    timestamp = {
        "request": dates.requested_at,
        "start": dates.started_at,
        "end": dates.ended_at,
        "request-then-end": dates.ended_at if dates.is_finished else dates.requested_at,
        "update": dates.ended_at if dates.is_finished else dates.changed,
        "never": math.inf,
    }[reading.executed]
    return None if math.isinf(timestamp) else timestamp + dates.shift


def scores_date(reading: Reading, dates: RunDates, computed: float) -> float:
    """Return the scores' `latestExecutionDate` in epoch seconds, if the run is the latest in them."""
    if reading.scores == "run":
        own = execution_date(reading, dates)
        return own if own is not None else dates.probes + dates.shift
    timestamp = {
        "request": dates.requested_at,
        "start": dates.started_at,
        "first-probe": dates.first_probe,
        "last-probe": dates.last_probe,
        "end": dates.ended_at if dates.is_finished else dates.probes,
        "computation": computed,
    }[reading.scores]
    return timestamp + dates.shift


def render_run_date(reading: Reading, dates: RunDates) -> str | None:
    """Return a run's `executionDate` as text, or None where it is null."""
    timestamp = execution_date(reading, dates)
    return None if timestamp is None else render_timestamp(timestamp, reading.precision[0], reading.zone[0])


def render_scores_date(reading: Reading, epoch_seconds: float) -> str:
    """Return the scores' `latestExecutionDate` as text."""
    return render_timestamp(epoch_seconds, reading.precision[1], reading.zone[1])


_ENCODER = json.JSONEncoder(separators=(",", ":"))


def json_bytes(value: object) -> bytes:
    """Return compact JSON in ASCII, so that any text can be sent, even lone surrogates."""
    return _ENCODER.encode(value).encode("ascii")


@dataclass(frozen=True, slots=True)
class Executed:
    """The result of one probe in a run."""

    probe: Probe
    at: float
    """Epoch seconds at which the probe's last test case ended."""
    passed: int
    failed: int
    errors: int = 0


def render_counts(reading: Reading, counts: Counts, *, is_finished: bool) -> dict[str, int | None]:
    """Return the counts of a run as in the run list."""
    style = reading.counts
    if "at-end" in style and not is_finished:
        return {}
    fields: dict[str, int | None] = {
        "errorCount": counts.errors,
        "passedCount": counts.passed,
        "failedCount": counts.failed,
        "totalCount": counts.total - counts.errors if "total-without-errors" in style else counts.total,
    }
    for name, left_out in (("errorCount", "no-error-count"), ("passedCount", "no-passed-count")):
        if left_out in style:
            del fields[name]
    if "absent-zero" in style:
        return {name: count for name, count in fields.items() if count}
    if "null-zero" in style:
        return {name: count or None for name, count in fields.items()}
    return fields


def render_probes(reading: Reading, probes: Sequence[Probe]) -> list[str] | None:
    """Return the probes of a run as in the run list; None where they are null."""
    if reading.probes == "null":
        return None
    names = [probe.name for probe in probes]
    if reading.probes == "shared-name":
        names[1:2] = names[:1]
    return names


@dataclass(slots=True)
class Run:
    """A run since the start of the sandbox."""

    id: int
    target_id: int
    name: str | None
    started_by: str | None
    scenario: Scenario
    probes: tuple[Probe, ...]
    """The probes that are executed."""
    requested_at: float
    """Epoch seconds. In the future for a run that somebody else will start."""
    pace: float
    """Real seconds per second of the scenario."""
    cancel_requested_at: float | None = None
    is_ours: bool = True
    """False for runs that the scenario starts as somebody else."""
    date_shift: float = 0.0
    """By how many seconds the platform's dates of the run are too late."""

    @property
    def started_at(self) -> float:
        return self.requested_at + self.scenario.pending_seconds * self.pace

    @property
    def cancelled_at(self) -> float | None:
        """When a cancel takes effect; None if none does before the run ends."""
        if self.cancel_requested_at is None or not self.scenario.cancel_works:
            return None
        effective = self.cancel_requested_at + self.scenario.cancel_seconds * self.pace
        return effective if effective < self._own_end else None

    @property
    def _own_end(self) -> float:
        return self.started_at + self.scenario.run_seconds * self.pace

    @property
    def ended_at(self) -> float:
        """When the run ends; infinite if it never does."""
        cancelled = self.cancelled_at
        return self._own_end if cancelled is None else cancelled

    def is_finished(self, now: float) -> bool:
        return now >= self.ended_at

    def is_listed(self, now: float) -> bool:
        """Return whether the run list includes the run at that time."""
        if now < self.requested_at + self.scenario.listing_lag_seconds * self.pace:
            return False
        vanish = self.scenario.vanish_after_seconds
        return vanish is None or now < self.requested_at + vanish * self.pace

    def is_settled(self, now: float) -> bool:
        """Return whether its entry in the run list can no longer change."""
        is_final = now >= self.ended_at + self.scenario.reading.counts_lag * self.pace
        return is_final and self.scenario.vanish_after_seconds is None

    def status(self, now: float) -> str | None:
        statuses = self.scenario.statuses
        if self.is_finished(now):
            return self.scenario.end_status if self.cancelled_at is None else self.scenario.cancelled_status
        if len(statuses) == 1 or now < self.started_at:
            return statuses[0]
        middle = statuses[1:-1] or statuses[:1]
        place = int(self._elapsed_fraction(now) * len(middle))
        return middle[min(place, len(middle) - 1)]

    def _elapsed_fraction(self, now: float) -> float:
        if now < self.started_at:
            return 0.0
        length = self._own_end - self.started_at
        if math.isinf(length):
            # A run that never ends still makes progress: half of it in the first minute.
            return (now - self.started_at) / (now - self.started_at + 60 * self.pace)
        if length <= 0:
            return 1.0 if now >= self.started_at else 0.0
        return min(1.0, max(0.0, (now - self.started_at) / length))

    def _changed_at(self, now: float) -> float:
        """Return when the last test case finished, if all take equally long."""
        if now < self.started_at:
            return self.requested_at
        total = max(1, self.planned_counts().total)
        share = math.floor(self._elapsed_fraction(now) * total) / total
        length = self._own_end - self.started_at
        return self.started_at + (60 * self.pace * share / (1 - share) if math.isinf(length) else length * share)

    def _displayed_fraction(self, now: float) -> float:
        """Return the fraction of planned test cases that the platform reports as executed."""
        cancelled = self.cancelled_at
        if cancelled is not None and now >= cancelled:
            share = self._elapsed_fraction(cancelled)
        elif self.is_finished(now):
            share = 1.0
        else:
            share = displayed_fraction(self.scenario.profile, self._elapsed_fraction(now))
        return share * self.scenario.ends_at

    def planned_counts(self) -> Counts:
        """Return the counts at the end of the run: the scenario's, without the probes that do not run."""
        counts = self.scenario.counts
        configured = self.scenario.probes
        if len(self.probes) == len(configured):
            return counts
        kept = [self._share_of(probe) for probe in self.probes]
        planned = counts.planned
        if planned is not None:
            planned = planned * len(self.probes) // len(configured)
        return Counts(
            sum(item[0] for item in kept), sum(item[1] for item in kept), sum(item[2] for item in kept), planned
        )

    def _share_of(self, probe: Probe) -> tuple[int, int, int]:
        """Return the passed, failed and errored test cases of one probe. All probes add up to the scenario's counts."""
        configured = self.scenario.probes
        place, of = configured.index(probe), len(configured)

        def part(number: int) -> int:
            return number * (place + 1) // of - number * place // of

        counts = self.scenario.counts
        return part(counts.passed), part(counts.failed), part(counts.errors)

    def executed(self, now: float) -> Iterator[Executed]:
        """Yield the results of the probes that are finished by then."""
        timestamp = min(now, self.ended_at)
        share = self._elapsed_fraction(timestamp) * self.scenario.ends_at
        through = len(self.probes) if share >= 1 else int(share * len(self.probes))
        length = timestamp - self.started_at if math.isinf(self._own_end) else self._own_end - self.started_at
        for place, probe in enumerate(self.probes[:through], start=1):
            passed, failed, errors = self._share_of(probe)
            at = self.started_at + length * place / len(self.probes)
            yield Executed(probe, min(at, timestamp), passed, failed, errors)

    def dates(self, now: float) -> RunDates:
        """Return the dates of the run that are known by then."""
        is_finished = self.is_finished(now)
        through = [item.at for item in self.executed(now)]
        return RunDates(
            requested_at=self.requested_at,
            started_at=self.started_at if self.started_at <= min(now, self.ended_at) else math.inf,
            ended_at=self.ended_at if is_finished else math.inf,
            changed=self._changed_at(now),
            first_probe=min(through, default=math.inf),
            probes=max(through, default=math.inf),
            shift=self.date_shift,
        )

    def to_json(self, now: float) -> dict[str, Any]:
        """Return the run's entry in the run list."""
        scenario = self.scenario
        is_finished = self.is_finished(now)
        fields: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "executionDate": render_run_date(scenario.reading, self.dates(now)),
            "startedBy": self.started_by,
        }
        hidden = scenario.profile == "silent" and not is_finished
        share = self._displayed_fraction(now)
        if scenario.render_counts and not hidden:
            fields |= render_counts(scenario.reading, self._counts(now, share), is_finished=is_finished)
        if scenario.show_progress and not hidden:
            fields["progress"] = round(share * scenario.progress_scale, 4)
        fields["status"] = self.status(now)
        fields["probes"] = render_probes(scenario.reading, self.probes)
        return fields

    def _counts(self, now: float, share: float) -> Counts:
        if self.is_finished(now) and now < self.ended_at + self.scenario.reading.counts_lag * self.pace:
            return Counts(0, 0, 0)
        planned = self.planned_counts()
        return Counts(
            int(planned.passed * share), int(planned.failed * share), int(planned.errors * share), planned.total
        )
