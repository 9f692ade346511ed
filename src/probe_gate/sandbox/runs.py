"""One test run as a function of time: its status, its counts, what it has executed.

Nothing here moves by itself. A run is what it was told at its trigger (and at a cancel), and
everything else is calculated from the moment that is asked about.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from probe_gate.sandbox.probes import Probe
from probe_gate.sandbox.profiles import shown_share
from probe_gate.sandbox.scenario import Counts, Scenario


def date_text(epoch_seconds: float) -> str:
    """A moment as the platform writes it: UTC, milliseconds, `Z`."""
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_bytes(value: object) -> bytes:
    """Compact JSON in ASCII, so that any text at all can be sent."""
    return json.dumps(value, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Executed:
    """What a run has done to one probe."""

    probe: Probe
    at: float
    """Epoch seconds at which the probe's last test case was over."""
    passed: int
    failed: int


@dataclass(slots=True)
class Run:
    """A run that was asked for while the sandbox is up."""

    id: int
    target_id: int
    name: str | None
    started_by: str | None
    scenario: Scenario
    probes: tuple[Probe, ...]
    """Those that really run."""
    asked_at: float
    """Epoch seconds; in the future for a run that somebody else will start."""
    pace: float
    """Real seconds for each second of the scenario."""
    cancel_asked_at: float | None = None
    is_ours: bool = True
    """False for runs that the scenario starts in somebody else's name."""

    @property
    def began_at(self) -> float:
        return self.asked_at + self.scenario.pending_seconds * self.pace

    @property
    def cancelled_at(self) -> float | None:
        """When a cancel takes effect; None when none does before the run ends by itself."""
        if self.cancel_asked_at is None or not self.scenario.cancel_works:
            return None
        effective = self.cancel_asked_at + self.scenario.cancel_seconds * self.pace
        return effective if effective < self._own_end else None

    @property
    def _own_end(self) -> float:
        return self.began_at + self.scenario.run_seconds * self.pace

    @property
    def ended_at(self) -> float:
        """When the run is over: infinite for one that never ends."""
        cancelled = self.cancelled_at
        return self._own_end if cancelled is None else cancelled

    def is_over(self, now: float) -> bool:
        return now >= self.ended_at

    def is_listed(self, now: float) -> bool:
        """Whether the listing shows the run at that moment."""
        if now < self.asked_at + self.scenario.listing_lag_seconds * self.pace:
            return False
        vanish = self.scenario.vanish_after_seconds
        return vanish is None or now < self.asked_at + vanish * self.pace

    def is_settled(self, now: float) -> bool:
        """Whether nothing that the listing shows of it will change again."""
        return self.is_over(now) and self.scenario.vanish_after_seconds is None

    def status(self, now: float) -> str | None:
        words = self.scenario.statuses
        if self.is_over(now):
            return words[-1] if self.cancelled_at is None else self.scenario.cancelled_status
        if len(words) == 1 or now < self.began_at:
            return words[0]
        middle = words[1:-1] or words[:1]
        place = int(self._time_share(now) * len(middle))
        return middle[min(place, len(middle) - 1)]

    def _time_share(self, now: float) -> float:
        length = self._own_end - self.began_at
        if math.isinf(length):
            # A run that never ends still does something: half of it in the first minute.
            return (now - self.began_at) / (now - self.began_at + 60 * self.pace) if now > self.began_at else 0.0
        if length <= 0:
            return 1.0 if now >= self.began_at else 0.0
        return min(1.0, max(0.0, (now - self.began_at) / length))

    def _shown(self, now: float) -> float:
        """The share of planned test cases that the platform shows as executed."""
        cancelled = self.cancelled_at
        if cancelled is not None and now >= cancelled:
            share = self._time_share(cancelled)
        elif self.is_over(now):
            share = 1.0
        else:
            share = shown_share(self.scenario.profile, self._time_share(now))
        return share * self.scenario.ends_at

    def planned_counts(self) -> Counts:
        """The counts at the end of the run: the scenario's, less the probes that do not run."""
        whole = self.scenario.counts
        configured = self.scenario.probes
        if len(self.probes) == len(configured):
            return whole
        kept = [self._share_of(probe) for probe in self.probes]
        planned = whole.planned
        if planned is not None:
            planned = planned * len(self.probes) // len(configured)
        return Counts(
            sum(item[0] for item in kept), sum(item[1] for item in kept), sum(item[2] for item in kept), planned
        )

    def _share_of(self, probe: Probe) -> tuple[int, int, int]:
        """Passed, failed and errored test cases of one probe, as parts that add up to the whole."""
        configured = self.scenario.probes
        place, of = configured.index(probe), len(configured)

        def part(number: int) -> int:
            return number * (place + 1) // of - number * place // of

        counts = self.scenario.counts
        return part(counts.passed), part(counts.failed), part(counts.errors)

    def executed(self, now: float) -> Iterator[Executed]:
        """The probes that are through by then, each with its result."""
        moment = min(now, self.ended_at)
        share = self._time_share(moment) * self.scenario.ends_at
        through = len(self.probes) if share >= 1 else int(share * len(self.probes))
        length = moment - self.began_at if math.isinf(self._own_end) else self._own_end - self.began_at
        for place, probe in enumerate(self.probes[:through], start=1):
            passed, failed, _ = self._share_of(probe)
            at = self.began_at + length * place / len(self.probes)
            yield Executed(probe, min(at, moment), passed, failed)

    def _execution_date(self, now: float) -> str | None:
        meaning = self.scenario.execution_date
        moment = {"asked": self.asked_at, "began": self.began_at, "ended": self.ended_at}.get(meaning, math.inf)
        if meaning == "began" and self.began_at > self.ended_at:
            return None  # cancelled in the queue
        return date_text(moment) if moment <= now else None

    def to_json(self, now: float) -> dict[str, Any]:
        """The run as the listing shows it."""
        scenario = self.scenario
        shown: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "executionDate": self._execution_date(now),
            "startedBy": self.started_by,
        }
        hidden = scenario.profile == "silent" and not self.is_over(now)
        share = self._shown(now)
        if scenario.show_counts and not hidden:
            counts = self.planned_counts()
            shown["errorCount"] = int(counts.errors * share)
            shown["passedCount"] = int(counts.passed * share)
            shown["failedCount"] = int(counts.failed * share)
            shown["totalCount"] = counts.total
        if scenario.show_progress and not hidden:
            shown["progress"] = round(share * scenario.progress_scale, 4)
        shown["status"] = self.status(now)
        shown["probes"] = [probe.name for probe in self.probes]
        return shown
