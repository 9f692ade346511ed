"""Answers as models."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.run import Counts, RunState
from probe_gate.http.redact import Redactor
from probe_gate.probe_api.schemas import (
    MAX_TEXT_LENGTH,
    SchemaError,
    parse_run,
    parse_scores,
    parse_target,
    parse_target_types,
    parse_triggered,
)
from tests.unit.probe_api.test_strict_json import JSON

RUN = {"id": 7, "name": "pg", "status": "COMPLETED", "probes": ["a"], "startedBy": "x@example.com"}
SCORES = {
    "overallScore": 84,
    "scores": None,
    "simulatedAttacks": 1,
    "successfulAttacks": 0,
    "latestExecutionDate": None,
}


@given(JSON)
def test_no_value_whatever_crashes_a_reading(value: Any) -> None:
    """It is a run, scores, a target or an id; or nonsense with a reason."""
    for parse in (
        lambda: parse_run(value, str),
        lambda: parse_triggered(value, str),
        lambda: parse_scores(value, "", str),
        lambda: parse_target(value, str),
        lambda: parse_target_types(value, str),
    ):
        try:
            parse()
        except SchemaError as error:
            assert str(error)  # noqa: PT017


@given(st.text(), st.dictionaries(st.text(), st.none() | st.floats(0, 100), max_size=3))
def test_texts_come_in_clean(text: str, categories: dict[str, float | None]) -> None:
    """On one line, nothing unseen in it, and bounded; whatever the platform made of them."""
    run = parse_run({**RUN, "name": text * 3, "status": text, "probes": [text]}, str)
    texts = [run.name or "", run.status or "", *(run.probes or ())]
    try:
        texts += list(parse_scores({**SCORES, "scores": categories}, "", str).categories or ())
    except SchemaError as error:
        assert "twice" in str(error)  # noqa: PT017
    for found in texts:
        assert len(found) <= MAX_TEXT_LENGTH
        assert "\n" not in found
        assert all(letter.isprintable() or letter in "\u200c\u200d" for letter in found)
        found.encode("utf-8")


def test_the_key_is_out_before_a_text_is_cut() -> None:
    """Half of it at the end of a cut text would be too much."""
    redact = Redactor(["secret-of-mine"])
    name = "x" * (MAX_TEXT_LENGTH - 8) + "secret-of-mine" + "y" * 50
    run = parse_run({**RUN, "name": name}, redact)
    assert "secret" not in (run.name or "")


def test_a_run_is_read_whole() -> None:
    """Fields that are new are ignored."""
    counts = {"passedCount": 1, "failedCount": 2, "errorCount": None, "totalCount": 84}
    run = parse_run({**RUN, **counts, "progress": 1, "new": {}}, str)
    assert (run.id, run.state, run.probes, run.progress) == (7, RunState.SUCCEEDED, ("a",), 1.0)
    assert run.counts == Counts(1, 2, None, 84)


def test_a_field_of_a_broken_name_spoils_no_answer() -> None:
    """Half of a surrogate pair in the name of a field that nobody knows; but a target loses no field by mending."""
    assert parse_run({**RUN, "\ud800": 1}, str) == parse_run(RUN, str)
    with pytest.raises(SchemaError, match="names the same field twice"):
        parse_target({"id": 4, "settings": {chr(0xD800): 1, chr(0xD801): 2}}, str)


def test_a_target_must_be_the_one_that_was_asked_for() -> None:
    """Its texts stay as they are, but for our own secrets and what could not be written anywhere."""
    target = {"id": 4, "connection": {"type": "X"}, "settings": {"name": "two\nlines \ud800 secret-of-mine"}}
    read = parse_target(target, Redactor(["secret-of-mine"]), 4)
    assert read["settings"]["name"] == "two\nlines \N{REPLACEMENT CHARACTER} ***"
    with pytest.raises(SchemaError, match="it is target 4"):
        parse_target(target, str, 5)


def test_the_rounding_error_of_an_average_is_no_problem() -> None:
    answer = {**SCORES, "scores": {"Safety": 100.00000000000001, "Security": -1e-15, "Custom": 99.99999999999999}}
    assert parse_scores(answer, "", str).categories == {"Safety": 100.0, "Security": 0.0, "Custom": 99.99999999999999}


def test_a_problem_is_described_with_its_place() -> None:
    """For a person who never saw this code."""
    for value, words in (
        ({**RUN, "id": None}, "id is not an integer"),
        ({**RUN, "probes": "all"}, "probes is not a list"),
        ({**RUN, "probes": ["a", 5]}, "probes.1 is not text"),
        ({**RUN, "name": 5}, "name is not text"),
        ({**RUN, "progress": "half"}, "progress is not a number"),
        ([], "it is not an object"),
    ):
        with pytest.raises(SchemaError) as caught:
            parse_run(value, str)
        assert str(caught.value) == words
    for scores, words in (
        ({"overallScore": 880}, "overallScore is 880, which is too large"),
        ({"overallScore": -5}, "overallScore is -5, which is too small"),
        ({"overallScore": True}, "overallScore is not an integer"),
        ({"overallScore": "84"}, "overallScore is not an integer"),
        ({"overallScore": 80.5}, "overallScore is not an integer"),
        ({"scores": {"Safety": 100.0001}}, "scores.Safety is 100.0001, which is too large"),
        ({"scores": {"Safety": -0.0001}}, "scores.Safety is -0.0001, which is too small"),
        ({"scores": {"Safety": 101}}, "scores.Safety is 101, which is too large"),
        ({"scores": {"Safety": "high"}}, "scores.Safety is not a number"),
        ({"scores": {"Safety": True}}, "scores.Safety is not a number"),
        ({"scores": []}, "scores is not an object"),
        ({"scores": {str(number): 1 for number in range(1001)}}, "scores has too many entries"),
        ({"scores": {"Safety": 1, "safety": 1}}, "scores names the same category twice"),
        ({"simulatedAttacks": -1}, "simulatedAttacks is -1, which is too small"),
        ({"latestExecutionDate": 5}, "latestExecutionDate is not a date"),
    ):
        with pytest.raises(SchemaError) as caught:
            parse_scores({**SCORES, **scores}, "", str)
        assert str(caught.value) == words
    with pytest.raises(SchemaError, match=r"^overallScore is missing$"):
        parse_scores({"scores": {}}, "", str)
    with pytest.raises(SchemaError, match=r"^testRunId is missing$"):
        parse_triggered({"error": {}}, str)
    probe = {"probeId": 1, "isRecommended": "yes", "weight": "HIGH"}
    with pytest.raises(SchemaError, match=r"^details.0.weight is missing$"):
        parse_target_types([{"id": "t", "label": "T", "details": [{"probeId": 1, "isRecommended": True}]}], str)
    with pytest.raises(SchemaError, match=r"^details.0.isRecommended is not true or false$"):
        parse_target_types([{"id": "t", "label": "T", "details": [probe]}], str)
