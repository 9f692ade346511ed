"""Responses that are held back."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from probe_gate.sandbox.fault_kinds import HeldResponses
from probe_gate.sandbox.recorder import Recorder

REQUEST = Recorder().begin("GET", "/x", None, {}, "127.0.0.1:1")


async def stays() -> Message:
    """A client that does not hang up."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError


async def hangs_up() -> Message:
    return {"type": "http.disconnect"}


def test_a_response_is_held_until_it_is_released() -> None:
    """The next one is held again."""

    async def story() -> list[int]:
        holds, released = HeldResponses(), []
        for _ in range(2):
            holding = asyncio.create_task(holds.hold(REQUEST, stays))
            assert await asyncio.to_thread(holds.wait_until_held) == [REQUEST]
            assert not holding.done()
            released.append(holds.release())
            await holding
        return [*released, holds.release()]

    assert asyncio.run(story()) == [1, 1, 0]


def test_a_client_that_hangs_up_is_not_held() -> None:
    """Nobody is there to be answered."""

    async def story() -> int:
        holds = HeldResponses()
        await holds.hold(REQUEST, hangs_up)
        return holds.release()

    assert asyncio.run(story()) == 0


def test_waiting_for_what_is_not_held_comes_to_an_end() -> None:
    """With an error, so that a test fails instead of going on as if it were held."""
    with pytest.raises(TimeoutError, match="0 responses are held instead of 2"):
        HeldResponses().wait_until_held(2, seconds=0.0)
