"""The requests one by one, for `--verbose`."""

from __future__ import annotations

import json
from collections.abc import Callable

from probe_gate.domain.plain_text import log_line, plain_line
from probe_gate.http.record import RequestRecord
from probe_gate.ports import Clock

MAX_PATH = 300


class RequestLog:
    """Writes a line for each request: fulfils `http.record.RequestObserver`."""

    def __init__(self, write: Callable[[str], None], clock: Clock, *, as_json: bool = False) -> None:
        """`write` takes a line without its line break and must not raise."""
        self._write = write
        self._clock = clock
        self._as_json = as_json

    def __call__(self, record: RequestRecord, decision: str) -> None:
        path, milliseconds = plain_line(record.path, MAX_PATH), round(record.seconds * 1000)
        if record.status is None:
            answer = f"no answer ({record.failure})" if record.failure else "no answer"
        else:
            answer = f"{record.status} ({record.failure})" if record.failure else str(record.status)
        said = f"{record.method} {path}: {answer}, {milliseconds:,} ms, {record.received_bytes:,} bytes: {decision}"
        if not self._as_json:
            self._write(log_line(f"{self._clock.now():%H:%M:%S}Z  {said}"))
            return
        line = {
            "time": self._clock.now().isoformat(timespec="milliseconds"),
            "level": "debug",
            "step": "request",
            "message": said,
            "method": record.method,
            "path": path,
            "status": record.status,
            "failure": record.failure or None,
            "milliseconds": milliseconds,
            "bytes": record.received_bytes,
            "decision": decision,
        }
        self._write(log_line(json.dumps({key: value for key, value in line.items() if value is not None})))
