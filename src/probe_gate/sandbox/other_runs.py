"""The runs of a target that the gate did not trigger: finished ones from before, and those of other people.

There may be a hundred thousand finished ones. They never change, so their JSON is rendered once, on the first request.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from probe_gate.sandbox.readings import SAME, VARIED, Reading
from probe_gate.sandbox.runs import Executed, RunDates, json_bytes, render_counts, render_probes, render_run_date
from probe_gate.sandbox.scenarios import Counts, Scenario
from probe_gate.sandbox.targets import Probe

_DAY_SECONDS = 86_400.0
_MAX_AGE_SECONDS = 365 * _DAY_SECONDS
_RUN_SECONDS = 600.0
_PENDING_SECONDS = 2.0
_LONG = 2_000
_FULL_EVERY = 16
_FULL_AT_THE_END = 5
"""The latest runs, which show the usual size of a run, have that of a new one."""
_NAMES = ("Nightly", "Release candidate", "Weekly", "main")
_SHIFTS = (0, 1, -1, 2, -2)
OTHER_RUN, EARLIER_RUN, STUCK_RUN, FUTURE_RUN = "Nightly scan", "Earlier scan", "Stuck scan", "Postdated scan"
_YEAR_SECONDS = 365 * 86_400.0
_HOUR_SECONDS = 3600.0
_ACTIVE_BEFORE_SECONDS = 5.0
"""How long the nightly run has been active at the first request about the target."""
_QUEUED = ("PENDING", "QUEUED")


def deflate(plain: bytes) -> bytes:
    """Return blocks of a deflate stream (RFC 1951), without its last block."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)


def varied_counts(counts: Counts, place: int, probes_run: int = 1, probes: int = 1) -> Counts:
    """Return counts that differ a little from `counts`, deterministically by the number of the run (`place`)."""
    evaluated = max(counts.passed + counts.failed, 100) * probes_run // probes
    failed = evaluated * (4 + (place * 7 + place // 3 * 5) % 11) // 100
    if failed == counts.failed:
        failed += 3  # with the same counts, the scores of the next run take longer to prove
    return Counts(evaluated - failed, failed, (place * 3) % 4)


def drawn_anew(counts: Counts, earlier_runs: int) -> Counts:
    """Return the counts of a run, varied by the number of earlier runs of the scenario.

    Real runs vary too: a few more or fewer attacks succeed each time.
    """
    shift = _SHIFTS[earlier_runs % len(_SHIFTS)]
    if min(counts.passed, counts.failed) <= abs(shift):
        return counts
    return dataclasses.replace(counts, passed=counts.passed - shift, failed=counts.failed + shift)


@dataclass
class History:
    """`count` finished runs with consecutive ids from `first_id`; the newest ended one interval before `until`."""

    scenario: Scenario
    count: int
    first_id: int
    until: float
    """Epoch seconds."""
    started_by: str = "ci@example.com"
    _probes: tuple[Probe, ...] = field(init=False)
    _writing: threading.RLock = field(init=False, default_factory=threading.RLock, compare=False)
    _joined: dict[bool, bytes] = field(init=False, default_factory=dict)
    _deflated: dict[bool, bytes] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        earlier = self.scenario.earlier_categories
        self._probes = (self.scenario if earlier is None else self.scenario.replace(categories=earlier)).probes

    def with_reading(self, reading: Reading) -> History:
        """Return the same runs with another reading."""
        return dataclasses.replace(self, scenario=self.scenario.replace(reading=reading))

    def without_oldest(self) -> History:
        """Return the same runs without the oldest."""
        return dataclasses.replace(self, count=self.count - 1, first_id=self.first_id + 1)

    def without_runs(self) -> History:
        """Return a history without runs."""
        return dataclasses.replace(self, count=0)

    @property
    def interval_seconds(self) -> float:
        return min(_DAY_SECONDS, _MAX_AGE_SECONDS / max(1, self.count))

    def executed_at(self, place: int) -> float:
        """Return the epoch seconds at which run number `place` ended; 0 is the oldest."""
        return self.until - (self.count - place) * self.interval_seconds

    @property
    def is_long(self) -> bool:
        """Whether rendering it takes so long that other requests would be delayed."""
        return self.count > _LONG

    def joined(self, newest_first: bool) -> bytes:
        """Return the JSON of all runs, separated by commas."""
        with self._writing:
            if newest_first not in self._joined:
                places = range(self.count - 1, -1, -1) if newest_first else range(self.count)
                self._joined[newest_first] = b",".join(map(self._run_bytes, places))
            return self._joined[newest_first]

    def deflated(self, newest_first: bool) -> bytes:
        """Return the same as deflate blocks that other blocks can precede and follow."""
        with self._writing:
            if newest_first not in self._deflated:
                self._deflated[newest_first] = deflate(self.joined(newest_first))
            return self._deflated[newest_first]

    def _is_full(self, place: int) -> bool:
        """Return whether all probes ran in a run, and not only the critical ones. The newest runs are full."""
        age = self.count - 1 - place
        return age < _FULL_AT_THE_END or age % _FULL_EVERY == 0

    @cached_property
    def _critical(self) -> tuple[Probe, ...]:
        return tuple(probe for probe in self._probes if probe.risk == "CRITICAL") or self._probes

    @cached_property
    def _suffixes(self) -> dict[bool, bytes]:
        """The end of a run's JSON object, which is the same for all full runs and for all others."""
        return {True: self._suffix(self._probes), False: self._suffix(self._critical)}

    def _suffix(self, probes: tuple[Probe, ...]) -> bytes:
        return b',"progress":%d,"status":%s,"probes":%s}' % (
            self.scenario.progress_scale,
            json_bytes(self.scenario.end_status),
            json_bytes(render_probes(self.scenario.reading, probes)),
        )

    def _run_bytes(self, place: int) -> bytes:
        start = {
            "id": self.first_id + place,
            "name": f"{_NAMES[place % len(_NAMES)]} {place + 1}",
            "executionDate": render_run_date(self.scenario.reading, self.dates(place)),
            "startedBy": self.started_by,
            **render_counts(self.scenario.reading, self._counts(place), is_finished=True),
        }
        return json_bytes(start)[:-1] + self._suffixes[self._is_full(place)]

    def dates(self, place: int) -> RunDates:
        """Return the dates of run number `place`."""
        ended = self.executed_at(place)
        started = ended - _RUN_SECONDS
        first_probe = started + _RUN_SECONDS / len(self._probes)
        return RunDates(started - _PENDING_SECONDS, started, ended, ended, first_probe, ended)

    def _counts(self, place: int) -> Counts:
        run = self._probes if self._is_full(place) else self._critical
        return varied_counts(self.scenario.counts, place, len(run), len(self._probes))

    def last_results(self) -> list[Executed]:
        """Return the results of the newest run by probe."""
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


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A run to add to the target."""

    name: str
    requested_at: float
    scenario: Scenario
    date_shift: float = 0.0
    is_oldest: bool = False
    """Whether it has the lowest id of the target's runs."""


def runs_at_first_request(scenario: Scenario, now: float, pace: float, *, has_past: bool) -> Iterator[OtherRun]:
    """Yield the runs that exist at the first request about the target, the oldest first.

    A target without a past was just created, so only somebody else's active run can exist.
    """
    reading = scenario.reading
    if has_past:
        if reading.stuck is not None:
            yield OtherRun(STUCK_RUN, now - _YEAR_SECONDS, _stuck(scenario, reading.stuck), is_oldest=True)
        yield from sorted(_past_runs(scenario, now, pace), key=lambda run: run.requested_at)
    if reading.nightly_before is not None:
        requested_at = now - _ACTIVE_BEFORE_SECONDS * pace
        yield OtherRun(OTHER_RUN, requested_at, _nightly(scenario, _ACTIVE_BEFORE_SECONDS + reading.nightly_before))


def _past_runs(scenario: Scenario, now: float, pace: float) -> Iterator[OtherRun]:
    reading = scenario.reading
    past = _finished(scenario)
    length = past.run_seconds * pace
    if reading.future is not None:
        varied = _with_result(past, None, _counts(VARIED, scenario))
        yield OtherRun(FUTURE_RUN, now - _HOUR_SECONDS - length, varied, reading.future + _HOUR_SECONDS)
    if reading.earlier is not None and not math.isinf(reading.earlier):
        own = _with_result(past, reading.earlier_score, _counts(reading.earlier_counts, scenario))
        yield OtherRun(EARLIER_RUN, now - reading.earlier - length, own)


def runs_after_trigger(scenario: Scenario, requested_at: float, ended_at: float, pace: float) -> Iterator[OtherRun]:
    """Yield the runs that somebody else starts during and after a triggered run."""
    reading = scenario.reading
    other = _nightly(scenario, reading.nightly_length)
    if reading.nightly_during is not None:
        yield OtherRun(OTHER_RUN, requested_at + reading.nightly_during * pace, other)
    if reading.nightly_after is not None and not math.isinf(ended_at):
        yield OtherRun(OTHER_RUN, ended_at + reading.nightly_after * pace, other)


def _nightly(scenario: Scenario, run_seconds: float) -> Scenario:
    reading = scenario.reading
    other = scenario.replace(
        pending_seconds=0.0,
        run_seconds=run_seconds,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        probes_run=None,
    )
    return _with_result(other, reading.nightly_score, _counts(reading.nightly_counts, scenario))


def _finished(scenario: Scenario) -> Scenario:
    """Return the scenario of an earlier run that completed, whatever happens to the next run."""
    standard = Scenario()
    changed = scenario if scenario.completes else scenario.replace(statuses=standard.statuses)
    if scenario.earlier_categories is not None:
        changed = changed.replace(categories=scenario.earlier_categories, overall=None)
    return changed.replace(
        pending_seconds=0.0,
        run_seconds=standard.run_seconds if math.isinf(scenario.run_seconds) else scenario.run_seconds,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        ends_at=1.0,
        probes_run=None,
    )


def _stuck(scenario: Scenario, status: str) -> Scenario:
    is_queued = status.upper() in _QUEUED
    return scenario.replace(
        statuses=(status,),
        pending_seconds=math.inf if is_queued else 0.0,
        run_seconds=math.inf,
        ends_at=0.4,
        listing_lag_seconds=0.0,
        vanish_after_seconds=None,
        probes_run=None,
    )


def _with_result(scenario: Scenario, score: int | None, counts: Counts) -> Scenario:
    scenario = scenario.replace(counts=counts)
    if score is None:
        return scenario
    return scenario.replace(categories=dict.fromkeys(scenario.categories, score), overall=None)


def _counts(choice: tuple[int, int, int] | str, scenario: Scenario) -> Counts:
    if isinstance(choice, tuple):
        return Counts(*choice)
    if choice == SAME:
        return scenario.counts
    varied = (varied_counts(scenario.counts, place) for place in itertools.count(scenario.history))
    return next(counts for counts in varied if counts.failed != scenario.counts.failed)
