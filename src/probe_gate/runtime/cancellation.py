"""Interrupt every coroutine once, at an await, after a signal."""

from __future__ import annotations

import asyncio
from typing import Any

from probe_gate.errors import CancelledError


class Cancellation:
    """Interrupts each task once. A task can still await what it needs to clean up."""

    def __init__(self) -> None:
        self._signal_number: int | None = None
        self._delivered: set[asyncio.Task[Any] | None] = set()
        self._waiting: set[asyncio.Future[None]] = set()
        """One for each waiting task. With a shared future, removing a callback would take time linear in the tasks."""

    def stop(self, signal_number: int) -> None:
        """Interrupt every task at its current or next await. A second call has no effect."""
        if self._signal_number is None:
            self._signal_number = signal_number
            for woken in self._waiting:
                _wake(woken)

    @property
    def is_stopped(self) -> bool:
        return self._signal_number is not None

    @property
    def is_pending(self) -> bool:
        """Whether the current task must be interrupted and has not been yet."""
        return self.is_stopped and asyncio.current_task() not in self._delivered

    def deliver(self, *, never_begun: bool = False) -> CancelledError:
        """Mark the current task as interrupted and return the exception to raise in it. Requires `is_pending`."""
        if self._signal_number is None:
            raise AssertionError("there was no signal")
        self._delivered.add(asyncio.current_task())
        return CancelledError(self._signal_number, never_begun=never_begun)

    async def wait(self, future: asyncio.Future[Any] | None, seconds: float | None) -> None:
        """Wait until the future is done, the seconds have passed, or the current task must be interrupted."""
        if self.is_pending or (future is not None and future.done()):
            return
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake(_future: object = None) -> None:
            _wake(woken)

        timer = None if seconds is None else loop.call_later(seconds, wake)
        if future is not None:
            future.add_done_callback(wake)
        if asyncio.current_task() not in self._delivered:
            self._waiting.add(woken)
        try:
            await woken
        finally:
            self._waiting.discard(woken)
            if future is not None:
                future.remove_done_callback(wake)
            if timer is not None:
                timer.cancel()


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)
