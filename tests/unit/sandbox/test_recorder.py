"""The log of requests."""

from __future__ import annotations

import json

from probe_gate.sandbox.recorder import Recorder


def test_the_key_is_not_kept() -> None:
    """Nor are other secrets; the rest of the headers is."""
    recorder = Recorder()
    headers = {"x-api-key": "made-up", "authorization": "made-up", "cookie": "made-up", "user-agent": "gate"}
    request = recorder.begin("GET", "/", None, headers, "127.0.0.1:1")
    assert request.headers == {"user-agent": "gate"}
    assert "made-up" not in json.dumps(request.to_json())


def test_it_counts_what_goes_on_at_once() -> None:
    """Now and at most, and the connections it came by."""
    recorder = Recorder()
    first = recorder.begin("GET", "/", None, {}, "127.0.0.1:1")
    second = recorder.begin("GET", "/", None, {}, "127.0.0.1:2")
    recorder.end(first)
    third = recorder.begin("GET", "/", None, {}, "127.0.0.1:2")
    assert (first.in_flight, second.in_flight, third.in_flight) == (1, 2, 2)
    assert (recorder.total, recorder.in_flight, recorder.most_in_flight, len(recorder.clients)) == (3, 2, 2, 2)
    recorder.clear()
    assert (recorder.total, recorder.in_flight, recorder.most_in_flight) == (0, 2, 2)
