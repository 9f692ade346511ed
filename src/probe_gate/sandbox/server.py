"""The sandbox as a server in a thread of this process: uvicorn on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from probe_gate.sandbox.app import ApiKeyLayer, create_app, describe
from probe_gate.sandbox.control import add_control
from probe_gate.sandbox.fault_kinds import FAULT_KINDS, MAX_WAIT_SECONDS, TRANSPORT, FaultKind, HeldResponses
from probe_gate.sandbox.faults import FaultLayer, FaultPlan
from probe_gate.sandbox.platform import FIRST_TARGET_ID, WORKSPACE_ID, Platform
from probe_gate.sandbox.recorder import Recorder, RecordingLayer, Request
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenarios import Scenario, find_scenario

DEFAULT_KEY = "sandbox-key"
HOST = "127.0.0.1"
_START_TIMEOUT_SECONDS = 20.0
_BACKLOG = 2048
_KEEP_ALIVE_SECONDS = 75
"""A usual value for gateways, and longer than any client waits between two polls."""


class SandboxServer:
    """The sandbox on loopback: `with SandboxServer("failing", speed=20) as sandbox: ... sandbox.url`.

    To simulate an outage, stop it and start it again: it keeps its port and its state.
    """

    def __init__(
        self,
        scenario: str | Scenario = "passing",
        faults: Iterable[str] = (),
        *,
        port: int = 0,
        speed: float = 1.0,
        seed: int = 0,
        api_key: str = DEFAULT_KEY,
        clock: Callable[[], float] = time.time,
        workspace_id: int = WORKSPACE_ID,
        targets: int = 5,
        history: int | None = None,
        not_found: int = 403,
        state_file: str | Path | None = None,
        strict: bool = False,
        echo_secrets: bool = False,
        etag: bool = False,
        scenarios: Mapping[int, str | Scenario] | None = None,
        reading: str | Iterable[str] = (),
        fault_kinds: Mapping[str, FaultKind] = FAULT_KINDS,
    ) -> None:
        """Create the state of the sandbox. `start` opens the port.

        Args:
            scenario: The scenario of all targets, or its name.
            faults: Faults in the syntax of `--fault`, such as `503@list:2`.
            port: The port; 0 for a free one.
            speed: How many times faster runs progress. Dates follow `clock`.
            seed: The seed for faults that occur by chance.
            api_key: The key that requests must have.
            clock: The time in epoch seconds.
            workspace_id: The only workspace.
            targets: The number of targets at the start.
            history: The number of finished runs of each target at the start; None for the scenario's.
            not_found: The status for unknown targets and runs; the API description has no 404.
            state_file: Where the state is kept; None for in memory only.
            strict: Whether to enforce limits that the API description gives only in prose.
            echo_secrets: Whether responses show the secrets of targets unmasked.
            etag: Whether run lists have an ETag.
            scenarios: Other scenarios for single targets, by target id.
            reading: What the platform means by dates and counts, in the syntax of `--reading`; for all scenarios.
            fault_kinds: The available faults by name.

        Raises:
            LookupError: There is no such scenario.
            ValueError: A fault, a reading or the state file is invalid.
            OSError: The state file cannot be used.
        """
        self.api_key = api_key
        self.workspace_id = workspace_id
        self.target_id = FIRST_TARGET_ID
        self.recorder = Recorder(now=clock)
        self.holds = HeldResponses()
        self._reading = [reading] if isinstance(reading, str) else [*reading]
        chosen = self.find_scenario(scenario)
        self.faults = FaultPlan((*chosen.faults, *faults), kinds=fault_kinds, seed=seed)
        self.platform = Platform(
            chosen,
            now=clock,
            speed=speed,
            workspace_id=workspace_id,
            targets=targets,
            history=history,
            not_found=not_found,
            state_file=None if state_file is None else Path(state_file),
        )
        self._strict = strict
        self._echo_secrets = echo_secrets
        self._etag = etag
        for target_id, own in (scenarios or {}).items():
            self.platform.engine.set_scenario(self.find_scenario(own), target_id)
        self._port = port
        self._thread: ServerThread | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def port(self) -> int:
        return self._port

    @property
    def runs(self) -> list[Run]:
        """The runs that were triggered through the API, oldest first."""
        return [run for run in self.platform.engine.runs if run.is_ours]

    @property
    def active_runs(self) -> list[Run]:
        """The unfinished ones of `runs`."""
        now = self.platform.engine.now()
        return [run for run in self.runs if not run.is_finished(now)]

    @property
    def requests(self) -> list[Request]:
        """Every request so far, oldest first."""
        return list(self.recorder.requests)

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point the gate to this sandbox."""
        return {
            "SPLX_API_URL": self.url,
            "SPLX_API_KEY": self.api_key,
            "SPLX_WORKSPACE_ID": str(self.workspace_id),
            "SPLX_TARGET_ID": str(self.target_id),
        }

    def set_faults(self, *faults: str) -> None:
        """Replace all faults. Calls are counted from now on."""
        self.faults.replace(faults)

    def find_scenario(self, scenario: str | Scenario) -> Scenario:
        """Return the given scenario, or the one of that name, with this sandbox's reading."""
        found = find_scenario(scenario) if isinstance(scenario, str) else scenario
        return found.with_reading(self._reading)

    def wait_until_held(self, count: int = 1, *, seconds: float = MAX_WAIT_SECONDS) -> list[Request]:
        """Wait until the fault `hold` holds back `count` responses at once, and return their requests.

        Raises `TimeoutError` after `seconds`.
        """
        return self.holds.wait_until_held(count, seconds=seconds)

    def release(self) -> None:
        """Send all responses that are held back. Those of later requests are still held."""
        self.holds.release()

    def set_scenario(self, scenario: str | Scenario, target_id: int | None = None) -> None:
        """Let later runs of the target, or of all targets, follow another scenario.

        Its faults come with it only when it is that of all targets: faults know no targets.
        """
        chosen = self.find_scenario(scenario)
        self.platform.engine.set_scenario(chosen, target_id)
        if target_id is None:
            self.faults.add(chosen.faults)

    def start(self) -> Self:
        """Listen; returns when requests are answered."""
        self._thread = ServerThread(self._application(), self._port)
        self._port = self._thread.port
        self._prepare_long_history()
        return self

    def _prepare_long_history(self) -> None:
        """Begin to write what would otherwise keep the first request for it waiting."""
        first = self.platform.engine.target_states[:1]
        if first and first[0].history.is_long:
            threading.Thread(target=first[0].history.deflated, args=(True,), daemon=True).start()

    def _application(self) -> ASGIApp:
        app = create_app(self.platform, strict=self._strict, echo_secrets=self._echo_secrets, etag=self._etag)
        add_control(app, self.platform, self.recorder, self.faults, self.holds, self.find_scenario)
        describe(app)
        return RecordingLayer(FaultLayer(ApiKeyLayer(app), self.faults, self.holds), app, self.recorder, self.api_key)

    def stop(self) -> None:
        """Close all connections immediately. Pending requests are dropped."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class OpenH11Protocol(H11Protocol):
    """Adds the transport to the scope of each request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner: Any = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    """Reports when it listens, and stops without waiting for clients. uvicorn itself takes 0.2 s to stop."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._is_stopped = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._ready.set()

    def stop(self) -> None:
        """Make `serve` return. Called from another thread."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._is_stopped.set)

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # also updates the time for the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_stopped.wait(), 1.0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in list(self.server_state.connections):
            # Connections that hang on purpose would otherwise stay open, and their clients would wait forever.
            cast(OpenH11Protocol, connection).transport.abort()


class ServerThread:
    """Serves an application in a thread from its creation. Raises `OSError` if the port is in use."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        listener = socket.create_server((HOST, port), backlog=_BACKLOG)
        # asyncio does not set it: Python's accepted sockets have protocol 0 and not IPPROTO_TCP.
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
        if not ready.wait(_START_TIMEOUT_SECONDS):
            raise RuntimeError("the sandbox did not start")

    def stop(self) -> None:
        """Close all connections immediately and wait for the thread to end."""
        self._server.stop()
        self._thread.join(_START_TIMEOUT_SECONDS)
