"""Foreign text made harmless and bounded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.text import encodable, log_json, log_line, plain_line
from tests.harness.factories import hostile_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Support bot", "Support bot"),
        ("two\nlines\tand\r\nmore", "two lines and  more"),
        ("\x1b[31mred\x07", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}"),
        ("a\u202egnp.exe", "a\N{REPLACEMENT CHARACTER}gnp.exe"),
        ("x\ud800y", "x\N{REPLACEMENT CHARACTER}y"),
        ("\U0001f469\u200d\U0001f4bb 日本語 é", "\U0001f469\u200d\U0001f4bb 日本語 é"),
        ("", ""),
    ],
)
def test_shows_what_can_be_shown(text: str, shown: str) -> None:
    """Ordinary writing of any script stays; what could do harm shows as a sign that something was there."""
    assert plain_line(text) == shown


@given(hostile_text(200), st.integers(1, 100))
def test_is_one_printable_bounded_line(text: str, limit: int) -> None:
    """Whatever goes in, what comes out fits on a line and can be encoded."""
    line = plain_line(text, limit)
    assert len(line) <= limit
    assert all(character.isprintable() or character in "\u200c\u200d" for character in line)
    line.encode("utf-8")


def test_a_million_characters_cost_nothing() -> None:
    """A cut shows, and only what is kept is looked at."""
    assert plain_line("a" * 1_000_000, 10) == "aaaaaaaaa…"


@pytest.mark.parametrize(
    "line",
    [
        "::error::x",
        "  ::set-output name=a::b",
        "\u00a0::stop-commands::x",
        "12:00  ##[error]x",
        "##vso[task.setvariable variable=a]b",
        "a ###[group]b",
        "##teamcity[buildStop]",
        ":::error::x",
    ],
)
def test_no_command_is_left_in_a_log_line(line: str) -> None:
    """GitHub, Azure and TeamCity find nothing that they would carry out; a reader still sees the text."""
    safe = log_line(line)
    assert not safe.lstrip().startswith("::")
    assert "##[" not in safe
    assert "##vso[" not in safe
    assert "##teamcity[" not in safe
    assert safe.replace(" ", "") == line.replace(" ", "")


def test_an_ordinary_log_line_stays_as_it_is() -> None:
    """Nothing is changed that is not a command."""
    assert log_line("12:00:01Z  a::b # c ## d") == "12:00:01Z  a::b # c ## d"


@pytest.mark.parametrize("text", ["##vso[x]", "a###[group]", "####", "#", "::error::"])
def test_json_in_a_log_holds_no_command_and_says_the_same(text: str) -> None:
    """Whoever reads it as JSON gets the text back."""
    safe = log_json(json.dumps({text: [text]}))
    assert "##" not in safe
    assert json.loads(safe) == {text: [text]}


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "✓ 3 · 4 → 日…"),
        ("ascii", "ok 3 - 4 -> ?..."),
        ("latin-1", "ok 3 · 4 -> ?..."),
        ("cp1252", "ok 3 · 4 -> ?…"),
        ("no-such-encoding", "✓ 3 · 4 → 日…"),
    ],
)
def test_signs_are_spelled_out_where_the_encoding_lacks_them(encoding: str, shown: str) -> None:
    """As few of them as need be."""
    assert encodable("✓ 3 · 4 → 日…", encoding) == shown
