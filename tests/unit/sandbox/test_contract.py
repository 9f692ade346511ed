"""Reading requests as strictly as the contract says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from probe_gate.sandbox.contract import TriggerTestRunRequest, read_int32, read_request
from probe_gate.sandbox.problems import RefusalError

GOOD: dict[str, Any] = {
    "targetId": 1, "probeIds": None, "name": "", "notifyWhenFinished": False, "runAiAnalysis": True,
}  # fmt: skip


def refused(body: bytes) -> dict[str, list[str]]:
    with pytest.raises(RefusalError) as refusal:
        read_request(TriggerTestRunRequest, body)
    assert refusal.value.status == 400
    return refusal.value.body["error"]["validationErrors"]  # type: ignore[no-any-return]


def test_a_request_of_the_contract_is_read() -> None:
    """An empty name and no probes are allowed."""
    asked, plain = read_request(TriggerTestRunRequest, json.dumps(GOOD).encode())
    assert (asked.target_id, asked.probe_ids, asked.run_ai_analysis) == (1, None, True)
    assert plain == GOOD


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"targetId": "1"}, "targetId"),
        ({"targetId": 1.5}, "targetId"),
        ({"targetId": True}, "targetId"),
        ({"targetId": 2**31}, "targetId"),
        ({"targetId": None}, "targetId"),
        ({"probeIds": [1, -(2**31) - 1]}, "probeIds.1"),
        ({"probeIds": "all"}, "probeIds"),
        ({"name": None}, "name"),
        ({"notifyWhenFinished": 0}, "notifyWhenFinished"),
        ({"runAiAnalysis": "false"}, "runAiAnalysis"),
        ({"extra": 1}, "extra"),
    ],
)
def test_each_mistake_is_named_by_its_field(changes: dict[str, Any], field: str) -> None:
    """Nothing is converted, nothing is ignored."""
    assert list(refused(json.dumps({**GOOD, **changes}).encode())) == [field]


def test_all_mistakes_are_named_at_once() -> None:
    """Missing fields, too."""
    assert set(refused(b'{"targetId":"x","y":1}')) == {
        "targetId", "probeIds", "name", "notifyWhenFinished", "runAiAnalysis", "y",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b'{"a":NaN}', b'{"a":1,"a":1}', b"\xff", b"[" * 200_000,
        b" " * (5 * 1024 * 1024),
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """With 400, never with a crash."""
    assert refused(body)


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("-5", -5), ("2147483647", 2**31 - 1)])
def test_path_parameters_are_32_bit(text: str, value: int) -> None:
    """To their very ends."""
    assert read_int32(text, "id") == value


@pytest.mark.parametrize("text", ["", "x", "1.0", "+1", "01", "1_0", " 1", "1 ", "2147483648", "9" * 5000, "١"])
def test_other_path_parameters_are_refused(text: str) -> None:
    """However much they look like a number."""
    with pytest.raises(RefusalError):
        read_int32(text, "id")
