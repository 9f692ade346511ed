"""Runs a coroutine for each target, to the end of all of them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from probe_gate.errors import NO_THREAD, ConfigError, PlatformError, explain_exhaustion
from probe_gate.runtime.cancellation import Cancellation
from probe_gate.runtime.clock import SystemClock
from probe_gate.runtime.signals import StopSignal

Result = TypeVar("Result")
CLEANUP_SECONDS = 5.0
"""After a signal no call is awaited longer than this: some, such as the look-up of a name, cannot be woken."""
MIN_DESCRIPTORS = 8
"""File descriptors for the loop, its wake-up by signals, and one connection."""


class _Job(Generic[Result]):
    """One call on its way through a thread."""

    def __init__(self, call: Callable[[], Result], loop: asyncio.AbstractEventLoop) -> None:
        self.call = call
        self.loop = loop
        self.future: asyncio.Future[Result] = loop.create_future()
        self.lock = threading.Lock()
        self.begun = False
        self.dropped = False

    def drop(self) -> bool:
        """Keeps a call that has not begun from ever beginning. Whether that succeeded."""
        with self.lock:
            self.dropped = not self.begun
            return self.dropped

    def work(self) -> None:
        with self.lock:
            if self.dropped:
                return
            self.begun = True
        result: Any = None
        error: BaseException | None = None
        try:
            result = self.call()
        except BaseException as raised:  # noqa: BLE001 - handed over to the one who awaits
            error = raised
        try:
            self.loop.call_soon_threadsafe(self._finish, result, error)
        except RuntimeError:
            return  # the loop is closed: nobody waits any more

    def _finish(self, result: Result, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
            self.future.exception()  # it may be given up by now: then nobody else asks for it
        else:
            self.future.set_result(result)


class WorkerThreads:
    """Fulfils `ports.Workers`: at most `size` calls at once."""

    def __init__(self, size: int, cancellation: Cancellation) -> None:
        self._size = size
        self._cancellation = cancellation
        self._jobs: SimpleQueue[_Job[Any]] = SimpleQueue()
        self._threads = 0
        self._waiting = 0

    async def run(
        self, call: Callable[[], Result], *, wake: Callable[[], object] | None = None, grace_seconds: float = 0.0
    ) -> Result:
        if self._cancellation.is_pending:
            raise self._cancellation.deliver(never_begun=True)
        job = _Job(call, asyncio.get_running_loop())
        self._add_thread()
        self._jobs.put(job)
        self._waiting += 1
        try:
            return await self._await(job, wake, grace_seconds)
        finally:
            self._waiting -= 1

    async def _await(self, job: _Job[Result], wake: Callable[[], object] | None, grace_seconds: float) -> Result:
        future = job.future
        await self._cancellation.wait(future, CLEANUP_SECONDS if self._cancellation.is_stopped else None)
        if future.done():
            return future.result()
        if not self._cancellation.is_pending:
            raise PlatformError("The platform did not answer in the time that was left.")
        if job.drop():
            raise self._cancellation.deliver(never_begun=True)
        if grace_seconds:
            await asyncio.wait({future}, timeout=grace_seconds)
            if future.done():
                return future.result()
        if wake is not None:
            wake()
        raise self._cancellation.deliver()

    def _add_thread(self) -> None:
        """One more thread while fewer than `size` calls are awaited in one each.

        Threads that hang in a call that nobody awaits any more do not count, so the calls that clean up get fresh ones.

        Raises:
            ConfigError: Not even one thread can be started.
        """
        limit = self._size * 2 if self._cancellation.is_stopped else self._size
        if self._threads < limit and (self._threads <= self._waiting or self._cancellation.is_stopped):
            name = f"probe-gate-worker-{self._threads + 1}"
            try:
                threading.Thread(target=self._serve, name=name, daemon=True).start()
            except RuntimeError:
                if self._threads:
                    return  # fewer do the same work, one call after the other
                raise ConfigError(*NO_THREAD) from None
            self._threads += 1

    def _serve(self) -> None:
        while True:
            self._jobs.get().work()


CoroutineFactory = Callable[[SystemClock, WorkerThreads], Sequence[Coroutine[Any, Any, Result]]]
"""Given the clock and the workers, the coroutines to run."""


def run_all(make_coroutines: CoroutineFactory[Result], *, parallel: int, stop_signal: StopSignal) -> list[Result]:
    """The results of the coroutines, in their order.

    `parallel` is how many blocking calls are under way at once, over all of them. A signal, also one that arrived
    before this was called, cancellation each coroutine once. Raises `ConfigError` when the limit on open files does not
    allow as many as that takes.
    """
    _require_descriptors()
    return asyncio.run(_run_all(make_coroutines, parallel, stop_signal))


def _require_descriptors() -> None:
    """See that there are enough: a loop that is made halfway leaves warnings of Python's behind."""
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
            clock, workers = SystemClock(cancellation), WorkerThreads(parallel, cancellation)
            return list(await asyncio.gather(*make_coroutines(clock, workers)))
    finally:
        stop_signal.on_stop(None)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """From a signal handler: it runs in the loop's own thread, but between any two of its steps."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)


@contextmanager
def woken_by_signals(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Lets signals wake the loop until the block is left. Without effect outside the main thread: none arrive there.

    Python runs a signal's handler in the main thread only, and only when that thread runs Python. A signal that the
    system gives to another thread, or that comes just before the main thread falls asleep in the loop, would wait there
    until something else wakes it. So the system itself is told to write a byte, which the loop waits for as well.
    """
    if threading.current_thread() is not threading.main_thread():
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
