"""Blocking calls in worker threads: those that hang, a signal, and a machine without threads or file descriptors."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import pytest

from probe_gate.errors import CancelledError, ConfigError, PlatformError
from probe_gate.runtime.clock import SystemClock
from probe_gate.runtime.runner import ABANDONED_PER_WORKER, MIN_DESCRIPTORS, RESERVED, WorkerThreads, run_all
from probe_gate.runtime.signals import StopSignal
from probe_gate.use_cases.ports import AbandonedError
from tests.harness.resource_limits import allow_descriptors, allow_threads
from tests.harness.waiting import MAX_WAIT_SECONDS

Result = TypeVar("Result")


def work(calls: int) -> list[str]:
    """What so many calls at once return, each the name of its thread."""

    def story(_clock: SystemClock, workers: WorkerThreads) -> Sequence[object]:
        return [workers.run(lambda: threading.current_thread().name) for _ in range(calls)]

    return run_all(story, parallel=8, stop_signal=StopSignal())  # type: ignore[arg-type]


def test_without_a_thread_nothing_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the machine's limit, and said to be that."""
    allow_threads(0, monkeypatch)
    with pytest.raises(ConfigError, match="No more threads can be started") as caught:
        work(3)
    assert "ulimit -u" in caught.value.hint


def test_few_threads_do_all_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call after the other."""
    allow_threads(2, monkeypatch)
    assert set(work(20)) <= {"probe-gate-worker-1", "probe-gate-worker-2"}


@pytest.mark.slow
def test_without_descriptors_nothing_is_begun(capfd: pytest.CaptureFixture[str]) -> None:
    """Python's own complaints about a loop that was made halfway are not heard."""
    for left in range(MIN_DESCRIPTORS):
        with allow_descriptors(left), pytest.raises(ConfigError, match="limit on open files") as caught:
            work(1)
        assert "ulimit -n" in caught.value.hint
    assert capfd.readouterr() == ("", "")


def test_enough_descriptors_are_enough() -> None:
    """What is asked for is what a loop takes."""
    with allow_descriptors(MIN_DESCRIPTORS):
        assert len(work(1)) == 1


class Hanging:
    """Calls that hang until they are let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.release = threading.Event()

    def call(self) -> str:
        self.begun += 1
        self.release.wait(MAX_WAIT_SECONDS)
        return "done"

    def cancel(self) -> None:
        self.cancelled += 1

    async def abandon(self, workers: WorkerThreads) -> None:
        """Abandon one of them."""
        with pytest.raises(AbandonedError):
            await workers.run(self.call, max_seconds=0.01, cancel=self.cancel)


def run_with(
    use: Callable[[WorkerThreads, Hanging], Coroutine[Any, Any, Result]], *, stop_signal: StopSignal | None = None
) -> Result:
    """Run one coroutine with workers of which one call at once is awaited, and with calls that hang until its end."""
    hanging = Hanging()

    async def coroutine(workers: WorkerThreads) -> Result:
        try:
            return await use(workers, hanging)
        finally:
            hanging.release.set()

    (result,) = run_all(
        lambda _clock, workers: [coroutine(workers)], parallel=1, stop_signal=stop_signal or StopSignal()
    )
    return result


def test_a_call_that_takes_too_long_is_abandoned_and_another_takes_its_place() -> None:
    """Its result is dropped, and what it has not done yet is prevented."""

    async def use(workers: WorkerThreads, hanging: Hanging) -> str:
        await hanging.abandon(workers)
        assert hanging.cancelled == 1
        return await workers.run(lambda: "next")

    assert run_with(use) == "next"


def test_a_call_whose_deadline_has_passed_is_not_begun() -> None:
    """Nor is one that waits for a worker until then."""

    async def use(workers: WorkerThreads, hanging: Hanging) -> int:
        first = asyncio.create_task(workers.run(hanging.call))
        await asyncio.sleep(0)
        for deadline in (0.0, time.monotonic() + 0.01):
            with pytest.raises(AbandonedError):
                await workers.run(hanging.call, deadline=deadline)
        hanging.release.set()
        await first
        return hanging.begun

    assert run_with(use) == 1


def test_no_more_calls_are_begun_while_too_many_hang() -> None:
    """Threads that hang are not endless; as soon as one of them ends, there is room again."""

    async def use(workers: WorkerThreads, hanging: Hanging) -> str:
        for _ in range(ABANDONED_PER_WORKER):
            await hanging.abandon(workers)
        with pytest.raises(PlatformError, match="still hang"):
            await workers.run(lambda: "not begun")
        assert await workers.run(lambda: "urgent", is_reserved=True) == "urgent"
        hanging.release.set()
        while True:
            with suppress(PlatformError):
                return await workers.run(lambda: "begun")
            await asyncio.sleep(0)

    assert run_with(use) == "begun"


def test_what_must_not_wait_has_workers_of_its_own() -> None:
    """Other calls wait for their turn."""

    async def use(workers: WorkerThreads, hanging: Hanging) -> list[str]:
        ended: list[str] = []

        async def run(name: str, *, is_reserved: bool) -> None:
            await workers.run(lambda: name, is_reserved=is_reserved)
            ended.append(name)

        hangs = asyncio.create_task(workers.run(hanging.call))
        await asyncio.sleep(0)
        waits = asyncio.create_task(run("ordinary", is_reserved=False))
        await asyncio.sleep(0)
        for _ in range(RESERVED + 1):
            await run("urgent", is_reserved=True)
        hanging.release.set()
        await asyncio.gather(hangs, waits)
        return ended

    assert run_with(use) == ["urgent"] * (RESERVED + 1) + ["ordinary"]


def test_a_signal_abandons_the_call_and_what_follows_runs_at_once() -> None:
    """A call that waits for a worker has not begun."""
    stop_signal = StopSignal()

    async def use(workers: WorkerThreads, hanging: Hanging) -> tuple[list[bool], str]:
        calls = [asyncio.create_task(workers.run(hanging.call, cancel=hanging.cancel)) for _ in range(2)]
        while not hanging.begun:
            await asyncio.sleep(0)
        stop_signal._handle(signal.SIGTERM, None)
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, CancelledError) for error in errors)
        with pytest.raises(CancelledError):
            await workers.run(lambda: "not begun")
        assert hanging.cancelled == 1
        never_begun = [error.never_begun for error in errors if isinstance(error, CancelledError)]
        return never_begun, await workers.run(lambda: "cleaned up")

    assert run_with(use, stop_signal=stop_signal) == ([False, True], "cleaned up")
