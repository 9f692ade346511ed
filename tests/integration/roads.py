"""Proxies and certificates as companies have them: a real proxy, a real authority, on loopback."""

from __future__ import annotations

import os
import select
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_connection

import trustme

from tests.integration.client_servers import Peer, Play

ROOT = Path(__file__).parents[2]
HOST = "platform.example.com"
"""A name that only the proxy knows; to it, every name is this machine."""
LOGIN = "gate:pa%40ss"
"""The password is `pa@ss`."""


def served_by(authority: trustme.CA, *names: str, expires: datetime | None = None) -> ssl.SSLContext:
    """The TLS side of a server whose certificate the authority has signed, for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins = datetime.now(UTC) - timedelta(days=30)
    authority.issue_cert(*names, not_before=begins, not_after=expires).configure_cert(context)
    return context


@contextmanager
def real_proxy(port_file: Path, *arguments: str) -> Iterator[int]:
    """A proxy as a process; its port."""
    command = [
        sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file),
        "--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR",
        "--plugins", "tests.integration.loopback_names.LoopbackNames", *arguments,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while not (port_file.exists() and port_file.read_text().strip()):
            assert process.poll() is None, "the proxy did not start"
            assert time.monotonic() < end, "the proxy did not start in time"
            time.sleep(0.05)
        yield int(port_file.read_text())
    finally:
        process.terminate()
        process.wait(10)


def relays_to(port: int) -> Play:
    """Hands everything on to a server that speaks no TLS itself, and keeps what was asked."""

    def play(peer: Peer) -> None:
        outer = peer.connection
        with create_connection(("127.0.0.1", port)) as inner:
            while True:
                pending = isinstance(outer, ssl.SSLSocket) and outer.pending()
                ready = [outer] if pending else select.select([outer, inner], [], [])[0]
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is outer:
                        peer.server.requests.append(data)
                    (inner if source is outer else outer).sendall(data)

    return play
