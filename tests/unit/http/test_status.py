"""Statuses that pass, and how long a server asks to wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.http.answer import Response
from probe_gate.http.status import MAX_RETRY_AFTER_SECONDS, is_retryable, retry_after_seconds

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def wait_for(value: str, **more: str) -> float | None:
    return retry_after_seconds(Response(429, {"Retry-After": value, **more}, b"", ""), NOW)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("1.5", 1.5), ("99999999", MAX_RETRY_AFTER_SECONDS),
        ("-1", None), ("soon", None), ("", None), ("nan", None), ("1e9", None), ("٧", None), ("1.2.3", None),
        ("9" * 99, MAX_RETRY_AFTER_SECONDS), ("9" * 101, None),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0), ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2126 12:00:00 GMT", MAX_RETRY_AFTER_SECONDS), ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)  # fmt: skip
def test_seconds_and_moments_are_read(value: str, seconds: float | None) -> None:
    """Bounded to a day; nonsense is as good as nothing."""
    assert wait_for(value) == seconds


def test_a_moment_counts_by_the_servers_own_clock() -> None:
    """Ours may be wrong by hours."""
    assert wait_for("Sun, 01 Mar 2026 15:00:30 GMT", Date="Sun, 01 Mar 2026 15:00:00 GMT") == 30.0
    assert wait_for("Sun, 01 Mar 2026 12:00:30 GMT", Date="nonsense") == 30.0


@given(st.text(max_size=120), st.text(max_size=40))
def test_no_header_whatever_crashes(value: str, date: str) -> None:
    """A wait is never negative and never more than a day."""
    seconds = wait_for(value, Date=date)
    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_SECONDS


def test_which_statuses_pass() -> None:
    """408, 425, 429 and every 5xx."""
    assert [status for status in range(100, 700) if is_retryable(status)] == [408, 425, 429, *range(500, 600)]
