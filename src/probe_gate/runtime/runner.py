"""Run a coroutine for each target on one event loop, with worker threads for blocking calls."""

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
"""Extra workers for calls that must not wait: cancelling a run, and finding one by its run tag."""
ABANDONED_PER_WORKER = 2
"""How many abandoned calls per worker may hang before no further call is started."""
IS_WINDOWS: bool = sys.platform == "win32"
MIN_DESCRIPTORS = 8
"""File descriptors for the event loop, its signal wake-up, and one connection."""


class _Job(Generic[Result]):
    """One call that runs in a worker thread."""

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
        except BaseException as raised:  # noqa: BLE001 - raised where the future is awaited
            error = raised
        with suppress(RuntimeError):  # the loop is closed, so nobody is waiting
            self._loop.call_soon_threadsafe(self._finish, result, error)

    def _finish(self, result: Result, error: BaseException | None) -> None:
        if error is not None:
            self.future.set_exception(error)
            self.future.exception()  # marks the exception as retrieved: nobody awaits an abandoned call
        else:
            self.future.set_result(result)
        self._on_end(self)


class WorkerThreads:
    """Implements `ports.Workers` with daemon threads, so that a thread that hangs does not keep the process alive.

    At most `parallel` calls are awaited at once, plus `RESERVED` calls that must not wait. Abandoned calls do not count:
    their threads are replaced, until too many of them hang.
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
        """Calls that wait for a worker, as (not reserved, ticket, future): reserved calls first, then in order of arrival."""

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
        """Wait until the call may start.

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
                self._wake_next()  # pass the worker on
                raise
        self._awaited += 1

    def _check(self, deadline: float) -> None:
        """Raise if the call must not start, because of a signal or because its deadline has passed."""
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
                f"{self._abandoned} earlier requests still hang: the platform, or a proxy in between, does not respond."
            )
        return self._awaited < self._limit(is_reserved=is_reserved)

    def _limit(self, *, is_reserved: bool) -> int:
        """Return how many calls may be awaited at once. Twice as many after a signal, when only seconds are left."""
        return self._parallel * (2 if self._cancellation.is_stopped else 1) + (RESERVED if is_reserved else 0)

    def _has_idle_thread(self) -> bool:
        """Return whether a thread is free for one more call, after starting one if none was."""
        if self._threads - self._abandoned > self._awaited:
            return True
        name = f"probe-gate-worker-{self._threads + 1}"
        try:
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        except RuntimeError:
            if self._awaited:
                return False  # the threads that there are do the work, more slowly
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
        """Wake the first call in the queue if it may start. It checks again itself."""
        if self._queue:
            place = min(self._queue)
            if self._awaited < self._limit(is_reserved=not place[0]):
                self._queue.remove(place)
                place[2].set_result(None)

    def _serve(self) -> None:
        while True:
            self._jobs.get().work()


CoroutineFactory = Callable[[SystemClock, WorkerThreads], Sequence[Coroutine[Any, Any, Result]]]
"""Returns the coroutines to run, given the clock and the workers."""


def run_all(make_coroutines: CoroutineFactory[Result], *, parallel: int, stop_signal: StopSignal) -> list[Result]:
    """Run all coroutines to their end and return their results in order.

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
    """Raise `ConfigError` if there are too few file descriptors; a half-created loop would print warnings."""
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
    """Run `call` in the loop. A signal handler runs in the loop's thread, but may interrupt it anywhere."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


@contextmanager
def woken_by_signals(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let signals wake the loop inside the block.

    This does nothing outside the main thread, where no signals arrive, or on Windows, whose loop does it already.

    Python runs signal handlers in the main thread, and only while that thread executes Python code. A signal that is
    delivered to another thread, or just before the loop goes to sleep, would be handled only after the next wake-up. So
    `signal.set_wakeup_fd` writes a byte to a socket that the loop watches.
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
