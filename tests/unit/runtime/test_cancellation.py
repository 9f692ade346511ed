"""One exception for every coroutine, and none of them waits on after it."""

from __future__ import annotations

import asyncio
import signal

import pytest

from probe_gate.errors import CancelledError
from probe_gate.runtime.cancellation import Cancellation

FOR_EVER = 3600.0
NO_TIME = 0.0


async def wait_and_clean_up(cancellation: Cancellation, log: list[str]) -> None:
    """Waits for ever, is interrupted, and then waits once more to clean up."""
    await cancellation.wait(None, FOR_EVER)
    if cancellation.is_pending:
        log.append(str(cancellation.deliver()))
    await cancellation.wait(None, NO_TIME)
    log.append("cleaned up" if not cancellation.is_pending else "interrupted twice")


def test_every_task_is_interrupted_once_and_cleans_up() -> None:
    """However many there are; the second signal changes nothing here."""
    log: list[str] = []

    async def story() -> None:
        cancellation = Cancellation()
        tasks = [asyncio.create_task(wait_and_clean_up(cancellation, log)) for _ in range(3)]
        await asyncio.sleep(0)
        cancellation.stop(signal.SIGTERM)
        cancellation.stop(signal.SIGINT)
        await asyncio.gather(*tasks)

    asyncio.run(story())
    assert log == [str(CancelledError(signal.SIGTERM))] * 3 + ["cleaned up"] * 3


def test_a_signal_from_before_ends_a_wait_at_once() -> None:
    """It is not lost because nobody was waiting."""

    async def story() -> CancelledError:
        cancellation = Cancellation()
        cancellation.stop(signal.SIGINT)
        await cancellation.wait(asyncio.get_running_loop().create_future(), None)
        return cancellation.deliver(never_begun=True)

    error = asyncio.run(story())
    assert (error.signal_number, error.never_begun) == (signal.SIGINT, True)


@pytest.mark.parametrize("is_done_before", [True, False])
def test_a_wait_ends_with_what_it_waits_for(is_done_before: bool) -> None:
    """A result that is there already, or comes while it waits."""

    async def story() -> bool:
        cancellation = Cancellation()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if is_done_before:
            future.set_result(5)
        else:
            asyncio.get_running_loop().call_soon(future.set_result, 5)
        await cancellation.wait(future, FOR_EVER)
        return future.done()

    assert asyncio.run(story())


def test_nothing_is_left_of_a_wait_that_is_over() -> None:
    """Thousands of them go by in the life of a gate."""

    async def story() -> int:
        cancellation = Cancellation()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        for _ in range(3):
            await cancellation.wait(future, NO_TIME)
        calls = future._callbacks or ()
        return len(calls) + len(cancellation._waiting)

    assert asyncio.run(story()) == 0
