"""Malformed responses: each differs from the well-formed one in exactly what its name says."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from probe_gate.sandbox.runs import json_bytes
from tests.platform_faults.injection import HOSTILE_TEXTS
from tests.platform_faults.kinds import MALFORMED
from tests.platform_faults.malformed import change_body

RUN: dict[str, Any] = {
    "id": 3, "name": "gate", "executionDate": "2027-01-15T08:00:00.000Z", "startedBy": None, "errorCount": 0,
    "passedCount": 90, "failedCount": 10, "totalCount": 100, "progress": 1.0, "status": "RUNNING", "probes": ["Bias"],
}  # fmt: skip
SCORES: dict[str, Any] = {
    "simulatedAttacks": 100, "successfulAttacks": 10, "overallScore": 90, "scores": {"Safety": 90},
    "latestExecutionDate": "2027-01-15T08:00:00.000Z",
}  # fmt: skip
LISTING = json_bytes([RUN, {**RUN, "id": 2}])
TRUE_ANSWERS = {"trigger": b'{"testRunId":3}', "list": LISTING, "scores": json_bytes(SCORES)}
ANSWER_FAULTS = sorted(MALFORMED)


def changed(name: str, operation: str, value: str | None = None) -> bytes:
    given = MALFORMED[name][2] if value is None else value
    return change_body(name, given, TRUE_ANSWERS[operation])[0]


def usual_operation(name: str) -> str:
    where = MALFORMED[name][1]
    return "scores" if where in ("reads", "any") else where.split(",")[0]


@pytest.mark.parametrize("name", ANSWER_FAULTS)
def test_every_fault_changes_the_answer(name: str) -> None:
    """A fault that left it alone would rehearse nothing."""
    value = "3" if name in ("huge", "gzip-bomb", "huge-run") else None
    operation = usual_operation(name)
    assert changed(name, operation, value) != TRUE_ANSWERS[operation]


@pytest.mark.parametrize(
    ("name", "operation", "fragment"),
    [
        ("score-880", "scores", b'"overallScore":880'),
        ("score-nan", "scores", b'"overallScore":NaN'),
        ("score-text", "scores", b'"overallScore":"eighty"'),
        ("category-nan", "scores", b'"Safety":NaN'),
        ("duplicate-keys", "scores", b'"overallScore":90,"overallScore":100'),
        ("duplicate-keys", "list", b'"status":"RUNNING","status":"COMPLETED"'),
        ("huge-number", "scores", b'"overallScore":1e999'),
        ("surrogate", "list", b'"name":"gate\\ud800"'),
        ("latin-1", "list", b'"name":"gate\xe9"'),
        ("no-id", "trigger", b"{}"),
        ("id-text", "trigger", b'"testRunId":"one"'),
        ("id-text", "list", b'"id":"one"'),
        ("list-object", "list", b'{"items":['),
        ("count-text", "list", b'"passedCount":"many"'),
        ("count-huge", "list", b'"passedCount":' + b"9" * 400),
        ("date-no-zone", "list", b'"executionDate":"2027-01-15T08:00:00.000"'),
        ("clock-wrong", "list", b'"executionDate":"2027-01-15T13:00:00.000Z"'),
        ("clock-wrong", "scores", b'"latestExecutionDate":"2027-01-15T13:00:00.000Z"'),
        ("bom", "scores", b"\xef\xbb\xbf{"),
        ("utf-16", "scores", b"\xff\xfe{\x00"),
        ("deep", "list", b"[" * 100_000),
        ("extra-fields", "list", b'"newField":'),
    ],
)
def test_what_stands_on_the_wire(name: str, operation: str, fragment: bytes) -> None:
    """Byte for byte, as no JSON writer would have it."""
    assert fragment in changed(name, operation)


def test_ids_change_from_one_listing_to_the_next() -> None:
    """The runs are the same, their numbers are not."""
    first, second = (json.loads(changed("id-changes", "list")) for _ in range(2))
    assert first[0]["name"] == second[0]["name"]
    assert first[0]["id"] != second[0]["id"] != RUN["id"]


def test_a_huge_answer_is_still_json() -> None:
    """So that only its size can be held against it."""
    body = changed("huge", "scores", "3")
    assert len(body) > 3 * 1024 * 1024
    assert json.loads(body) == SCORES


def test_a_bomb_is_small_until_it_is_opened() -> None:
    """Compressed a thousand times."""
    body, headers = change_body("gzip-bomb", "5", TRUE_ANSWERS["list"])
    assert headers == {"content-encoding": "gzip"}
    assert len(body) < 20_000
    assert len(gzip.decompress(body)) > 5 * 1024 * 1024
    assert json.loads(gzip.decompress(body)) == json.loads(LISTING)


def test_a_huge_run_is_one_object() -> None:
    """The second run of the listing is as it was."""
    runs = json.loads(changed("huge-run", "list"))
    assert len(runs[0]["name"]) > 2 * 1024 * 1024
    assert runs[1]["name"] == "gate"


def test_hostile_text_is_everywhere_and_the_run_can_still_be_found() -> None:
    """Names begin with the true name; categories keep their scores and get company."""
    runs = json.loads(changed("injected-text", "list"))
    assert all(run["name"].startswith("gate ") for run in runs)
    assert set(HOSTILE_TEXTS[:-1]) <= set(runs[0]["probes"])
    scores = json.loads(changed("injected-text", "scores"))["scores"]
    assert scores["Safety"] == 90
    assert set(HOSTILE_TEXTS) <= set(scores)


def test_a_date_before_all_time_survives_a_wrong_clock() -> None:
    """The zeros of a target that never ran have the oldest date there is."""
    body = json_bytes({**SCORES, "latestExecutionDate": "0001-01-01T00:00:00Z"})
    assert json.loads(change_body("clock-wrong", "-5", body)[0])["latestExecutionDate"] == "0001-01-01T00:00:00Z"
