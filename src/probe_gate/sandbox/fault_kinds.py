"""The kinds of faults by name: what each does, and which calls it affects by default.

A kind has at most one of three functions: `replace` responds instead of the platform, `change` modifies the body of the
real response, `deliver` sends the real response in its own way. This module does not need the sandbox's extra, so that
the list of faults can be printed without it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from probe_gate.sandbox.recorder import RECORD, Request

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

MAX_WAIT_SECONDS = 120.0
TRANSPORT = "sandbox.transport"
"""The key of an ASGI scope under which the connection's `asyncio.Transport` is found."""
ONCE, ALWAYS = "1", "*"
_PART_BYTES = 256 * 1024
_LINGER_FOR_NO_TIME = struct.pack("ii", 1, 0)
"""SO_LINGER with no timeout: closing then sends a TCP reset (socket(7))."""


async def wait_until_gone(receive: Receive) -> None:
    """Wait until either side has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class HeldResponses:
    """The responses that are currently held back. The server's loop adds them; any thread may wait for and release them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: list[tuple[Request, Callable[[], object]]] = []

    async def hold(self, request: Request, receive: Receive) -> None:
        """Wait until the response is released or the client has disconnected."""
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
        """Wait until at least `count` requests are held, and return them.

        Raises:
            TimeoutError: There were fewer after `seconds`.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._held) >= count, seconds):
                raise TimeoutError(f"after {seconds:g} s, {len(self._held)} responses are held instead of {count}")
            return [request for request, _ in self._held]

    def release(self) -> int:
        """Release all held responses and return their number."""
        with self._changed:
            released, self._held = self._held, []
        for _, release in released:
            release()
        return len(released)


@dataclass(slots=True)
class CapturedResponse:
    """A response that was captured before it was sent."""

    start: Message = field(default_factory=dict)
    parts: list[bytes] = field(default_factory=list)

    async def catch(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.parts.append(message.get("body", b""))

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def head(self) -> bytes:
        """The bytes of its status line and headers, with the blank line."""
        status = self.start["status"]
        lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
        headers = {bytes(name).lower(): bytes(text) for name, text in self.start["headers"]}
        headers[b"content-length"] = b"%d" % len(self.body)
        lines.extend(name + b": " + text for name, text in headers.items())
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def change(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Replace the body, and add or replace headers."""
        changed = {bytes(name).lower(): bytes(text) for name, text in self.start["headers"]}
        changed |= {name.encode(): text.encode() for name, text in headers.items()}
        changed[b"content-length"] = b"%d" % len(body)
        self.parts, self.start = [body], {**self.start, "headers": list(changed.items())}

    async def send(self, send: Send) -> None:
        await send(self.start)
        for part in self.parts:
            for start in range(0, len(part), _PART_BYTES):
                piece = part[start : start + _PART_BYTES]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that a fault affects, with ways to respond to it.

    Methods that write to the connection directly close it afterwards, because the server does not know what they wrote.
    """

    scope: Scope
    receive: Receive
    send: Send
    holds: HeldResponses

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers of the request, with lower-case names."""
        return dict(self.scope["headers"])

    @property
    def _transport(self) -> asyncio.Transport:
        transport: asyncio.Transport = self.scope[TRANSPORT]
        return transport

    async def respond(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a response instead of the real one."""
        encoded = [(name.encode(), text.encode("latin-1")) for name, text in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": encoded})
        await self.send({"type": "http.response.body", "body": body})

    async def respond_json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        length = str(len(body))
        await self.respond(
            status, body, {"content-type": "application/json", "content-length": length, **(headers or {})}
        )

    async def respond_page(self, status: int, title: str, headers: Mapping[str, str] | None = None) -> None:
        """Send an HTML page, as a gateway or a login page does."""
        text = (
            f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1><hr>gateway</body></html>"
        )
        content = {"content-type": "text/html; charset=utf-8", "content-length": str(len(text))}
        await self.respond(status, text.encode(), {**content, **(headers or {})})

    async def reset(self) -> None:
        """Close the connection with a TCP reset."""
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NO_TIME)
        self._transport.abort()
        await wait_until_gone(self.receive)

    async def close(self, last_bytes: bytes = b"") -> None:
        """Send some bytes, valid or not, and close the connection normally."""
        if last_bytes:
            self._transport.write(last_bytes)
        self._transport.close()
        await wait_until_gone(self.receive)

    async def hang(self, seconds: float) -> None:
        """Send nothing until the client disconnects or the seconds have passed."""
        try:
            await asyncio.wait_for(wait_until_gone(self.receive), seconds)
        except TimeoutError:
            await self.close()

    async def trickle(self, at_once: bytes, text: bytes, seconds: float) -> None:
        """Send `at_once`, then one byte of `text` every `seconds`; then close the connection."""
        self._transport.write(at_once)
        for place in range(len(text)):
            if self._transport.is_closing():
                break
            self._transport.write(text[place : place + 1])
            await asyncio.sleep(seconds)
        await self.close()


Replace = Callable[[Exchange, str], Awaitable[None]]
"""Responds instead of the platform, which does nothing. Takes the fault's value."""
Change = Callable[[bytes, str], tuple[bytes, Mapping[str, str]]]
"""Takes the body of the real response and the fault's value; returns the body to send and headers to add."""
Deliver = Callable[[Exchange, str, CapturedResponse], Awaitable[None]]
"""Sends the real response, or does not. Takes the fault's value."""


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault. A kind without a function is implemented by the application, by its name."""

    summary: str
    """One line of documentation."""
    where: str = "any"
    """The operations that it affects by default."""
    when: str = ONCE
    """The calls that it affects by default."""
    value: str = ""
    """The default of `=VALUE`; the summary says what it means. Seconds are real time."""
    replace: Replace | None = None
    change: Change | None = None
    deliver: Deliver | None = None


STATUSES: dict[int, str] = {
    400: "the request is not valid",
    401: "the API key is not accepted",
    403: "no access to the workspace",
    404: "no such thing",
    408: "the request took too long",
    409: "a conflict",
    422: "the request cannot be processed",
    425: "too early",
    429: "too many requests",
    500: "an error inside the platform",
    502: "no answer from behind the gateway",
    503: "no answer from behind the gateway",
    504: "no answer from behind the gateway",
}
_CODES = {401: "UNAUTHORIZED", 403: "FORBIDDEN"}
_GATEWAY = frozenset({502, 503, 504})
_RETRY_AFTER = {429: "1", 502: "", 503: "", 504: ""}


async def respond_with_status(exchange: Exchange, status: int, retry_after: str = "") -> None:
    """Respond with that status, in the way of the platform or of a gateway in front of it."""
    headers = {"retry-after": retry_after} if retry_after else {}
    if status in _GATEWAY:
        await exchange.respond_page(status, f"{status} from the gateway", headers)
    else:
        from probe_gate.sandbox.responses import error_body  # which needs the sandbox's extra

        body = error_body(_CODES.get(status, f"FAULT_{status}"), f"Sandbox: {STATUSES[status]}.")
        await exchange.respond_json(status, body, headers)


def _status_kind(status: int, text: str) -> FaultKind:
    async def respond(exchange: Exchange, retry_after: str) -> None:
        await respond_with_status(exchange, status, retry_after)

    retry = " VALUE is the Retry-After that it gives, in seconds." if status in _RETRY_AFTER else ""
    return FaultKind(f"Answers with {status}: {text}.{retry}", value=_RETRY_AFTER.get(status, ""), replace=respond)


async def _reset(exchange: Exchange, _value: str) -> None:
    await exchange.reset()


async def _hang(exchange: Exchange, seconds: str) -> None:
    await exchange.hang(float(seconds))


async def _respond_page(exchange: Exchange, status: str) -> None:
    await exchange.respond_page(int(status), "Sign in")


async def _drop(exchange: Exchange, _value: str, _caught: CapturedResponse) -> None:
    await exchange.close()


async def _truncate(exchange: Exchange, _value: str, captured: CapturedResponse) -> None:
    await exchange.close(captured.head + captured.body[: len(captured.body) // 2])


async def _send_slowly(exchange: Exchange, seconds: str, captured: CapturedResponse) -> None:
    await exchange.trickle(captured.head, captured.body, float(seconds))


async def _delay(exchange: Exchange, seconds: str, captured: CapturedResponse) -> None:
    await asyncio.sleep(float(seconds))
    await captured.send(exchange.send)


async def _hold(exchange: Exchange, _value: str, captured: CapturedResponse) -> None:
    await exchange.holds.hold(exchange.scope[RECORD], exchange.receive)
    await captured.send(exchange.send)


FAULT_KINDS: dict[str, FaultKind] = {
    **{str(status): _status_kind(status, text) for status, text in STATUSES.items()},
    "reset": FaultKind("Resets the connection before anything is done.", replace=_reset),
    "hang": FaultKind("Never answers, and nothing is done; closes after VALUE seconds.", value="600", replace=_hang),
    "outage": FaultKind("From then on every connection is reset, for VALUE seconds.", value="10", replace=_reset),
    "html-page": FaultKind("An HTML page instead of JSON, with status VALUE.", value="200", replace=_respond_page),
    "late-listing": FaultKind(
        "The run appears in the listing only after VALUE seconds.", "trigger", when=ALWAYS, value="20"
    ),
    "dropped-response": FaultKind(
        "The work is done, then the connection is closed without an answer.", "trigger", deliver=_drop
    ),
    "truncated": FaultKind("The answer is cut off in the middle of its body.", deliver=_truncate),
    "slow-body": FaultKind("The body comes byte by byte, one every VALUE seconds.", value="0.5", deliver=_send_slowly),
    "delay": FaultKind("The answer comes VALUE seconds late.", value="3", deliver=_delay),
    "hold": FaultKind(
        "The work is done; the response is held back until a test or POST /sandbox/release releases it.", deliver=_hold
    ),
}
