"""What stands before the platform: the log of requests, the API key, later the faults."""

from __future__ import annotations

import hmac

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from probe_gate.sandbox.answers import json_answer
from probe_gate.sandbox.operations import find_operation
from probe_gate.sandbox.problems import error_body
from probe_gate.sandbox.recorder import MOST_BODY_KEPT, Recorder

CONTROL_PREFIX = "/sandbox/"
_OPEN_PATHS = frozenset({"/openapi.json"})


class Gateway:
    """ASGI: records each request, refuses those without the key, and hands on the rest."""

    def __init__(self, app: ASGIApp, recorder: Recorder, api_key: str) -> None:
        self._app = app
        self._recorder = recorder
        self._api_key = api_key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX) or scope["path"] in _OPEN_PATHS:
            await self._app(scope, receive, send)
            return
        operation = find_operation(scope["method"], scope["path"])
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        client = "{}:{}".format(*scope["client"]) if scope.get("client") else ""
        path = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        record = self._recorder.begin(scope["method"], path, operation.id if operation else None, headers, client)

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
            if hmac.compare_digest(headers.get("x-api-key", "").encode("latin-1"), self._api_key):
                await self._app(scope, note_body, note_status)
            else:
                refusal = json_answer(error_body("UNAUTHORIZED", "The API key is missing, wrong or expired."), 401)
                await refusal(scope, note_body, note_status)
        finally:
            self._recorder.end(record)
