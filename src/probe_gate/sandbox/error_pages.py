"""What a fault answers in place of the platform."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import HTMLResponse, Response

from probe_gate.sandbox.answers import json_answer
from probe_gate.sandbox.fault_kinds import STATUSES
from probe_gate.sandbox.problems import error_body

_GATEWAY = frozenset({"502", "503", "504"})
_CODES = {"401": "UNAUTHORIZED", "403": "FORBIDDEN"}


def _page(status: int, title: str) -> Response:
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><hr>gateway</body></html>"
    return HTMLResponse(text, status)


def fault_answer(name: str, value: str, headers: Mapping[bytes, bytes]) -> Response:
    """The answer of the fault of that name; `headers` are those of the request."""
    if name == "page":
        return _page(int(value), "Sign in")
    if name == "redirect":
        return Response(status_code=302, headers={"location": value or _elsewhere(headers)})
    if name == "key-echo":
        key = headers.get(b"x-api-key", b"").decode("latin-1")
        body = error_body("BAD_KEY", f"The request with X-Api-Key: {key} could not be handled.", {key: [key]})
        return json_answer(body, int(value))
    if name in _GATEWAY:
        answer = _page(int(name), f"{name} from the gateway")
    else:
        answer = json_answer(error_body(_CODES.get(name, f"FAULT_{name}"), f"Sandbox: {STATUSES[name]}."), int(name))
    if value:
        answer.headers["retry-after"] = value
    return answer


def _elsewhere(headers: Mapping[bytes, bytes]) -> str:
    """The same machine under another name: another host to any client, and its requests are recorded too."""
    _, _, port = headers.get(b"host", b"").decode("latin-1").rpartition(":")
    return f"http://localhost:{port}/elsewhere"
