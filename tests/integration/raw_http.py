"""A client that shows what is on the wire, byte by byte, and nothing else."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from probe_gate.sandbox.operations import BY_NAME
from probe_gate.sandbox.server import SandboxServer
from tests.harness.waiting import MAX_WAIT_SECONDS

TRIGGER: dict[str, Any] = {
    "targetId": 1, "probeIds": None, "name": "gate", "notifyWhenFinished": False, "runAiAnalysis": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wire:
    """What came over a connection until it ended."""

    data: bytes
    ending: str
    """`closed`, `reset`, or `open` when nobody listened any more."""

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def promised(self) -> int:
        """The length that the headers announce."""
        return int(self.head.partition("content-length: ")[2].split("\r\n")[0])


def request_bytes(sandbox: SandboxServer, operation: str, **headers: str) -> bytes:
    """A request of one operation on target 1."""
    known = BY_NAME[operation]
    path = known.path.format(workspaceId=sandbox.workspace_id, targetId=1, testRunId=1)
    body = json.dumps(TRIGGER).encode() if operation == "trigger" else b""
    lines = [f"{known.method} {path} HTTP/1.1", f"Host: 127.0.0.1:{sandbox.port}", f"X-Api-Key: {sandbox.api_key}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    lines += [f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def talk(
    sandbox: SandboxServer, operation: str, *, until: Callable[[bytes], bool] = lambda _: False, **headers: str
) -> Wire:
    """Ask once on a connection of its own, and listen until it ends or `until` is true of what has come."""
    data, ending = b"", "open"
    with asking(sandbox, operation, **headers) as connection:
        while not until(data):
            try:
                piece = connection.recv(1 << 20)
            except ConnectionResetError:
                ending = "reset"
                break
            if not piece:
                ending = "closed"
                break
            data += piece
    return Wire(data, ending)


@contextmanager
def asking(sandbox: SandboxServer, operation: str, **headers: str) -> Iterator[socket.socket]:
    """A connection on which that was asked, and nothing has been read."""
    with socket.create_connection(("127.0.0.1", sandbox.port), MAX_WAIT_SECONDS) as connection:
        connection.sendall(request_bytes(sandbox, operation, **headers))
        yield connection


def nothing_has_come(connection: socket.socket) -> bool:
    """Whether there is nothing to read now, not even the connection's end."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    return False
