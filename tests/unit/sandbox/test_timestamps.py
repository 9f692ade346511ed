"""Timestamps at every precision and in every zone."""

from __future__ import annotations

import pytest

from probe_gate.sandbox.timestamps import is_zone, render_timestamp

NOON = 1_800_014_399.987654


@pytest.mark.parametrize(
    ("precision", "text"),
    [
        ("us", "2027-01-15T11:59:59.987654Z"),
        ("ms", "2027-01-15T11:59:59.987Z"),
        ("s", "2027-01-15T11:59:59Z"),
        ("s-rounded", "2027-01-15T12:00:00Z"),
        ("min", "2027-01-15T11:59:00Z"),
        ("day", "2027-01-15T00:00:00Z"),
        ("date", "2027-01-15"),
    ],
)
def test_a_timestamp_is_written_with_the_chosen_precision(precision: str, text: str) -> None:
    """All but one cut; `s-rounded` rounds to the nearest second."""
    assert render_timestamp(NOON, precision) == text


def test_seven_digits_are_one_more_than_microseconds() -> None:
    """As .NET writes them."""
    text = render_timestamp(NOON, "7")
    assert text[:-2] + "Z" == render_timestamp(NOON, "us")
    assert len(text) == len("2027-01-15T11:59:59.1234567Z")


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Z", "2027-01-15T11:59:59Z"),
        ("+02:00", "2027-01-15T13:59:59+02:00"),
        ("-05:30", "2027-01-15T06:29:59-05:30"),
        ("none", "2027-01-15T11:59:59"),
        ("local", "2027-01-15T13:59:59"),
        ("local-05:00", "2027-01-15T06:59:59"),
    ],
)
def test_a_timestamp_is_written_in_the_chosen_zone(zone: str, text: str) -> None:
    """An offset changes the time that is written, not the moment; a local time says no zone at all."""
    assert render_timestamp(NOON, "s", zone) == text


def test_the_day_is_that_of_the_zone() -> None:
    """Late in the evening in UTC it is tomorrow further east."""
    assert render_timestamp(NOON, "date", "+14:00") == "2027-01-16"


@pytest.mark.parametrize("text", ["", "z", "UTC", "+2", "+02", "02:00", "+15:00", "+02:60", "none+02:00", "local 2"])
def test_what_is_no_zone_is_noticed(text: str) -> None:
    """Only the spellings that the documentation names count."""
    assert not is_zone(text)
