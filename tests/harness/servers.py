"""Servers on loopback, named for what they do to a client."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

Play = Callable[["Peer"], None]


class Peer:
    """One connection, seen from the server."""

    def __init__(self, connection: socket.socket, server: RawServer) -> None:
        self.connection = connection
        self.server = server

    def read_request(self) -> bytes:
        """Return a complete request; empty if the client has disconnected."""
        received = b""
        while b"\r\n\r\n" not in received:
            part = self.connection.recv(65536)
            if not part:
                return b""
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0]):
            body += self.connection.recv(65536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return received

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def drip(self, data: bytes, seconds: float = 0.02) -> None:
        """Send the bytes one at a time."""
        for byte in data:
            self.send(bytes([byte]))
            time.sleep(seconds)

    def wait_for_end(self) -> None:
        """Send nothing until the client has disconnected."""
        while self.connection.recv(65536):
            pass

    def reset(self) -> None:
        """Close the connection with a TCP reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class RawServer:
    """A server that handles every connection in the same way."""

    def __init__(self, play: Play, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = 0
        """The number of connections that the server has closed."""
        self._play = play
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:  # each sees that its connection has ended; a closed one has no number to wait on
            thread.join()
        for connection in self._open:
            connection.close()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                self._open.append(connection)
                connection.do_handshake()
            self._play(Peer(connection, self))
        with suppress(OSError):
            connection.close()
        self.closed += 1


def answer(
    body: bytes | str = b"",
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
) -> bytes:
    """Return the bytes of an HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def answers(body: bytes | str = b"", status: str = "200 OK", headers: Mapping[str, str] | None = None) -> Play:
    """Send the same response to every request of a connection."""

    def play(peer: Peer) -> None:
        while peer.read_request():
            peer.send(answer(body, status, headers))

    return play


def interim(status: str = "103 Early Hints") -> bytes:
    """Return the bytes of an interim response, as a gateway may send before the final one."""
    return f"HTTP/1.1 {status}\r\nLink: </style.css>; rel=preload\r\n\r\n".encode("latin-1")


def answers_after(*ahead: bytes) -> Play:
    """Send these interim responses before each response, whose body is the number of requests so far."""

    def play(peer: Peer) -> None:
        while peer.read_request():
            for response in ahead:
                peer.send(response)
            peer.send(answer(str(len(peer.server.requests))))

    return play


def answers_in_turn(*wire: bytes) -> Play:
    """Send the next of these responses to each request, and repeat the last one."""
    left = list(wire)
    lock = threading.Lock()

    def play(peer: Peer) -> None:
        while peer.read_request():
            with lock:
                data = left.pop(0) if len(left) > 1 else left[0]
            if not data:
                peer.reset()
                return
            peer.send(data)

    return play


def sends(data: bytes) -> Play:
    """Send these bytes and close the connection."""

    def play(peer: Peer) -> None:
        peer.read_request()
        peer.send(data)

    return play


def stays_silent(peer: Peer) -> None:
    """Read the request and never respond."""
    peer.read_request()
    peer.wait_for_end()


def never_shakes_hands(peer: Peer) -> None:
    """Accept the connection and send nothing, so that a TLS handshake hangs."""
    peer.wait_for_end()


def resets(peer: Peer) -> None:
    """Read the request and reset the connection."""
    peer.read_request()
    peer.reset()


def drips_headers(peer: Peer) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Slow: ")
    peer.drip(b"a" * 10_000)


def drips_body(peer: Peer) -> None:
    peer.read_request()
    peer.send(answer(b"[", length=10_000))
    peer.drip(b" " * 9_999)


def stops_inside_headers(peer: Peer) -> None:
    """Send a body without a length: HTTP libraries accept what has arrived when the connection ends."""
    peer.read_request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
    peer.wait_for_end()


def sends_a_bomb(peer: Peer) -> None:
    """Send a few hundred kilobytes that decompress to hundreds of megabytes."""
    peer.read_request()
    peer.send(answer(gzip.compress(bytes(300 * 2**20), 1), headers={"Content-Encoding": "gzip"}))


def never_ends(peer: Peer) -> None:
    peer.read_request()
    peer.send(b"HTTP/1.1 302 Found\r\nLocation: https://login.example.com/?key=x\r\n\r\n")
    while True:
        peer.send(bytes(65536))
