"""Responses that are held back until somebody releases them: the fault `hold`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from probe_gate.sandbox.recorder import Request

if TYPE_CHECKING:
    from starlette.types import Receive

MAX_WAIT_SECONDS = 120.0


async def wait_until_gone(receive: Receive) -> None:
    """Return when the client has hung up, or the connection was closed here."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Holds:
    """The responses that are held right now. The server's loop adds to them; any thread may wait and release."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: list[tuple[Request, Callable[[], object]]] = []

    async def hold(self, request: Request, receive: Receive) -> None:
        """Return when the response is released, or when the client has hung up."""
        loop = asyncio.get_running_loop()
        released = asyncio.Event()
        held = (request, lambda: loop.call_soon_threadsafe(released.set))
        with self._changed:
            self._held.append(held)
            self._changed.notify_all()
        endings = {asyncio.ensure_future(released.wait()), asyncio.ensure_future(wait_until_gone(receive))}
        try:
            await asyncio.wait(endings, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for ending in endings:
                ending.cancel()
            with self._changed:
                if held in self._held:
                    self._held.remove(held)

    def wait_until_held(self, count: int = 1, *, seconds: float = MAX_WAIT_SECONDS) -> list[Request]:
        """Return the held requests as soon as there are `count` at once. Raises `TimeoutError` after `seconds`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._held) >= count, seconds):
                raise TimeoutError(f"after {seconds:g} s, {len(self._held)} responses are held instead of {count}")
            return [request for request, _ in self._held]

    def release(self) -> int:
        """Let all held responses go on their way. Return how many there were."""
        with self._changed:
            released, self._held = self._held, []
        for _, release in released:
            release()
        return len(released)
