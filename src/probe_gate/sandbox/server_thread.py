"""uvicorn in a thread, on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from probe_gate.sandbox.protocol import OpenH11Protocol

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 20.0
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75
"""As long as gateways usually do: longer than any client waits between two polls."""


class _Server(uvicorn.Server):
    """Tells when it listens, and does not wait for anybody when it ends: uvicorn itself takes 0.2 s."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._is_stopped = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready.set()

    def stop(self) -> None:
        """Let `serve` return. To be called from another thread."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._is_stopped.set)

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which keeps the time of the Date header, too
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_stopped.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            # What hangs on purpose would otherwise stay open, and its client wait for ever.
            cast(OpenH11Protocol, connection).transport.abort()


class ServerThread:
    """Serves an application from the moment it is made. Raises `OSError` when the port is taken."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        listener = socket.create_server((HOST, port), backlog=_BACKLOG)
        # Python's accepted sockets do not say that they are TCP, so asyncio does not do this for us.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = listener.getsockname()[1]
        config = uvicorn.Config(
            app, http=OpenH11Protocol, ws="none", loop="asyncio", lifespan="off", log_config=None,
            log_level="critical", access_log=False, server_header=False, backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )  # fmt: skip
        ready = threading.Event()
        self._server = server = _Server(config, ready)
        self._thread = threading.Thread(
            target=lambda: asyncio.run(server.serve([listener])), name="sandbox", daemon=True
        )
        self._thread.start()
        if not ready.wait(_PATIENCE_SECONDS):
            raise RuntimeError("the sandbox did not start")

    def stop(self) -> None:
        """Close everything at once, and wait for the end of the thread."""
        self._server.stop()
        self._thread.join(_PATIENCE_SECONDS)
