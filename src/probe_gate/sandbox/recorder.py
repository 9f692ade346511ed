"""A log of the requests to the sandbox, for assertions in tests, and counts of concurrent requests."""

from __future__ import annotations

import hmac
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from probe_gate.sandbox.operations import find_operation

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_REQUESTS_KEPT = 200_000
MAX_RECORDED_BODY_BYTES = 64 * 1024
SECRET_HEADERS = frozenset({"x-api-key", "authorization", "cookie", "proxy-authorization"})
CONTROL_PREFIX = "/sandbox"
OPEN_PATHS = frozenset({"/", "/openapi.json"})
"""Paths outside the platform's API. Like the control API, they need no key and are not recorded."""

RECORD = "sandbox.record"
OPERATION = "sandbox.operation"
"""Keys of the ASGI scope for the request's `Request` in the log, and for its `Operation` or None."""


@dataclass(slots=True)
class Request:
    """One request to the platform's API, or to an unknown path."""

    number: int
    """Counted from 1 over all requests."""
    method: str
    path: str
    operation: str | None
    """The operationId of the API description; None for an unknown path."""
    at: float
    """Epoch seconds of its arrival, by the sandbox's clock."""
    headers: dict[str, str]
    """With lower-case names, and without the API key and other secrets."""
    in_flight: int
    """How many requests were in progress when it arrived, including itself. Responses are so fast that this is useful
    only with a delay, such as the fault `delay=0.05@any:*`."""
    key: str = "none"
    """Whether its API key was `right`, `wrong` or missing (`none`). The key itself is not kept."""
    client: str = ""
    """Address and port of the client, which identify the connection."""
    body: bytes = b""
    """The first 64 KiB of the body."""
    status: int | None = None
    """None if there is no response (yet)."""
    fault: str | None = None
    """The names of the faults that affected it, separated by commas; None for none."""
    seconds: float | None = None
    """How long the response took; None until it has ended."""

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "at": self.at,
            "headers": self.headers,
            "inFlight": self.in_flight,
            "key": self.key,
            "client": self.client,
            "body": self.body.decode("utf-8", "replace"),
            "status": self.status,
            "fault": self.fault,
            "seconds": self.seconds,
        }


@dataclass(slots=True)
class Recorder:
    """The log of requests. Only the server's thread writes to it; any thread may read it."""

    requests: deque[Request] = field(default_factory=lambda: deque(maxlen=MAX_REQUESTS_KEPT))
    total: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    clients: set[str] = field(default_factory=set)
    """The addresses of all connections so far."""
    bugs: list[Exception] = field(default_factory=list)
    """Exceptions in the sandbox itself; tests check that there are none."""
    now: Callable[[], float] = time.time
    """Epoch seconds."""

    def begin(self, method: str, path: str, operation: str | None, headers: dict[str, str], client: str) -> Request:
        self.total += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.clients.add(client)
        kept_headers = {name: text for name, text in headers.items() if name not in SECRET_HEADERS}
        request = Request(self.total, method, path, operation, self.now(), kept_headers, self.in_flight, client=client)
        self.requests.append(request)
        return request

    def end(self, request: Request) -> None:
        self.in_flight -= 1
        request.seconds = self.now() - request.at

    def clear(self) -> None:
        """Empty the log. Requests in flight are still counted."""
        self.requests.clear()
        self.clients.clear()
        self.total = 0
        self.most_in_flight = self.in_flight


class RecordingLayer:
    """ASGI middleware that records each request and the status of its response."""

    def __init__(self, platform: ASGIApp, control: ASGIApp, recorder: Recorder, api_key: str) -> None:
        self._platform = platform
        self._control = control
        self._recorder = recorder
        self._api_key = api_key.encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if path in OPEN_PATHS or path == CONTROL_PREFIX or path.startswith(CONTROL_PREFIX + "/"):
            await self._control(scope, receive, send)
            return
        scope[OPERATION] = operation = find_operation(scope["method"], path)
        query = scope["query_string"].decode("latin-1")
        record = self._recorder.begin(
            scope["method"],
            f"{path}?{query}" if query else path,
            operation.id if operation else None,
            {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]},
            "{}:{}".format(*scope["client"]),
        )
        scope[RECORD] = record
        key = dict(scope["headers"]).get(b"x-api-key")
        record.key = "none" if key is None else "right" if hmac.compare_digest(key, self._api_key) else "wrong"

        async def note_body() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(record.body) < MAX_RECORDED_BODY_BYTES:
                record.body += message.get("body", b"")[:MAX_RECORDED_BODY_BYTES]
            return message

        async def note_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
            await send(message)

        try:
            await self._platform(scope, note_body, note_status)
        except Exception as error:
            self._recorder.bugs.append(error)
            raise
        finally:
            self._recorder.end(record)
