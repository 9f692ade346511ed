"""Situations in which the scores of another run could be taken for those of the gate's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from probe_gate.domain.evidence import RunOrigin
from tests.readings.platform import PlatformRun, Result
from tests.readings.play import OWN_ID, Gate, Script, Situation, make_plan, make_platform, mark_of
from tests.readings.readings import Executed, Readings, Scored, Steps, Units

HOUR = 3600.0
GOOD_RESULTS = (Result(96, 3, 1, 93), Result(88, 10, 0, 90))
BAD_RESULTS = (Result(60, 38, 1, 12), Result(70, 29, 0, 15))


@dataclass(frozen=True, slots=True)
class Variant:
    """What each situation is tried with."""

    executed: Executed
    is_healthy: bool
    has_same_counts: bool

    def __str__(self) -> str:
        health, counts = "good" if self.is_healthy else "bad", "equal" if self.has_same_counts else "different"
        return f"executed={self.executed.value}, own score {health}, {counts} counts"

    @property
    def results(self) -> tuple[Result, ...]:
        return GOOD_RESULTS if self.is_healthy else BAD_RESULTS

    @property
    def own(self) -> Script:
        return Script(self.results)

    @property
    def other(self) -> Script:
        """A run with the opposite score."""
        results: tuple[Result, ...] = BAD_RESULTS if self.is_healthy else GOOD_RESULTS
        if self.has_same_counts:
            results = tuple(replace(one, score=other.score) for one, other in zip(self.results, results, strict=True))
        return Script(results)

    @property
    def older(self) -> Script:
        """Another one with the opposite score, and with counts of its own."""
        return Script(
            (Result(80, 15, 2, 22), Result(85, 11, 0, 25)) if self.is_healthy else (Result(91, 6), Result(99, 1))
        )


def variants() -> Iterator[Variant]:
    for executed in Executed:
        for is_healthy in (True, False):
            for has_same_counts in (False, True):
                yield Variant(executed, is_healthy, has_same_counts)


def _ended(script: Script, run_id: int, at: float, *, name: str = "nightly", lag: float | None = None) -> PlatformRun:
    """A run that ends at that time."""
    return replace(script, lag_seconds=lag).run(run_id, name, at - script.whole_seconds)


def _yesterday(variant: Variant) -> PlatformRun:
    return _ended(variant.older, 50, -22 * HOUR)


Make = Callable[[Variant, Readings], Situation]


def _triggered(*others: Callable[[Variant], PlatformRun], seconds: float = 60.0, **readings: object) -> Make:
    def make(variant: Variant, base: Readings) -> Situation:
        changed = replace(base, **readings)  # type: ignore[arg-type]
        runs = (_yesterday(variant), *(other(variant) for other in others))
        return Situation(changed, replace(variant.own, seconds=seconds), runs)

    return make


def _existing(
    *others: Callable[[Variant], PlatformRun],
    requested_at: float,
    origin: RunOrigin = RunOrigin.EXISTING,
    seconds: float = 60.0,
    **readings: object,
) -> Make:
    def make(variant: Variant, base: Readings) -> Situation:
        changed = replace(base, **readings)  # type: ignore[arg-type]
        runs = tuple(other(variant) for other in others)
        return Situation(changed, replace(variant.own, seconds=seconds), runs, origin, requested_at)

    return make


def _other(
    at: float, *, run_id: int = 100, name: str = "nightly", lag: float | None = None
) -> Callable[[Variant], PlatformRun]:
    return lambda variant: _ended(variant.other, run_id, at, name=name, lag=lag)


def _older(at: float, *, run_id: int = 60, lag: float | None = None) -> Callable[[Variant], PlatformRun]:
    return lambda variant: _ended(variant.older, run_id, at, lag=lag)


def _cancelled(at: float, *, lag: float | None = None) -> Callable[[Variant], PlatformRun]:
    def make(variant: Variant) -> PlatformRun:
        run = replace(variant.other, seconds=90.0).run(100, "nightly", at - 80.0)
        return replace(run, cancelled_at=at, lag_seconds=lag)

    return make


GATE = mark_of(1, job="another", nonce="q7m2zt").text + " main"

SITUATIONS: dict[str, Make] = {
    # the target is busy when the gate begins
    "busy-before": _triggered(_other(45.0)),
    "busy-before-scores-25s-late": _triggered(_other(45.0, lag=25.0), lag_seconds=3.0),
    "busy-before-scores-100s-late": _triggered(_other(45.0, lag=100.0), lag_seconds=20.0),
    "busy-before-with-a-gate": _triggered(_other(45.0, name=GATE, lag=10.0)),
    "busy-before-cancelled": _triggered(_cancelled(20.0, lag=10.0)),
    # an earlier run was over, and its scores were not there yet
    "late-scores-15s": _triggered(_other(-1.0, lag=15.0)),
    "late-scores-30s-of-both": _triggered(_other(-1.0), lag_seconds=30.0),
    "late-scores-100s": _triggered(_other(-1.0, lag=100.0), lag_seconds=40.0),
    "late-scores-200s": _triggered(_other(-1.0, lag=200.0), lag_seconds=60.0),
    "late-scores-of-two": _triggered(_older(-30.0, lag=60.0), _other(-1.0, lag=80.0), lag_seconds=30.0),
    "late-scores-of-a-cancelled-run": _triggered(_cancelled(-1.0, lag=20.0)),
    "late-date-then-numbers": _triggered(_other(-1.0, lag=10.0), date_lead_seconds=20.0),
    "late-scores-in-steps": _triggered(_other(-1.0, lag=10.0), steps=4),
    "late-scores-copied-date": _triggered(_other(-1.0, lag=30.0), scored=Scored.COPIED),
    # its own scores
    "date-20s-before-numbers": _triggered(_other(-1200.0), date_lead_seconds=20.0),
    "date-50s-before-numbers": _triggered(_other(-1200.0), lag_seconds=10.0, date_lead_seconds=50.0),
    "date-while-active": _triggered(_other(-1200.0), live_date=True, scored=Scored.FIRST_PROBE, lag_seconds=20.0),
    "numbers-while-active": _triggered(_other(-1200.0), live_numbers=True, lag_seconds=5.0),
    "numbers-in-steps": _triggered(_other(-1200.0), steps=4),
    "numbers-by-probe": _triggered(_other(-1200.0), steps=2, step_kind=Steps.BY_PROBE),
    "date-then-steps": _triggered(_other(-1200.0), lag_seconds=5.0, date_lead_seconds=12.0, steps=3),
    # others that nobody waits for
    "nightly-ended-10s-before": _triggered(_other(-10.0)),
    "nightly-at-the-same-time": _triggered(_other(63.2, run_id=1500)),
    "nightly-while": _triggered(_other(75.0, run_id=1500), seconds=120.0),
    "nightly-while-and-after": _triggered(_other(110.0, run_id=1500), lag_seconds=20.0),
    "nightly-right-after": _triggered(_other(130.0, run_id=1500), lag_seconds=50.0),
    # a run that exists
    "given-alone-today": _existing(_older(-22 * HOUR), requested_at=-70.0),
    "given-other-20-minutes-before": _existing(_other(-1300.0), requested_at=-70.0),
    "given-other-13-hours-before": _existing(_other(-13 * HOUR), requested_at=-70.0, lag_seconds=10.0),
    "given-asked-for-first-ended-last": _existing(_other(-100.0, run_id=910), requested_at=-300.0, seconds=250.0),
    "given-asked-for-last-ended-first": _existing(
        lambda variant: replace(variant.other, seconds=400.0).run(100, "nightly", -450.0), requested_at=-300.0
    ),
    "given-before-another": _existing(_other(-100.0, run_id=910), requested_at=-2 * HOUR),
    "given-while-scores-are-late": _existing(_other(-75.0, lag=110.0), requested_at=-70.0, lag_seconds=60.0),
    "given-active": _existing(_other(-35.0, lag=50.0), requested_at=-30.0, lag_seconds=15.0),
    "reused": _existing(_older(-22 * HOUR), requested_at=-30.0, origin=RunOrigin.REUSED),
    "reused-while-scores-are-late": _existing(
        _other(-35.0, lag=50.0), requested_at=-30.0, origin=RunOrigin.REUSED, lag_seconds=15.0
    ),
}
UNITS = (Units.JUDGED, Units.ODD)


def situations() -> list[tuple[str, Units]]:
    return [(name, units) for name in SITUATIONS for units in UNITS]


def play_two_gates(variant: Variant, readings: Readings) -> tuple[Gate, Gate]:
    """Two gates, 3 s apart and without a lock; the first one's run is the gate's own, the second one's is the other."""
    platform = make_platform(readings, runs=(_yesterday(variant),))
    scripts = iter((variant.own, variant.other))
    platform.make_run = lambda run: next(scripts).fill(run)
    first = Gate(platform, make_plan()).start()
    second = Gate(platform, make_plan(tag=mark_of(1, job="another", nonce="q7m2zt"))).start(3.0)
    platform.time.pass_until()
    assert OWN_ID not in [run.id for run in platform.runs]
    return first, second


def play(name: str, units: Units, variant: Variant) -> Gate:
    """A gate in that situation, after its end."""
    situation = SITUATIONS[name](variant, Readings(units=units, executed=variant.executed))
    return replace(situation, plan=(*situation.plan, ("scores_timeout_seconds", 300.0))).play()
