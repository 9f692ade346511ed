"""Responses: JSON, errors in the API's format, and bodies in several parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from probe_gate.sandbox.runs import json_bytes

JSON = "application/json"
_PART_BYTES = 256 * 1024


class JsonPartsResponse(Response):
    """A JSON body in several parts.

    The parts are never joined, and long ones are sent in pieces, so that a client that disconnects early costs little.
    """

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
    """Yield the same bytes in pieces of a suitable size for writing."""
    if sum(len(part) for part in parts) <= _PART_BYTES:
        yield b"".join(parts)
        return
    for part in parts:
        for start in range(0, len(part), _PART_BYTES):
            yield part[start : start + _PART_BYTES]


def json_response(value: object, status: int = 200) -> Response:
    return Response(json_bytes(value), status, media_type=JSON)


class ApiError(Exception):
    """An error response: its HTTP status and its body in the API's format."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        validation_errors: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = error_body(code, message, validation_errors)


class EmptyResponseError(Exception):
    """A response without a body."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status} without a body")
        self.status = status


def error_body(code: str, message: str, validation_errors: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """Return an `ErrorResponse` of the API description."""
    details: dict[str, Any] = {"message": message, "code": code}
    if validation_errors is not None:
        details["validationErrors"] = {field: list(texts) for field, texts in validation_errors.items()}
    return {"error": details}


def invalid(field: str, text: str) -> ApiError:
    """Return the error (400) for one invalid field."""
    return ApiError(400, "VALIDATION_ERROR", "The request is not valid.", {field: [text]})
