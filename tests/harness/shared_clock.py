"""One clock for a gate and its sandbox in the same process. It advances only while the gate sleeps.

A gate that waits for a run of minutes takes milliseconds, and takes the same steps on any machine: requests cost no time
of this clock, however slow the machine is. It takes the place of the runtime's clock; all other code is as it is shipped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from types import MappingProxyType, SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

import pytest

from probe_gate.runtime.cancellation import Cancellation
from probe_gate.runtime.runner import WorkerThreads
from tests.harness.scripted import act_at_calls, handled_signals

Result = TypeVar("Result")

IDLE_TURNS = 10
"""After so many idle iterations of the event loop, all coroutines are asleep."""


class SharedClock:
    """The clock. Give `time` to the sandbox; gates that are run inside `in_use` follow it."""

    def __init__(self) -> None:
        self._start = time.time() // 1 + 0.5  # dates in whole seconds are rounded in the same way each time
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._changes = 0
        self._requests = 0

    def time(self) -> float:
        """Epoch seconds."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Advance the clock, for a sandbox whose gate is another process."""
        self._elapsed += seconds

    @contextmanager
    def in_use(self, events: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
        """Let gates of this process follow this clock until the block is left, and let things happen to them."""
        workers: list[_Workers] = []

        def make_workers(parallel: int, cancellation: Cancellation, _clock: object) -> _Workers:
            workers.append(_Workers(parallel, cancellation, self))
            return workers[-1]

        times = SimpleNamespace(monotonic=self.monotonic, time=self.time)
        with (
            patch("probe_gate.runtime.runner.SystemClock", lambda cancellation: _GateClock(self, cancellation)),
            patch("probe_gate.runtime.runner.WorkerThreads", make_workers),
            patch("probe_gate.cli.gate.time", times),
            pytest.MonkeyPatch.context() as attributes,
            handled_signals() if events else nullcontext(),
        ):
            act_at_calls(events, attributes.setattr, self.advance)
            try:
                yield
            finally:
                for each in workers:
                    each.end()

    async def wait_until(self, moment: float) -> None:
        """Sleep until that time of the clock."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (moment, next(self._numbers), woken))
        self._note_change()
        await woken

    def begin_request(self) -> None:
        self._requests += 1

    def end_request(self) -> None:
        self._requests -= 1
        self._note_change()

    def _note_change(self) -> None:
        self._changes += 1
        asyncio.get_running_loop().call_soon(self._move_when_idle, self._changes, IDLE_TURNS)

    def _move_when_idle(self, changes: int, turns: int) -> None:
        if changes != self._changes or self._requests:
            return
        if turns:
            asyncio.get_running_loop().call_soon(self._move_when_idle, changes, turns - 1)
        elif self._sleepers:
            moment, _, woken = heappop(self._sleepers)
            self._elapsed = max(self._elapsed, moment)
            if not woken.done():
                woken.set_result(None)


class _GateClock:
    """Implements `ports.Clock`."""

    def __init__(self, shared: SharedClock, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._shared = shared
        self.monotonic = shared.monotonic
        self.now = shared.now

    async def sleep(self, seconds: float) -> None:
        if self._cancellation.is_pending:
            raise self._cancellation.deliver()
        if seconds > 0:
            await self._shared.wait_until(self._shared.monotonic() + seconds)


class _Workers(WorkerThreads):
    """Worker threads. The clock does not advance during their calls."""

    def __init__(self, parallel: int, cancellation: Cancellation, shared: SharedClock) -> None:
        super().__init__(parallel, cancellation, _GateClock(shared, cancellation))
        self._shared = shared

    async def run(self, call: Callable[[], Result], **options: Any) -> Result:
        self._shared.begin_request()
        try:
            return await super().run(call, **options)
        finally:
            self._shared.end_request()

    def end(self) -> None:
        """Stop the threads, which would otherwise live as long as the process."""
        for _ in range(self._threads):
            self._jobs.put(None)  # type: ignore[arg-type]

    def _serve(self) -> None:
        while job := self._jobs.get():
            job.work()
