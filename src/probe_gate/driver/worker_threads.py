"""Daemon threads for blocking calls: the end of the process does not wait for one that hangs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from probe_gate.driver.interrupts import Interrupts
from probe_gate.errors import NO_THREAD, ConfigError, PlatformError

Result = TypeVar("Result")

CLEANUP_SECONDS = 5.0
"""After a signal no call is awaited longer than this: some, such as the look-up of a name, cannot be woken."""


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

    def __init__(self, size: int, interrupts: Interrupts) -> None:
        self._size = size
        self._interrupts = interrupts
        self._jobs: SimpleQueue[_Job[Any]] = SimpleQueue()
        self._threads = 0
        self._waiting = 0

    async def run(
        self, call: Callable[[], Result], *, wake: Callable[[], object] | None = None, grace_seconds: float = 0.0
    ) -> Result:
        if self._interrupts.is_pending:
            raise self._interrupts.deliver(never_begun=True)
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
        await self._interrupts.wait(future, CLEANUP_SECONDS if self._interrupts.is_stopped else None)
        if future.done():
            return future.result()
        if not self._interrupts.is_pending:
            raise PlatformError("The platform did not answer in the time that was left.")
        if job.drop():
            raise self._interrupts.deliver(never_begun=True)
        if grace_seconds:
            await asyncio.wait({future}, timeout=grace_seconds)
            if future.done():
                return future.result()
        if wake is not None:
            wake()
        raise self._interrupts.deliver()

    def _add_thread(self) -> None:
        """One more thread while fewer than `size` calls are awaited in one each.

        Threads that hang in a call that nobody awaits any more do not count, so the calls that clean up get fresh ones.

        Raises:
            ConfigError: Not even one thread can be started.
        """
        limit = self._size * 2 if self._interrupts.is_stopped else self._size
        if self._threads < limit and (self._threads <= self._waiting or self._interrupts.is_stopped):
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
