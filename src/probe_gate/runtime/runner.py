"""Runs a coroutine for each target on one loop, with worker threads for the calls that block."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from probe_gate.errors import NO_THREAD, ConfigError, PlatformError, explain_exhaustion
from probe_gate.runtime.cancellation import Cancellation
from probe_gate.runtime.clock import SystemClock
from probe_gate.runtime.signals import StopSignal
from probe_gate.use_cases.ports import AbandonedError, Clock

Result = TypeVar("Result")
RESERVED = 2
"""Workers for what must not wait for others: cancelling a run, and the search for one by its tag."""
ABANDONED_PER_WORKER = 2
"""So many abandoned calls may hang for each worker before no more are begun."""
IS_WINDOWS: bool = sys.platform == "win32"
MIN_DESCRIPTORS = 8
"""File descriptors for the loop, its wake-up by signals, and one connection."""


class _Job(Generic[Result]):
    """One call on its way through a thread."""

    def __init__(
        self, call: Callable[[], Result], loop: asyncio.AbstractEventLoop, on_end: Callable[[_Job[Any]], None]
    ) -> None:
        self.future: asyncio.Future[Result] = loop.create_future()
        self.is_abandoned = False
        self._call = call
        self._loop = loop
        self._on_end = on_end

    def work(self) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = self._call()
        except BaseException as raised:  # noqa: BLE001 - handed over to the one who awaits
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._finish, result, error)

    def _finish(self, result: Result, error: BaseException | None) -> None:
        if error is not None:
            self.future.set_exception(error)
            self.future.exception()  # a call that was abandoned is asked for its exception by nobody else
        else:
            self.future.set_result(result)
        self._on_end(self)


class WorkerThreads:
    """Fulfils `ports.Workers` with daemon threads: the end of the process does not wait for one that hangs.

    At most `parallel` calls are awaited at once, and `RESERVED` more of those that must not wait. Calls that were
    abandoned do not count: they get fresh threads, until too many hang.
    """

    def __init__(self, parallel: int, cancellation: Cancellation, clock: Clock) -> None:
        self._parallel = parallel
        self._cancellation = cancellation
        self._clock = clock
        self._jobs: SimpleQueue[_Job[Any]] = SimpleQueue()
        self._threads = 0
        self._awaited = 0
        self._abandoned = 0
        self._tickets = count()
        self._queue: list[tuple[bool, int, asyncio.Future[None]]] = []
        """What waits for a worker: those that may use a reserved one come first, each kind in its order."""

    async def run(
        self,
        call: Callable[[], Result],
        *,
        deadline: float = math.inf,
        max_seconds: float = math.inf,
        cancel: Callable[[], object] | None = None,
        grace_seconds: float = 0.0,
        is_reserved: bool = False,
    ) -> Result:
        await self._take_worker(deadline, is_reserved=is_reserved)
        try:
            job = _Job(call, asyncio.get_running_loop(), self._mark_finished)
            self._jobs.put(job)
            await self._wait(job.future, min(max_seconds, self._seconds_until(deadline)))
            if not job.future.done() and self._cancellation.is_pending and grace_seconds:
                await asyncio.wait({job.future}, timeout=grace_seconds)
            if job.future.done():
                return job.future.result()
            if cancel is not None:
                cancel()
            job.is_abandoned = True
            self._abandoned += 1
            raise self._cancellation.deliver() if self._cancellation.is_pending else AbandonedError
        finally:
            self._awaited -= 1
            self._wake_next()

    async def _take_worker(self, deadline: float, *, is_reserved: bool) -> None:
        """Wait until the call may begin.

        Raises:
            ConfigError: Not even one thread can be started.
        """
        ticket = next(self._tickets)
        self._check(deadline)
        while not (self._may_begin(is_reserved=is_reserved) and self._has_idle_thread()):
            woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            place = (not is_reserved, ticket, woken)
            self._queue.append(place)
            try:
                await self._wait(woken, self._seconds_until(deadline))
            finally:
                if place in self._queue:
                    self._queue.remove(place)
            try:
                self._check(deadline)
            except BaseException:
                self._wake_next()  # in its place
                raise
        self._awaited += 1

    def _check(self, deadline: float) -> None:
        """Raise what keeps a call from beginning: a signal, or that its time is over."""
        if self._cancellation.is_pending:
            raise self._cancellation.deliver(never_begun=True)
        if self._seconds_until(deadline) <= 0:
            raise AbandonedError

    async def _wait(self, future: asyncio.Future[Any], seconds: float) -> None:
        await self._cancellation.wait(future, None if seconds == math.inf else max(seconds, 0.0))

    def _may_begin(self, *, is_reserved: bool) -> bool:
        extra = RESERVED if is_reserved else 0
        if self._abandoned >= ABANDONED_PER_WORKER * self._parallel + extra:
            raise PlatformError(
                f"{self._abandoned} earlier requests still hang: the platform, or what is in between, never answers."
            )
        return self._awaited < self._limit(is_reserved=is_reserved)

    def _limit(self, *, is_reserved: bool) -> int:
        """Return how many calls may be awaited at once: after a signal twice as many, since cleaning up has seconds only."""
        return self._parallel * (2 if self._cancellation.is_stopped else 1) + (RESERVED if is_reserved else 0)

    def _has_idle_thread(self) -> bool:
        """Whether a thread is free for one more call. One more is started when there is none."""
        if self._threads - self._abandoned > self._awaited:
            return True
        name = f"probe-gate-worker-{self._threads + 1}"
        try:
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        except RuntimeError:
            if self._awaited:
                return False  # fewer do the same work, one call after the other
            raise ConfigError(*NO_THREAD) if not self._threads else PlatformError(*NO_THREAD) from None
        self._threads += 1
        return True

    def _seconds_until(self, deadline: float) -> float:
        return deadline - self._clock.monotonic()

    def _mark_finished(self, job: _Job[Any]) -> None:
        if job.is_abandoned:
            self._abandoned -= 1
            self._wake_next()

    def _wake_next(self) -> None:
        """Wake the first in the queue if it may begin; it looks again itself."""
        if self._queue:
            place = min(self._queue)
            if self._awaited < self._limit(is_reserved=not place[0]):
                self._queue.remove(place)
                place[2].set_result(None)

    def _serve(self) -> None:
        while True:
            self._jobs.get().work()


CoroutineFactory = Callable[[SystemClock, WorkerThreads], Sequence[Coroutine[Any, Any, Result]]]
"""Given the clock and the workers, the coroutines to run."""


def run_all(make_coroutines: CoroutineFactory[Result], *, parallel: int, stop_signal: StopSignal) -> list[Result]:
    """Run coroutines to the end of all of them and return their results, in their order.

    Args:
        make_coroutines: Makes the coroutines.
        parallel: How many blocking calls may be awaited at once, over all of the coroutines.
        stop_signal: Interrupts each coroutine once, also by a signal that arrived before this was called.

    Raises:
        ConfigError: The limit on open files is too low for a loop and one connection.
    """
    _require_descriptors()
    return asyncio.run(_run_all(make_coroutines, parallel, stop_signal))


def _require_descriptors() -> None:
    """Check that there are enough: a loop that is created halfway leaves warnings of Python's behind."""
    opened: list[int] = []
    try:
        opened.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(MIN_DESCRIPTORS))
    except OSError as error:
        message, hint = explain_exhaustion(error) or (f"{os.devnull} cannot be opened: {error.strerror}.", "")
        raise ConfigError(message, hint) from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


async def _run_all(make_coroutines: CoroutineFactory[Result], parallel: int, stop_signal: StopSignal) -> list[Result]:
    loop = asyncio.get_running_loop()
    cancellation = Cancellation()

    def stop() -> None:
        if stop_signal.signal_number is not None:
            cancellation.stop(stop_signal.signal_number)

    stop_signal.on_stop(lambda: _call_soon(loop, stop))
    try:
        with woken_by_signals(loop):
            clock = SystemClock(cancellation)
            workers = WorkerThreads(parallel, cancellation, clock)
            return list(await asyncio.gather(*make_coroutines(clock, workers)))
    finally:
        stop_signal.on_stop(None)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call it in the loop. A signal handler runs in the loop's own thread, but between any two of its steps."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


@contextmanager
def woken_by_signals(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let signals wake the loop until the block is left.

    It does nothing outside the main thread, where no signals arrive, nor on Windows, whose loop does so itself.

    Python runs a signal's handler in the main thread only, and only when that thread runs Python. A signal that the
    system gives to another thread, or that comes just before the main thread falls asleep in the loop, would wait there
    until something else wakes it. So the system itself is told to write a byte, which the loop waits for as well.
    """
    if IS_WINDOWS or threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, _drain, reader)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reader)


def _drain(reader: socket.socket) -> None:
    with suppress(BlockingIOError):
        reader.recv(4096)
