"""Runs a coroutine for each target, to the end of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from probe_gate.driver.interrupts import Interrupts
from probe_gate.driver.signal_wakeup import woken_by_signals
from probe_gate.driver.stop_word import StopWord
from probe_gate.driver.system_clock import SystemClock
from probe_gate.driver.worker_threads import WorkerThreads

Result = TypeVar("Result")
Story = Callable[[SystemClock, WorkerThreads], Sequence[Coroutine[Any, Any, Result]]]
"""Given the clock and the workers, the coroutines to run."""


def drive(story: Story[Result], *, parallel: int, stop_word: StopWord) -> list[Result]:
    """The results of the coroutines, in their order.

    `parallel` is how many blocking calls are under way at once, over all of them. A signal, also one that arrived
    before this was called, interrupts each coroutine once.
    """
    return asyncio.run(_drive(story, parallel, stop_word))


async def _drive(story: Story[Result], parallel: int, stop_word: StopWord) -> list[Result]:
    loop = asyncio.get_running_loop()
    interrupts = Interrupts()

    def stop() -> None:
        if stop_word.signal_number is not None:
            interrupts.stop(stop_word.signal_number)

    stop_word.when_stopped(lambda: _call_soon(loop, stop))
    try:
        with woken_by_signals(loop):
            clock, workers = SystemClock(interrupts), WorkerThreads(parallel, interrupts)
            return list(await asyncio.gather(*story(clock, workers)))
    finally:
        stop_word.when_stopped(None)


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """From a signal handler: it runs in the loop's own thread, but between any two of its steps."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call)
