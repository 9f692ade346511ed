"""Answers that are bytes already: sent in parts, compressed where the client takes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from probe_gate.sandbox.runs import json_bytes

JSON = "application/json"
_PART_BYTES = 256 * 1024


class JsonParts(Response):
    """A JSON body that lies about in several pieces. It is never joined, and long pieces go out bit by bit,
    so that a client which hangs up early costs no more than what it has read."""

    def __init__(self, parts: Sequence[bytes], headers: dict[str, str] | None = None) -> None:
        super().__init__(None, 200, headers, JSON)
        self._parts = parts
        self.headers["content-length"] = str(sum(len(part) for part in parts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for body in pieces(self._parts):
            await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def pieces(parts: Sequence[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth a write each."""
    if sum(len(part) for part in parts) <= _PART_BYTES:
        yield b"".join(parts)
        return
    for part in parts:
        for start in range(0, len(part), _PART_BYTES):
            yield part[start : start + _PART_BYTES]


def json_answer(value: object, status: int = 200) -> Response:
    return Response(json_bytes(value), status, media_type=JSON)
