"""Run coroutines on a virtual clock that jumps from event to event."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Generic, TypeVar

from probe_gate.errors import CancelledError

Result = TypeVar("Result")
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class _Sleep:
    def __init__(self, until: float) -> None:
        self._until = until

    def __await__(self) -> Generator[float, None, None]:
        yield self._until


@dataclass(slots=True)
class Task(Generic[Result]):
    """A coroutine that has been started."""

    coroutine: Coroutine[Any, Any, Result]
    wake: int = 0
    """The number of the agenda entry that wakes it; other entries are obsolete."""
    is_over: bool = False
    value: Result | None = None
    error: BaseException | None = None
    ended_at: float | None = None
    """A reading of `VirtualTime.monotonic`."""

    @property
    def result(self) -> Result:
        """The return value of the coroutine, or its exception, which is raised."""
        if self.error is not None:
            raise self.error
        assert self.is_over, "the coroutine is not over yet"
        return self.value  # type: ignore[return-value]


class VirtualTime:
    """Implements `ports.Clock` and `ports.Workers`, and runs coroutines that await nothing else."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = count(1)
        self._agenda: list[tuple[float, int, Task[Any], BaseException | None]] = []

    def monotonic(self) -> float:
        return self._elapsed

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    async def sleep(self, seconds: float) -> None:
        await _Sleep(self._elapsed + max(seconds, 0.0))

    async def run(self, call: Callable[[], Result], **_options: Any) -> Result:
        return call()

    def start(self, coroutine: Coroutine[Any, Any, Result], at_seconds: float = 0.0) -> Task[Result]:
        """Schedule a coroutine to start at that time."""
        task = Task(coroutine)
        self._put(max(at_seconds, self._elapsed), task, None)
        return task

    def interrupt(self, task: Task[Any], at_seconds: float, signal_number: int = 15) -> None:
        """Schedule a signal: an exception at the await where the coroutine is at that time."""
        heapq.heappush(self._agenda, (at_seconds, next(self._order), task, CancelledError(signal_number)))

    def pass_until(self, seconds: float = float("inf")) -> None:
        """Advance the time until then, or until nothing is left to do."""
        while self._agenda and self._agenda[0][0] <= seconds:
            due, number, task, error = heapq.heappop(self._agenda)
            if task.is_over or (error is None and number != task.wake):
                continue
            self._elapsed = max(due, self._elapsed)
            self._step(task, error)
        if seconds != float("inf"):
            self._elapsed = max(seconds, self._elapsed)

    def finish(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run one coroutine to its end and return its result."""
        task = self.start(coroutine, self._elapsed)
        self.pass_until()
        return task.result

    def _put(self, due: float, task: Task[Any], error: BaseException | None) -> None:
        task.wake = next(self._order)
        heapq.heappush(self._agenda, (due, task.wake, task, error))

    def _step(self, task: Task[Any], error: BaseException | None) -> None:
        try:
            until = task.coroutine.send(None) if error is None else task.coroutine.throw(error)
        except StopIteration as end:
            task.value = end.value
        except BaseException as raised:  # noqa: BLE001 - kept for whoever asks for the result
            task.error = raised
        else:
            self._put(until, task, None)
            return
        task.is_over, task.ended_at = True, self._elapsed
