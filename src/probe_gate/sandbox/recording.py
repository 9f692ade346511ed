"""The outermost layer: every request to the platform goes into the log."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from probe_gate.sandbox.operations import find_operation
from probe_gate.sandbox.recorder import MOST_BODY_KEPT, Recorder

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTROL_PREFIX = "/sandbox"
OPEN_PATHS = frozenset({"/", "/openapi.json"})
"""Paths that are not the platform's: they need no key and are not recorded, as little as the control API."""

RECORD = "sandbox.record"
OPERATION = "sandbox.operation"
"""Keys of the ASGI scope: the request's `Request` in the log, and its `Operation` or None."""


class Recording:
    """ASGI: records each request and its answer's status."""

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
            if message["type"] == "http.request" and len(record.body) < MOST_BODY_KEPT:
                record.body += message.get("body", b"")[:MOST_BODY_KEPT]
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
