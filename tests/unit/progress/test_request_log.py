"""The log of requests."""

from __future__ import annotations

import json

import pytest

from probe_gate.http.record import RequestRecord
from probe_gate.progress.request_log import RequestLog
from tests.harness.virtual_time import VirtualTime


def line_of(record: RequestRecord, decision: str = "accepted", *, as_json: bool = False) -> str:
    lines: list[str] = []
    RequestLog(lines.append, VirtualTime(), as_json=as_json)(record, decision)
    (line,) = lines
    return line


@pytest.mark.parametrize(
    ("record", "decision", "said"),
    [
        (RequestRecord("GET", "/a/b", 200, 0.0341, 12_345), "accepted", "GET /a/b: 200, 34 ms, 12,345 bytes: accepted"),
        (
            RequestRecord("GET", "/a", 503, 1.2, 0),
            "asking again in 2.5 s",
            "GET /a: 503, 1,200 ms, 0 bytes: asking again in 2.5 s",
        ),
        (
            RequestRecord("POST", "/a", None, 30.0, 0, "read-timeout"),
            "given up (platform-error)",
            "POST /a: no answer (read-timeout), 30,000 ms, 0 bytes: given up (platform-error)",
        ),
        (RequestRecord("GET", "/a", 200, 0.0, 7, "truncated"), "x", "GET /a: 200 (truncated), 0 ms, 7 bytes: x"),
        (RequestRecord("GET", "/a"), "x", "GET /a: no answer, 0 ms, 0 bytes: x"),
    ],
)
def test_a_request_is_one_line(record: RequestRecord, decision: str, said: str) -> None:
    """For people, with the time; for programs, each part by itself as well."""
    assert line_of(record, decision) == f"12:00:00Z  {said}"
    line = json.loads(line_of(record, decision, as_json=True))
    assert (line["message"], line["level"], line["step"]) == (said, "debug", "request")
    assert (line["method"], line["path"], line.get("status")) == (record.method, record.path, record.status)
    assert (line["milliseconds"], line["bytes"]) == (round(record.seconds * 1000), record.received_bytes)
    assert (line["decision"], line.get("failure", "")) == (decision, record.failure)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_path_is_foreign_text(as_json: bool) -> None:
    """It stays on its line, is cut, and is no command to a CI system."""
    line = line_of(RequestRecord("GET", "/a\n::error::x\x1b[31m##vso[x]" + "y" * 1000), as_json=as_json)
    assert "\n" not in line
    assert "\x1b" not in line
    assert "##vso[" not in line
    assert "y" * 400 not in line
