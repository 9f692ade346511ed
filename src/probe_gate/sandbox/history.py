"""The finished runs that a target has before the first trigger, as ready bytes.

There may be a hundred thousand of them, and they never change: they are written once, when they
are first asked for, and sent as they are from then on.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property

from probe_gate.sandbox.gzip_parts import Packed
from probe_gate.sandbox.probes import Probe
from probe_gate.sandbox.runs import Executed, date_text, json_bytes
from probe_gate.sandbox.scenario import Scenario

_DAY_SECONDS = 86_400.0
_LONGEST_SECONDS = 365 * _DAY_SECONDS
_LONG = 2_000
_FULL_EVERY = 16
_NAMES = ("Nightly", "Release candidate", "Weekly", "main")


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
            json_bytes(self.scenario.statuses[-1]),
            json_bytes([probe.name for probe in probes]),
        )

    def _run_bytes(self, place: int) -> bytes:
        passed, failed, errors = self._counts(place)
        return (
            f'{{"id":{self.first_id + place},"name":"{_NAMES[place % len(_NAMES)]} {place + 1}",'
            f'"executionDate":"{date_text(self.executed_at(place) - 600)}","startedBy":"{self.started_by}",'
            f'"errorCount":{errors},"passedCount":{passed},"failedCount":{failed},'
            f'"totalCount":{passed + failed + errors}'
        ).encode("ascii") + self._tails[self._is_full(place)]

    def _counts(self, place: int) -> tuple[int, int, int]:
        """Counts that go up and down a little from run to run, always in the same way."""
        whole = self.scenario.counts
        judged = max(whole.passed + whole.failed, 100)
        if not self._is_full(place):
            judged = judged * len(self._critical) // len(self._probes)
        failed = judged * (4 + (place * 7 + place // 3 * 5) % 11) // 100
        return judged - failed, failed, (place * 3) % 4

    def last_results(self) -> list[Executed]:
        """What the newest of these runs left in the scores, probe by probe."""
        if not self.count:
            return []
        passed, failed, _ = self._counts(self.count - 1)
        of = len(self._probes)
        at = self.executed_at(self.count - 1)

        def part(number: int, place: int) -> int:
            return number * (place + 1) // of - number * place // of

        return [
            Executed(probe, at, part(passed, place), part(failed, place)) for place, probe in enumerate(self._probes)
        ]
