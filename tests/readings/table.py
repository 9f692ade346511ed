"""At least 400 combinations of readings, earlier runs and ways to come by the run: pairwise, and the same each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from itertools import combinations
from random import Random
from typing import Any

from probe_gate.domain.evidence import RunOrigin
from tests.readings.platform import PlatformRun, Result
from tests.readings.play import Script, Situation
from tests.readings.readings import (
    CountsForm,
    Executed,
    NoScores,
    Precision,
    ProbesForm,
    Readings,
    Scored,
    Steps,
    Units,
    Zone,
)

HEALTHY = (Result(96, 3, 1, 93), Result(88, 10, 0, 90))
FLAWLESS = (Result(99, 0, 1, 100), Result(98, 0, 0, 100))
BAD = (Result(60, 38, 1, 12), Result(70, 29, 0, 15))
EARLIER_BAD = (Result(50, 44, 0, 10), Result(75, 21, 0, 20))
EARLIER_GOOD = (Result(95, 4, 0, 94), Result(90, 6, 0, 97))
DAY = 86_400.0
MINUTE = 60.0
ROWS = 440
ROWS_IN_ODD_UNITS = 32


class Earlier(Enum):
    """The last run before the gate's own."""

    NEVER = "never"
    YESTERDAY = "yesterday"
    RECENT = "20-minutes-ago"


class Way(Enum):
    """How the gate comes by its run."""

    TRIGGERED = "triggered"
    EXISTING = "given"
    """It ended seconds before the gate began."""
    GIVEN_ACTIVE = "given-active"
    REUSED = "reused"


class Strange(Enum):
    """A run that does not fit in."""

    NONE = "none"
    STUCK = "stuck"
    """Of last year, in RUNNING."""
    FUTURE = "future"
    """Dated next year."""


class Delay(Enum):
    """When and how the scores follow the end of a run."""

    AT_ONCE = "at-once"
    LAG_30 = "lag-30s"
    LAG_130 = "lag-130s"
    LAG_290 = "lag-290s"
    DATE_FIRST = "date-20s-first"
    STEPS = "steps-of-8s"
    BY_PROBE = "by-probe-8s"
    LIVE = "live"
    LIVE_DATE = "live-date"
    SILENT = "silent-40s"

    @property
    def changes(self) -> Mapping[str, Any]:
        changes: dict[Delay, Mapping[str, Any]] = {
            Delay.AT_ONCE: {},
            Delay.LAG_30: {"lag_seconds": 30.0},
            Delay.LAG_130: {"lag_seconds": 130.0},
            Delay.LAG_290: {"lag_seconds": 290.0},
            Delay.DATE_FIRST: {"lag_seconds": 3.0, "date_lead_seconds": 20.0},
            Delay.STEPS: {"lag_seconds": 2.0, "steps": 4},
            Delay.BY_PROBE: {"lag_seconds": 2.0, "steps": 2, "step_kind": Steps.BY_PROBE},
            Delay.LIVE: {"live_numbers": True},
            Delay.LIVE_DATE: {"live_date": True, "lag_seconds": 6.0},
            Delay.SILENT: {"silent_seconds": 40.0, "lag_seconds": 10.0},
        }
        return changes[self]


ZONES = (
    (Zone.UTC, Zone.UTC),
    (Zone.UTC, Zone.OFFSET),
    (Zone.OFFSET, Zone.UTC),
    (Zone.UNWRITTEN_UTC, Zone.UTC),
    (Zone.UTC, Zone.UNWRITTEN_UTC),
    (Zone.UNWRITTEN_LOCAL, Zone.UTC),
    (Zone.UTC, Zone.UNWRITTEN_LOCAL),
    (Zone.UNWRITTEN_LOCAL, Zone.UNWRITTEN_LOCAL),
)

DIMENSIONS: dict[str, Sequence[Any]] = {
    "executed": list(Executed),
    "scored": list(Scored),
    "run_precision": list(Precision),
    "scores_precision": list(Precision),
    "zones": ZONES,
    "row_gap_seconds": (0.0, 0.005, 2.0),
    "units": (Units.PLANNED, Units.JUDGED),
    "no_scores": list(NoScores),
    "counts": list(CountsForm),
    "probes": list(ProbesForm),
    "replica_seconds": (0.0, 8.0),
    "delay": list(Delay),
    "earlier": list(Earlier),
    "way": list(Way),
    "strange": list(Strange),
    "is_flawless": (False, False, True),
    "has_same_counts": (False, False, False, False, True),
}
"""A value that stands there twice is drawn twice as often."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination."""

    readings: Readings
    earlier: Earlier
    way: Way
    strange: Strange = Strange.NONE
    is_flawless: bool = False
    """In the healthy run, nothing fails."""
    has_same_counts: bool = False
    """The earlier run has the counts of the gate's own, and other scores."""

    def __str__(self) -> str:
        more = [self.strange.value] if self.strange is not Strange.NONE else []
        more += ["flawless"] * self.is_flawless + ["same-counts"] * self.has_same_counts
        return " ".join([self.way.value, self.earlier.value, *more, str(self.readings)])

    def situation(self, *, is_healthy: bool) -> Situation:
        """The cell with a healthy run or a bad one; earlier runs had the opposite score."""
        results = (FLAWLESS if self.is_flawless else HEALTHY) if is_healthy else BAD
        own = Script(results)
        requested_at = {Way.EXISTING: -own.whole_seconds - 4.0, Way.TRIGGERED: 0.0}.get(self.way, -20.0)
        origin = {Way.TRIGGERED: RunOrigin.TRIGGERED, Way.REUSED: RunOrigin.REUSED}.get(self.way, RunOrigin.EXISTING)
        others = tuple(self._others(results, requested_at, is_healthy=is_healthy))
        return Situation(self.readings, own, others, origin, requested_at)

    def _others(self, own: tuple[Result, ...], requested_at: float, *, is_healthy: bool) -> Iterator[PlatformRun]:
        results: tuple[Result, ...] = EARLIER_BAD if is_healthy else EARLIER_GOOD
        if self.strange is Strange.STUCK:
            yield replace(Script(results).run(1, "stuck", requested_at - 300 * DAY), stuck_status="RUNNING")
        if self.strange is Strange.FUTURE:
            yield replace(Script(results).run(2, "nightly", requested_at - 3 * DAY), future_seconds=400 * DAY)
        if self.earlier is Earlier.NEVER:
            return
        if self.has_same_counts:
            results = tuple(replace(one, score=other.score) for one, other in zip(own, results, strict=True))
        script = Script(results)
        ago = 22 * 60 * MINUTE if self.earlier is Earlier.YESTERDAY else 20 * MINUTE
        yield script.run(100, "nightly", requested_at - ago - script.whole_seconds)


def _is_possible(row: Mapping[str, Any]) -> bool:
    if not row["units"].count_test_cases and row["counts"] in (CountsForm.NO_PASSED, CountsForm.NO_FAILED):
        return False  # nothing confirms a count that is left out
    if row["strange"] is Strange.STUCK and row["executed"] in (Executed.ENDED, Executed.NEVER):
        return False  # without a date it is not known to be old
    if row["earlier"] is Earlier.NEVER:
        return row["strange"] is not Strange.FUTURE and not row["has_same_counts"]
    if row["has_same_counts"]:
        # the others are those of which the documentation says that they cannot be judged
        return row["way"] is Way.TRIGGERED and not row["is_flawless"]
    return True


@cache
def table() -> tuple[Cell, ...]:
    """All cells; those in odd units last."""
    random = Random(11)  # noqa: S311 - the same each time
    rows = _pairwise(DIMENSIONS, ROWS, random)
    odd = {
        **DIMENSIONS,
        "units": (*[Units.ODD] * 4, Units.ODD_FEWER),
        "way": (*[Way.TRIGGERED] * 3, Way.EXISTING, Way.GIVEN_ACTIVE, Way.REUSED),
        "has_same_counts": (False,),
    }
    return tuple(map(_cell, rows + _pairwise(odd, ROWS_IN_ODD_UNITS, random)))


def _cell(row: Mapping[str, Any]) -> Cell:
    readings = Readings(
        run_zone=row["zones"][0],
        scores_zone=row["zones"][1],
        **{name: value for name, value in row.items() if name in Readings.__dataclass_fields__},
        **row["delay"].changes,
    )
    return Cell(readings, row["earlier"], row["way"], row["strange"], row["is_flawless"], row["has_same_counts"])


def _pairwise(dimensions: Mapping[str, Sequence[Any]], rows: int, random: Random) -> list[dict[str, Any]]:
    """So many rows, each of which holds as many pairs of values as possible that no row before it holds."""
    names = list(dimensions)
    pairs = list(combinations(names, 2))
    seen: set[tuple[str, Any, str, Any]] = set()
    found = []
    for _ in range(rows):
        candidates: list[dict[str, Any]] = []
        while len(candidates) < 12:
            row = {name: random.choice(values) for name, values in dimensions.items()}
            if _is_possible(row):
                candidates.append(row)
        best = max(candidates, key=lambda row: sum((a, row[a], b, row[b]) not in seen for a, b in pairs))
        seen.update((a, best[a], b, best[b]) for a, b in pairs)
        found.append(best)
    return found
