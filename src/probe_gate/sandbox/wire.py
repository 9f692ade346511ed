"""Ways to answer, or not to, that HTTP servers take pains to avoid: straight on the connection.

All take the connection's transport and close it in the end, because what follows on a connection
that was written to behind the server's back would make no sense.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus

from starlette.types import Message, Receive

_HARD_CLOSE = struct.pack("ii", 1, 0)
"""Linger on, for no time: closing then sends a reset."""


async def wait_until_gone(receive: Receive) -> None:
    """Until the other side has hung up, or we have."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reset(transport: asyncio.Transport, receive: Receive) -> None:
    """The connection ends with a TCP reset."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD_CLOSE)
    transport.abort()
    await wait_until_gone(receive)


async def close(transport: asyncio.Transport, receive: Receive, last_words: bytes = b"") -> None:
    """The connection ends in good order after some bytes, whether they are an answer or not."""
    if last_words:
        transport.write(last_words)
    transport.close()
    await wait_until_gone(receive)


async def hang(transport: asyncio.Transport, receive: Receive, seconds: float) -> None:
    """Nothing happens until the other side hangs up, or for so long."""
    try:
        await asyncio.wait_for(wait_until_gone(receive), seconds)
    except TimeoutError:
        await close(transport, receive)


async def drip(transport: asyncio.Transport, receive: Receive, text: bytes, seconds: float) -> None:
    """Byte by byte, one every so many seconds, then the connection is closed."""
    for place in range(len(text)):
        if transport.is_closing():
            break
        transport.write(text[place : place + 1])
        await asyncio.sleep(seconds)
    await close(transport, receive)


def raw_answer(start: Message, body: bytes) -> tuple[bytes, bytes]:
    """An answer as it goes over the wire: its head with the blank line, and its body."""
    status = start["status"]
    lines = [b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())]
    headers = {bytes(name).lower(): bytes(text) for name, text in start["headers"]}
    headers[b"content-length"] = b"%d" % len(body)
    lines.extend(name + b": " + text for name, text in headers.items())
    return b"\r\n".join(lines) + b"\r\n\r\n", body
