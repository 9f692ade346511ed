"""Turns the word of a signal into one exception at an await of every coroutine."""

from __future__ import annotations

import asyncio
from typing import Any

from probe_gate.errors import CancelledError


class Interrupts:
    """Interrupts each task once: what a task awaits after that, to clean up, runs as usual."""

    def __init__(self) -> None:
        self._stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._delivered: set[asyncio.Task[Any] | None] = set()

    def stop(self, signal_number: int) -> None:
        """Interrupts every task at its present or next await. Without effect the second time."""
        if not self._stopped.done():
            self._stopped.set_result(signal_number)

    @property
    def is_stopped(self) -> bool:
        return self._stopped.done()

    @property
    def is_pending(self) -> bool:
        """Whether the present task is to be interrupted and has not been yet."""
        return self._stopped.done() and asyncio.current_task() not in self._delivered

    def deliver(self, *, never_begun: bool = False) -> CancelledError:
        """The exception to raise in the present task; it is then interrupted."""
        self._delivered.add(asyncio.current_task())
        error = CancelledError(self._stopped.result())
        error.never_begun = never_begun
        return error

    async def wait(self, future: asyncio.Future[Any] | None, seconds: float | None) -> None:
        """Returns when the future is done, the time is over, or the present task is to be interrupted."""
        awaited: set[asyncio.Future[Any]] = set() if future is None else {future}
        if asyncio.current_task() not in self._delivered:
            awaited.add(self._stopped)
        if awaited:
            await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        elif seconds is not None:
            await asyncio.sleep(seconds)
