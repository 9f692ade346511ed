"""Runs a coroutine for each target, to the end of all of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from probe_gate.driver.interrupts import Interrupts
from probe_gate.driver.signal_wakeup import woken_by_signals
from probe_gate.driver.stop_word import StopWord
from probe_gate.driver.system_clock import SystemClock
from probe_gate.driver.worker_threads import WorkerThreads
from probe_gate.errors import ConfigError, explain_exhaustion

Result = TypeVar("Result")
MIN_DESCRIPTORS = 8
"""File descriptors for the loop, its wake-up by signals, and one connection."""
Story = Callable[[SystemClock, WorkerThreads], Sequence[Coroutine[Any, Any, Result]]]
"""Given the clock and the workers, the coroutines to run."""


def drive(story: Story[Result], *, parallel: int, stop_word: StopWord) -> list[Result]:
    """The results of the coroutines, in their order.

    `parallel` is how many blocking calls are under way at once, over all of them. A signal, also one that arrived
    before this was called, interrupts each coroutine once. Raises `ConfigError` when the limit on open files does not
    allow as many as that takes.
    """
    _require_descriptors()
    return asyncio.run(_drive(story, parallel, stop_word))


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
