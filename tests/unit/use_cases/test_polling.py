"""When to ask next."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.polling import PROFILES, Wait, drawn_jitters, wait_as_gate
from probe_gate.use_cases.polling import PollSchedule
from tests.harness.profiles import examples, slow_after

LENGTHS = [470 + 2 * part for part in range(11)]
"""Runs of about 8 minutes, so that the end falls into every phase of the asking."""

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)
OBSERVATIONS = st.lists(st.tuples(ANY_FLOAT | st.floats(0, 4000), st.none() | ANY_FLOAT | st.floats(0, 1)), max_size=40)


def waits_in_every_phase(profile: str) -> Iterator[Wait]:
    for seed, length in enumerate(LENGTHS):
        for constant in (0.0, 0.5, math.nextafter(1, 0)):
            yield wait_as_gate(PROFILES[profile], length, itertools.repeat(constant))
        for draw in range(3):
            yield wait_as_gate(PROFILES[profile], length, drawn_jitters(seed * 100 + draw))


@pytest.mark.parametrize(
    ("profile", "most_requests", "most_seconds"),
    [("linear", 24, 6), ("S-shaped", 30, 8), ("five steps", 36, 15), ("silent", 40, 30)],
)
def test_eight_minutes_cost_few_requests_and_little_delay(
    profile: str, most_requests: int, most_seconds: float
) -> None:
    """The bounds hold in the worst phase and with the worst jitter, not only on average."""
    waits = list(waits_in_every_phase(profile))
    assert max(wait.requests for wait in waits) <= most_requests
    assert max(wait.delay_seconds for wait in waits) <= most_seconds


@pytest.mark.parametrize("profile", slow_after(2, sorted(PROFILES, reverse=True)))
def test_wrong_progress_costs_no_more_than_silence_may(profile: str) -> None:
    """A run that is stuck or runs backwards is asked after no more often than one that says nothing."""
    waits = list(waits_in_every_phase(profile))
    assert max(wait.requests for wait in waits) <= 40
    assert max(wait.delay_seconds for wait in waits) <= 30


@pytest.mark.parametrize("profile", PROFILES)
def test_a_short_run_is_noticed_at_once(profile: str) -> None:
    """Half a minute's run is noticed within a fifth of its length, whatever it says."""
    for seed in range(50):
        wait = wait_as_gate(PROFILES[profile], 28 + seed / 12, drawn_jitters(seed))
        assert wait.delay_seconds <= 6.5
        assert wait.requests <= 12


@pytest.mark.parametrize("profile", ["linear", "S-shaped", "five steps"])
def test_an_hour_is_noticed_sooner_than_by_asking_every_half_minute(profile: str) -> None:
    """Long runs take few more requests than a fixed 30 s, and their end is noticed in half the time."""
    waits = [
        wait_as_gate(PROFILES[profile], 3540 + seed, drawn_jitters(seed)) for seed in range(0, 120, 120 // examples(30))
    ]
    assert max(wait.requests for wait in waits) <= 1.25 * 3660 / 30
    assert max(wait.delay_seconds for wait in waits) <= 20


def test_a_run_that_was_queued_first_is_judged_by_its_own_speed() -> None:
    """Time in the queue does not stretch the estimate."""
    pace = PollSchedule(2, 30)
    for elapsed in range(0, 300, 30):
        pace.observe(elapsed + 2, 0)
    for elapsed in range(300, 420, 10):
        pace.observe(elapsed, (elapsed - 290) / 200)
    remaining = pace.remaining_seconds(420)
    assert remaining is not None
    assert remaining == pytest.approx(70, abs=15)


def test_a_run_seen_half_done_is_reckoned_from_there() -> None:
    """A run that was going already, seen at 50 %, is not taken for one that got there in no time."""
    pace = PollSchedule(2, 30)
    pace.observe(0, 0.5)
    assert pace.remaining_seconds(0) is None
    assert pace.next_delay(20, 0.5) < 5
    for elapsed in range(10, 110, 10):
        pace.observe(elapsed, 0.5 + elapsed / 400)
    remaining = pace.remaining_seconds(100)
    assert remaining == pytest.approx(100, abs=10)


def test_an_overdue_run_has_no_estimate() -> None:
    """A run that is later than its progress promised is not said to end at any moment for ever."""
    pace = PollSchedule(2, 30)
    for elapsed in range(10, 100, 10):
        pace.observe(elapsed, elapsed / 100)
    assert pace.remaining_seconds(95) == pytest.approx(5, abs=3)
    assert pace.remaining_seconds(130) is None
    assert pace.next_delay(180, 0) > pace.next_delay(150, 0) > pace.next_delay(130, 0)


def test_equal_bounds_make_a_fixed_interval() -> None:
    """`--poll-interval 5s` asks every 5 s, whatever the run says."""
    pace = PollSchedule(5, 5)
    for elapsed in range(0, 400, 7):
        pace.observe(elapsed, elapsed / 400)
        assert pace.next_delay(elapsed, 0.9) == 5


def test_jitter_moves_every_delay_that_has_room() -> None:
    """Two gates that began together do not ask together, at the low bound and at the high one either."""
    for elapsed in (0.0, 2.0, 60.0, 3000.0):
        assert PollSchedule(2, 30).next_delay(elapsed, 0.0) < PollSchedule(2, 30).next_delay(elapsed, 0.9)


def test_a_platform_that_refuses_is_asked_less_often() -> None:
    """Each refusal stretches the delays, beyond the high bound too; they come back once refusals end."""
    pace = PollSchedule(2, 30)
    usual = pace.next_delay(1000, 0.5)
    pace.throttle(1)
    once = pace.next_delay(1000, 0.5)
    pace.throttle(2)
    assert usual < 30 < once < pace.next_delay(1000, 0.5)
    pace.throttle(1000)
    assert pace.next_delay(1000, 0.5) <= 4 * usual
    for _ in range(100):
        pace.throttle(0)
    assert pace.next_delay(1000, 0.5) == usual


@pytest.mark.parametrize("bounds", [(0, 5), (-1, 5), (6, 5), (math.nan, 5), (1, math.nan), (1, math.inf)])
def test_bounds_out_of_order_are_refused(bounds: tuple[float, float]) -> None:
    """Bounds that could make a busy loop or an endless sleep are a programming mistake."""
    with pytest.raises(ValueError, match="bounds"):
        PollSchedule(*bounds)


@given(
    observations=OBSERVATIONS,
    at=ANY_FLOAT,
    jitter=ANY_FLOAT,
    bounds=st.tuples(st.floats(1e-3, 1e3), st.floats(1, 100)),
)
def test_every_delay_lies_within_the_bounds(
    observations: list[tuple[float, float | None]], at: float, jitter: float, bounds: tuple[float, float]
) -> None:
    """Nothing that was observed, and no moment, makes a delay too short, too long or no number."""
    low, high = bounds[0], bounds[0] * bounds[1]
    pace = PollSchedule(low, high)
    for elapsed, share in observations:
        pace.observe(elapsed, share)
        assert low <= pace.next_delay(elapsed, jitter) <= high
    assert low <= pace.next_delay(at, jitter) <= high
    remaining = pace.remaining_seconds(at)
    assert remaining is None or 0 <= remaining < math.inf


@given(shares=st.lists(st.floats(0, 1), min_size=2, max_size=12))
def test_no_progress_makes_the_gate_ask_more_often_than_every_five_seconds(shares: list[float]) -> None:
    """Whatever the course of the shares, eight minutes cost fewer requests than a fixed 5 s."""

    def progress(part: float) -> float:
        position = part * (len(shares) - 1)
        before = min(int(position), len(shares) - 2)
        return shares[before] + (shares[before + 1] - shares[before]) * (position - before)

    wait = wait_as_gate(progress, 480, drawn_jitters(1))
    assert wait.requests < 96
    assert wait.delay_seconds <= 30


@given(
    observations=st.lists(st.tuples(st.floats(0, 4000), st.floats(0, 1)), max_size=20),
    untold=st.lists(st.floats(0, 4000), max_size=10),
)
def test_a_run_that_does_not_tell_for_a_while_changes_nothing(
    observations: list[tuple[float, float]], untold: list[float]
) -> None:
    """An asking without a share is passed over."""
    told, partly_told = PollSchedule(2, 30), PollSchedule(2, 30)
    for elapsed, share in sorted(observations):
        told.observe(elapsed, share)
        partly_told.observe(elapsed, share)
        for moment in untold:
            partly_told.observe(moment, None)
    assert told.next_delay(4000, 0.5) == partly_told.next_delay(4000, 0.5)
