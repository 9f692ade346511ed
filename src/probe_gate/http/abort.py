"""Ends a blocked exchange from another thread: at a signal, or when its time is over.

A thread that hangs in a read, in a TLS handshake or in headers that drip is woken by shutting its connection
down. That is done on a duplicate of the connection's socket: the original changes hands (TLS takes it over) and
may be closed, and its number given away, at any moment.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import InvalidStateError as AlreadyGivenUp
from contextlib import suppress
from enum import Enum

TURN_SECONDS = 1.0
"""How long a connection waits for another that is being opened: so a fleet that begins at once does not double its
threads, while a server or a name that hangs keeps nobody back."""
_turn = threading.Semaphore(1)


class Why(Enum):
    """What ended an exchange from outside."""

    SIGNAL = "signal"
    DEADLINE = "deadline"


class Tripped(Exception):  # noqa: N818 - says what happened; never leaves the package
    """The exchange was ended from outside, whatever its answer looks like."""


class NoThreadError(OSError):
    """No thread can be started on this machine."""


def start_thread(work: Callable[[], None], name: str) -> None:
    """Start a daemon thread. Raises `NoThreadError` when there can be no more of them."""
    try:
        threading.Thread(target=work, daemon=True, name=name).start()
    except RuntimeError as error:
        raise NoThreadError(str(error)) from error


class Abort:
    """The way to end one exchange. Thread-safe; once tripped, it stays so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: list[Callable[[], object]] = []
        self._duplicates: list[socket.socket] = []
        self._why: Why | None = None

    @property
    def why(self) -> Why | None:
        """What tripped it; None while nothing has."""
        return self._why

    def trip(self, why: Why = Why.SIGNAL) -> None:
        """Wakes the exchange, which then ends in an error. Returns at once; without effect the second time."""
        with self._lock:
            if self._why is not None:
                return
            self._why = why
            for wake in self._wakers:
                with suppress(OSError):
                    wake()

    def check(self) -> None:
        """Raises `Tripped` when it was tripped."""
        if self._why is not None:
            raise Tripped

    def attach(self, connection: socket.socket) -> None:
        """Lets a trip shut this connection down. Raises `Tripped` when that has happened already."""
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._duplicates.append(duplicate)
        self._on_trip(lambda: duplicate.shutdown(socket.SHUT_RDWR))

    def open_socket(self, open_socket: Callable[[], socket.socket]) -> socket.socket:
        """What `open_socket` returns or raises; raises `Tripped` as soon as a trip comes.

        Looking a name up cannot be woken, so it happens in a thread that is left behind when a trip comes;
        a socket that it still gets is closed.
        """
        future: Future[socket.socket] = Future()

        def work() -> None:
            try:
                opened = open_socket()
            except BaseException as error:  # noqa: BLE001 - handed over to the one who waits
                with suppress(AlreadyGivenUp):
                    future.set_exception(error)
                return
            try:
                future.set_result(opened)
            except AlreadyGivenUp:
                opened.close()

        has_turn = _turn.acquire(timeout=TURN_SECONDS)
        try:
            self._on_trip(future.cancel)
            start_thread(work, "probe-gate-connect")
            return future.result()
        except CancelledError:
            raise Tripped from None
        finally:
            if has_turn:
                _turn.release()

    def release(self) -> None:
        """Lets go of the exchange's connection, which may then serve another. To be called at its end."""
        with self._lock:
            self._wakers.clear()
            for duplicate in self._duplicates:
                duplicate.close()
            self._duplicates.clear()

    def _on_trip(self, wake: Callable[[], object]) -> None:
        with self._lock:
            if self._why is not None:
                raise Tripped
            self._wakers.append(wake)


class Watchdog:
    """Trips exchanges whose time is over: one thread for all of them, started when first needed."""

    def __init__(
        self, monotonic: Callable[[], float] = time.monotonic, condition: threading.Condition | None = None
    ) -> None:
        """`condition` is what its thread waits on, in seconds of `monotonic`."""
        self._monotonic = monotonic
        self._changed = condition or threading.Condition()
        self._ends: dict[Abort, float] = {}
        self._wakes_at = float("inf")
        self._is_running = False

    def watch(self, abort: Abort, seconds: float) -> None:
        """Trips it after that time, unless it is forgotten before. Raises `NoThreadError`."""
        end = self._monotonic() + seconds
        with self._changed:
            self._ends[abort] = end
            if not self._is_running:
                start_thread(self._run, "probe-gate-deadlines")
                self._is_running = True
            elif end < self._wakes_at:
                self._changed.notify()

    def forget(self, abort: Abort) -> None:
        """To be called at the end of every exchange."""
        with self._changed:
            self._ends.pop(abort, None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = self._monotonic()
                for abort in [abort for abort, end in self._ends.items() if end <= now]:
                    del self._ends[abort]
                    abort.trip(Why.DEADLINE)
                self._wakes_at = min(self._ends.values(), default=float("inf"))
                self._changed.wait(None if self._wakes_at == float("inf") else max(0.0, self._wakes_at - now))
