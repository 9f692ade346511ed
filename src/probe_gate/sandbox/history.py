"""The finished runs that a target has before the first trigger, as ready bytes.

There may be a hundred thousand of them, and they never change: they are written once, when they
are first asked for, and sent as they are from then on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import cached_property

from probe_gate.sandbox.gzip_parts import Packed
from probe_gate.sandbox.probes import Probe
from probe_gate.sandbox.reading_dates import RunDates, write_run_date
from probe_gate.sandbox.readings import Reading
from probe_gate.sandbox.runs import Executed, json_bytes, show_counts, show_probes
from probe_gate.sandbox.scenario import Counts, Scenario

_DAY_SECONDS = 86_400.0
_LONGEST_SECONDS = 365 * _DAY_SECONDS
_RUN_SECONDS = 600.0
_PENDING_SECONDS = 2.0
_LONG = 2_000
_FULL_EVERY = 16
_NAMES = ("Nightly", "Release candidate", "Weekly", "main")


def varied_counts(counts: Counts, place: int, probes_run: int = 1, probes: int = 1) -> Counts:
    """Counts that differ a little from `counts` and from run to run, always in the same way."""
    judged = max(counts.passed + counts.failed, 100) * probes_run // probes
    failed = judged * (4 + (place * 7 + place // 3 * 5) % 11) // 100
    return Counts(judged - failed, failed, (place * 3) % 4)


_SHIFTS = (0, 1, -1, 2, -2)


def drawn_anew(counts: Counts, earlier_runs: int) -> Counts:
    """Return the counts of a run that follows so many others of its scenario.

    Attacks and answers vary from run to run, so a few more or fewer attacks succeed each time.
    """
    shift = _SHIFTS[earlier_runs % len(_SHIFTS)]
    if min(counts.passed, counts.failed) <= abs(shift):
        return counts
    return replace(counts, passed=counts.passed - shift, failed=counts.failed + shift)


@dataclass
class History:
    """`count` finished runs with the ids from `first_id` on, the newest a while before `until`."""

    scenario: Scenario
    count: int
    first_id: int
    until: float
    """Epoch seconds."""
    started_by: str = "ci@example.com"
    _probes: tuple[Probe, ...] = field(init=False)
    _writing: threading.RLock = field(init=False, default_factory=threading.RLock, compare=False)
    _joined: dict[bool, bytes] = field(init=False, default_factory=dict)
    _packed: dict[bool, Packed] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        earlier = self.scenario.earlier_categories
        self._probes = (self.scenario if earlier is None else self.scenario.replace(categories=earlier)).probes

    def with_reading(self, reading: Reading) -> History:
        """The same runs on a platform that means something else by its dates and counts."""
        return replace(self, scenario=self.scenario.replace(reading=reading))

    def without_oldest(self) -> History:
        """The same runs but the oldest."""
        return replace(self, count=self.count - 1, first_id=self.first_id + 1)

    def without_runs(self) -> History:
        """None of these runs."""
        return replace(self, count=0)

    @property
    def interval_seconds(self) -> float:
        return min(_DAY_SECONDS, _LONGEST_SECONDS / max(1, self.count))

    def executed_at(self, place: int) -> float:
        """When run number `place` (0 is the oldest) was over."""
        return self.until - (self.count - place) * self.interval_seconds

    @property
    def is_long(self) -> bool:
        """Whether writing it for the first time takes so long that others would have to wait."""
        return self.count > _LONG

    def joined(self, newest_first: bool) -> bytes:
        """All of them with commas between, as a part of a JSON array."""
        with self._writing:
            if newest_first not in self._joined:
                places = range(self.count - 1, -1, -1) if newest_first else range(self.count)
                self._joined[newest_first] = b",".join(map(self._run_bytes, places))
            return self._joined[newest_first]

    def packed(self, newest_first: bool) -> Packed:
        """The same, compressed."""
        with self._writing:
            if newest_first not in self._packed:
                self._packed[newest_first] = Packed.of(self.joined(newest_first))
            return self._packed[newest_first]

    def _is_full(self, place: int) -> bool:
        """Whether all probes ran; of the others, only the critical ones did. The newest run is full."""
        return (self.count - 1 - place) % _FULL_EVERY == 0

    @cached_property
    def _critical(self) -> tuple[Probe, ...]:
        return tuple(probe for probe in self._probes if probe.risk == "CRITICAL") or self._probes

    @cached_property
    def _tails(self) -> dict[bool, bytes]:
        """What is the same in every full run, and in every other one: the end of its JSON object."""
        return {True: self._tail(self._probes), False: self._tail(self._critical)}

    def _tail(self, probes: tuple[Probe, ...]) -> bytes:
        return b',"progress":%d,"status":%s,"probes":%s}' % (
            self.scenario.progress_scale,
            json_bytes(self.scenario.end_status),
            json_bytes(show_probes(self.scenario.reading, probes)),
        )

    def _run_bytes(self, place: int) -> bytes:
        start = {
            "id": self.first_id + place,
            "name": f"{_NAMES[place % len(_NAMES)]} {place + 1}",
            "executionDate": write_run_date(self.scenario.reading, self.dates(place)),
            "startedBy": self.started_by,
            **show_counts(self.scenario.reading, self._counts(place), is_over=True),
        }
        return json_bytes(start)[:-1] + self._tails[self._is_full(place)]

    def dates(self, place: int) -> RunDates:
        """When what happened to run number `place`."""
        ended = self.executed_at(place)
        began = ended - _RUN_SECONDS
        first_probe = began + _RUN_SECONDS / len(self._probes)
        return RunDates(began - _PENDING_SECONDS, began, ended, ended, first_probe, ended)

    def _counts(self, place: int) -> Counts:
        run = self._probes if self._is_full(place) else self._critical
        return varied_counts(self.scenario.counts, place, len(run), len(self._probes))

    def last_results(self) -> list[Executed]:
        """What the newest of these runs left in the scores, probe by probe."""
        if not self.count:
            return []
        counts = self._counts(self.count - 1)
        of = len(self._probes)
        at = self.executed_at(self.count - 1)

        def part(number: int, place: int) -> int:
            return number * (place + 1) // of - number * place // of

        return [
            Executed(probe, at, part(counts.passed, place), part(counts.failed, place), part(counts.errors, place))
            for place, probe in enumerate(self._probes)
        ]
