"""The layer that refuses requests without the right API key."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from probe_gate.sandbox.answers import json_answer
from probe_gate.sandbox.problems import error_body
from probe_gate.sandbox.recording import RECORD


class KeyCheck:
    """ASGI: 401 for a key that is missing or wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope[RECORD].key == "right":
            await self._app(scope, receive, send)
            return
        body = error_body("UNAUTHORIZED", "The API key is missing, wrong or expired.")
        await json_answer(body, 401)(scope, receive, send)
