"""What an answer that is not a success means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.errors import AuthError, ConfigError, GateError
from probe_gate.http.errors import StatusError
from probe_gate.http.session import Response
from probe_gate.probe_api.errors import MAX_PROBLEMS, ApiError, api_error, parse_error_body
from tests.unit.probe_api.test_strict_json import JSON

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def answer_with(body: Any, status: int = 400) -> Response:
    return Response(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), "")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ConfigError), (401, AuthError), (402, ApiError), (403, AuthError), (404, ConfigError),
        (405, ApiError), (408, StatusError), (409, ApiError), (410, ApiError), (418, ApiError),
        (422, ConfigError), (425, StatusError), (429, StatusError), (500, StatusError), (503, StatusError),
        (599, StatusError), (100, ApiError), (304, ApiError), (600, ApiError), (999, ApiError),
    ],
)  # fmt: skip
def test_each_status_has_its_error(status: int, kind: type[GateError]) -> None:
    """The message names the call and the status."""
    error = api_error(answer_with(b"", status), "Reading x (getX)", str, NOW)
    assert type(error) is kind
    assert error.message.startswith(f"Reading x (getX): the platform answered {status}")


@given(JSON, st.sampled_from([400, 401, 404, 500]))
def test_no_error_body_whatever_crashes_or_floods(body: Any, status: int) -> None:
    """One line, bounded."""
    for shape in (body, {"error": body}, {"error": {"message": body, "code": body, "validationErrors": body}}):
        error = api_error(answer_with(shape, status), "call", str, NOW)
        assert len(error.message) < 2000
        assert "\n" not in error.message


def test_the_platforms_own_words_are_shown_clean() -> None:
    """Its message, its code and its validation errors, in which anything may stand."""
    body = {"error": {"message": "Bad\n::error::x\u202e", "code": "E1", "validationErrors": {"a.b": ["1\n2", "3"]}}}
    words, problems = parse_error_body(answer_with(body), str)
    assert words == "Bad ::error::x\N{REPLACEMENT CHARACTER} (E1) a.b: 1 2; a.b: 3"
    assert problems == ("a.b: 1 2", "a.b: 3")


def test_validation_errors_are_bounded() -> None:
    """A thousand are no help."""
    body = {"error": {"message": "m", "validationErrors": {f"f{number}": ["x" * 9999] for number in range(1000)}}}
    words, problems = parse_error_body(answer_with(body), str)
    assert len(problems) == MAX_PROBLEMS
    assert len(words) < 1300


@pytest.mark.parametrize("status", [400, 403, 404, 422])
def test_a_refusal_that_may_be_about_the_target_names_its_option(status: int) -> None:
    """A wrong target is the usual reason, and whoever reads the log knows it by its option."""
    error = api_error(answer_with({"error": {"message": "No such target"}}, status), "Reading the scores", str, NOW)
    assert "--target-id" in error.hint
    assert "--workspace-id" in error.hint
