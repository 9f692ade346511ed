"""What is known of a request while it is on its way: whether it may have been sent, and what the log says of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from probe_gate.use_cases.ports import Clock


@dataclass(slots=True)
class RequestRecord:
    """One request, filled in while it is on its way. It holds neither headers nor bodies, and so no secrets."""

    method: str = ""
    """Empty: nothing was sent."""
    path: str = ""
    status: int | None = None
    """None: there was no answer."""
    seconds: float = 0.0
    received_bytes: int = 0
    """How much of the body has been read, after decompression."""
    failure: str = ""
    """Why there was no complete answer, in a word; empty when there was one."""


RequestObserver = Callable[[RequestRecord, str], None]
"""Told of each request, and what was decided because of its answer."""
RequestLogger = Callable[[Clock], RequestObserver]


class RequestCancelledError(Exception):
    """The request was cancelled before it was sent. Never leaves the package."""


class RequestContext:
    """One request on its way, shared by the thread that sends it and the caller that may abandon it. Thread-safe.

    A thread that hangs cannot be ended. It is abandoned: the caller stops waiting, and the response is dropped. What is
    cancelled before its first byte is sent is never sent, however much later the look-up of a name, a connection or a
    handshake comes to an end.
    """

    def __init__(self) -> None:
        self.record = RequestRecord()
        self.started_at: float | None = None
        """When it was started, as a reading of the session's clock; None if it was not."""
        self.maybe_sent = False
        """Whether its first byte may have been sent. Connection, proxy and TLS come before it.

        Once the request is cancelled, this no longer changes.
        """
        self._is_cancelled = False
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Prevent anything more from being sent."""
        with self._lock:
            self._is_cancelled = True

    def check(self) -> None:
        """Raise `RequestCancelledError` if the request has been cancelled."""
        if self._is_cancelled:
            raise RequestCancelledError

    def begin_sending(self) -> None:
        """Record that the first byte is sent next.

        Raises:
            RequestCancelledError: The request has been cancelled, so it must not be sent.
        """
        with self._lock:
            if self._is_cancelled:
                raise RequestCancelledError
            self.maybe_sent = True
