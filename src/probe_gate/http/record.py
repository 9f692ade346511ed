"""What is known of each request, for the log. It holds neither headers nor bodies, and so no secrets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from probe_gate.ports import Clock


@dataclass(slots=True)
class RequestRecord:
    """One request; filled in while it is under way."""

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


class _Current(threading.local):
    record: RequestRecord | None = None


_current = _Current()


@contextmanager
def recording(record: RequestRecord) -> Iterator[None]:
    """Fill in the record for the request that this thread makes inside the block."""
    _current.record = record
    try:
        yield
    finally:
        _current.record = None


def current_record() -> RequestRecord:
    """Return the record for this thread's request; one that nobody reads when none was asked for."""
    return _current.record or RequestRecord()
