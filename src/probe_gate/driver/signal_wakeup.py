"""Wakes a sleeping loop when a signal arrives.

Python runs a signal's handler in the main thread only, and only when that thread runs Python. A signal that the
system gives to another thread, or that comes just before the main thread falls asleep in the loop, would wait there
until something else wakes it. So the system itself is told to write a byte, which the loop waits for as well.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def woken_by_signals(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Lets signals wake the loop until the block is left. Without effect outside the main thread: none arrive there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, _drain, reader)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reader)


def _drain(reader: socket.socket) -> None:
    with suppress(BlockingIOError):
        reader.recv(4096)
