"""Stopping runs by hand: nothing is said to be cancelled, over or absent that was not seen to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.errors import ConfigError, PlatformError
from probe_gate.timings import DEFAULT_TIMINGS
from probe_gate.use_cases.cancel import Stopped, stop_run, stop_tagged
from probe_gate.use_cases.ports import RunRequest
from probe_gate.use_cases.run_tag import MIN_LISTINGS, RunTag
from tests.harness.partial import NoTargets
from tests.harness.virtual_time import VirtualTime

MARK = RunTag("3f9a2c1b", 2, "k4x7q2")
DEADLINE = 300.0


class Platform(NoTargets):
    """A target's runs, as a function of time; what is cancelled is remembered."""

    def __init__(self, time: VirtualTime, runs: Callable[[float], list[Run]], *, refuses: bool = False) -> None:
        self.time = time
        self.runs = runs
        self.refuses = refuses
        self.unreadable = 0
        self.complete = True
        self.cancelled: list[int] = []
        self.readings = 0

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        self.readings += 1
        runs = self.runs(self.time.monotonic())
        prefix = query.name_prefix
        return RunList(
            complete=self.complete,
            run=next((run for run in runs if run.id == query.run_id), None),
            tagged=tuple(run for run in runs if prefix and (run.name or "").startswith(prefix)),
            unreadable=self.unreadable,
        )

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        if self.refuses:
            raise ConfigError("The platform answered 400.")
        self.cancelled.append(run_id)

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        raise AssertionError("no scores are needed")

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        raise AssertionError("nothing is to be started")


def run(run_id: int, status: str, name: str = f"{MARK.text} main") -> Run:
    return Run(id=run_id, name=name, status=status)


def test_a_run_is_cancelled_by_its_number_without_its_target() -> None:
    """One request is enough, and no listing can be read."""
    time = VirtualTime()
    platform = Platform(time, lambda _: [])

    stopped = time.finish(stop_run(platform, time, 7, None, DEADLINE))

    assert stopped == Stopped(cancelled=(7,))
    assert platform.readings == 0


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CANCELLED"])
def test_a_run_that_has_finished_is_not_cancelled(status: str) -> None:
    """The platform would say yes, and nothing would have been cancelled."""
    time = VirtualTime()
    finished = run(7, status)
    platform = Platform(time, lambda _: [finished])

    assert time.finish(stop_run(platform, time, 7, 42, DEADLINE)) == Stopped(over=(finished,))
    assert platform.cancelled == []


@pytest.mark.parametrize("runs", [[], [run(7, "RUNNING")], [run(7, "WHATEVER")]], ids=["absent", "active", "unknown"])
def test_a_run_that_may_be_active_is_cancelled(runs: list[Run]) -> None:
    """Also one that this target does not list: its number counts."""
    time = VirtualTime()
    platform = Platform(time, lambda _: runs)

    assert time.finish(stop_run(platform, time, 7, 42, DEADLINE)) == Stopped(cancelled=(7,))


def test_a_run_is_cancelled_where_the_listing_cannot_be_read() -> None:
    """Looking first must not keep anybody from stopping a run."""
    time = VirtualTime()

    def fail(_now: float) -> list[Run]:
        raise PlatformError("The platform answered 503.")

    assert time.finish(stop_run(Platform(time, fail), time, 7, 42, DEADLINE)) == Stopped(cancelled=(7,))


def test_a_refusal_for_a_run_that_is_over_is_no_failure() -> None:
    """What was wanted is so already."""
    time = VirtualTime()
    over = run(7, "COMPLETED")

    stopped = time.finish(stop_run(Platform(time, lambda _: [over], refuses=True), time, 7, 42, DEADLINE))

    assert stopped == Stopped(over=(over,))


@pytest.mark.parametrize("runs", [[], [run(7, "RUNNING")], [run(7, "WHATEVER")]], ids=["absent", "going", "unknown"])
def test_a_refusal_for_a_run_that_is_not_over_is_passed_on(runs: list[Run]) -> None:
    """Only a run that was seen to be over needs no cancelling."""
    time = VirtualTime()

    with pytest.raises(ConfigError, match="400"):
        time.finish(stop_run(Platform(time, lambda _: runs, refuses=True), time, 7, 42, DEADLINE))


def test_every_run_with_the_mark_is_cancelled_and_no_other() -> None:
    """A run of another attempt, or one whose mark only begins alike, is left alone."""
    time = VirtualTime()
    others = [
        run(1, "RUNNING", "pg-3f9a2c1b.1.zzzzz2 main"),
        run(2, "RUNNING", f"{MARK.text}9 main"),
        run(3, "RUNNING", "x"),
    ]
    platform = Platform(time, lambda _: [*others, run(4, "RUNNING"), run(5, "FINISHED"), run(6, "PENDING")])

    stopped = time.finish(stop_tagged(platform, time, 42, MARK, DEADLINE))

    assert platform.cancelled == [4, 6]
    assert stopped.cancelled == (4, 6)
    assert [over.id for over in stopped.over] == [5]


def test_a_run_that_is_listed_late_is_found() -> None:
    """The platform may list a run some seconds after it was started."""
    time = VirtualTime()
    platform = Platform(time, lambda now: [run(4, "RUNNING")] if now >= 15 else [])

    assert time.finish(stop_tagged(platform, time, 42, MARK, DEADLINE)).cancelled == (4,)


def test_a_mark_that_no_run_has_is_said_to_be_absent_after_whole_readings_over_some_time() -> None:
    """Absence is proven before it is said."""
    time = VirtualTime()
    platform = Platform(time, lambda _: [])

    with pytest.raises(ConfigError, match=r"has no test run with run tag pg-3f9a2c1b\.2\.k4x7q2"):
        time.finish(stop_tagged(platform, time, 42, MARK, DEADLINE))

    assert platform.readings >= MIN_LISTINGS
    assert time.monotonic() >= DEFAULT_TIMINGS.absence_seconds


def test_absence_is_not_claimed_while_entries_cannot_be_read() -> None:
    """The run may be one of them."""
    time = VirtualTime()
    platform = Platform(time, lambda _: [])
    platform.unreadable = 1

    with pytest.raises(PlatformError, match="1 entry"):
        time.finish(stop_tagged(platform, time, 42, MARK, DEADLINE))


def test_absence_is_not_claimed_from_readings_that_were_not_whole() -> None:
    """Time goes by, and then it is said that it could not be found out."""
    time = VirtualTime()
    platform = Platform(time, lambda _: [])
    platform.complete = False

    with pytest.raises(PlatformError, match="in the time available"):
        time.finish(stop_tagged(platform, time, 42, MARK, 60.0))
