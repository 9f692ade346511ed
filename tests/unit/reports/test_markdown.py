"""Markdown: untrusted text, tables, bars and the trend."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.markdown import (
    CELLS,
    bar,
    bar_lines,
    code,
    code_block,
    details,
    escape,
    format_change,
    join_within,
    link,
    safe_address,
    table,
    trend_diagram,
)
from probe_gate.reports.target_rows import ScoreRow
from probe_gate.reports.text_width import width_of
from probe_gate.reports.trend import TrendPoint
from tests.harness.factories import NASTY_TEXTS, NOW, hostile_text
from tests.harness.markdown import by_github, by_markdown_it
from tests.harness.profiles import examples

GAP = "\u200b"

HOSTILE = (
    *NASTY_TEXTS,
    "- a",
    "1. x",
    "2) y",
    "# h",
    "> q",
    "===",
    "---",
    "```",
    "~~~",
    "[ref]: http://evil.example",
    "[^1]: foo",
    "$`x`$",
    "www.evil.example me@evil.example mailto:me@evil.example",
    "@everyone #1 GH-12 !5 %3 ~bug &7 $9 owner/repo#4 :tada: [vulnerability:3]",
    "\\|\\",
    "<details><summary>",
)


@pytest.mark.parametrize("render", [by_github, by_markdown_it])
@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_shown_and_does_nothing(render: Callable[[str], str], text: str) -> None:
    """A paragraph of plain text comes out, without a tag in it, and reads as the text itself."""
    page = render(f"Before {escape(text)} after")
    assert page.startswith("<p>Before ")
    inner = page.strip().removeprefix("<p>").removesuffix("</p>")
    assert not re.search(r"<[a-zA-Z/!]", inner)
    assert unescape(inner).replace(GAP, "") == f"Before {plain_line(text)} after"


@given(hostile_text(80))
@settings(max_examples=examples(200))
@example("|")
def test_text_never_leaves_its_cell(text: str) -> None:
    """A row of a table keeps its number of cells and holds nothing but text."""
    for render in (by_github, by_markdown_it):
        page = render(f"| a | b | c |\n| --- | --- | --- |\n| {escape(text)} | {code(text)} | end |\n")
        cells = re.findall(r"<td>(.*?)</td>", page, re.DOTALL)
        assert len(cells) == 3
        assert cells[2] == "end"
        assert not re.search(r"<(?!/?code>)[a-zA-Z/!]", "".join(cells))


@given(hostile_text(80))
@settings(max_examples=examples(200))
def test_text_starts_no_block(text: str) -> None:
    """At the beginning of a line it is still a paragraph: no list, heading, quote or fence."""
    for render in (by_github, by_markdown_it):
        page = render(escape(text)).strip()
        assert page == "" or re.fullmatch(r"<p>[^<]*</p>", page)


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "#12",
        "GH-12",
        "!7",
        "$3",
        "%4",
        "~bug",
        "&5",
        "org/repo#1",
        ":rocket:",
        ":100:",
        "https://x.y",
        "www.x.y",
    ],
)
def test_what_sites_look_for_in_finished_pages_is_broken(text: str) -> None:
    """A backslash does not stop a mention, a reference, an address or an emoji code: something invisible does."""
    assert GAP in escape(text)


@pytest.mark.parametrize("text", ["3.2 % (4 of 125)", "2026-11-24 06:04:51 UTC", "at least 80", "Business Alignment"])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Numbers, dates and names can be copied from the file."""
    assert escape(text) == text


def test_code_can_be_copied() -> None:
    """A command in a code span is the command, backticks included."""
    assert code("runs cancel --tag pg-1") == "`runs cancel --tag pg-1`"
    assert by_github(code("a `b` c")) == "<p><code>a `b` c</code></p>\n"


def test_a_fence_holds_whatever_is_in_it() -> None:
    """Lines with backticks do not end the block."""
    page = by_github(code_block(["```", "@everyone <b>", "````"]))
    assert page.count("<pre") == 1
    assert "<b>" not in page
    assert page.rstrip().endswith("</pre>")


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://probe.example.com/w/1/target/2", "https://probe.example.com/w/1/target/2"),
        ("http://127.0.0.1:8080/w", "http://127.0.0.1:8080/w"),
        ('https://x.example/a b"<>', "https://x.example/a%20b%22%3C%3E"),
        ("javascript:alert(1)", ""),
        ("//x.example", ""),
        ("https://user:secret@x.example", ""),
        ("https://x.example/\n", ""),
        ("https://[", ""),
        ("https://x.example/" + "a" * 3000, ""),
        ("", ""),
    ],
)
def test_only_plain_web_addresses_become_links(address: str, safe: str) -> None:
    """Anything else is shown as text; what is odd in an address is percent-encoded."""
    assert safe_address(address) == safe


@given(hostile_text())
def test_a_link_leads_nowhere_else(text: str) -> None:
    """Whatever the address, the link has at most one target, and it is that of a web page."""
    page = by_github(link("run", f"https://x.example/{text}"))
    targets = re.findall(r'href="([^"]*)"', page)
    assert len(targets) <= 1
    assert all(target.startswith("https://x.example/") for target in targets)


def test_a_table_that_is_too_long_says_how_much_is_missing() -> None:
    """Whole rows only."""
    text = table(("a", "b"), [("1", "x" * 40)] * 10, noun="check", max_bytes=150)
    assert text.count("xxxx") > 0
    assert text.endswith("… and 7 more checks.")
    assert by_github(text).count("<tr>") == 4


def test_a_folded_block_holds_markdown() -> None:
    """In both renderers."""
    text = details("More", table(("a",), [("**b**",)], noun="row"))
    for render in (by_github, by_markdown_it):
        page = render(text)
        assert "<summary>More</summary>" in page
        assert "<strong>b</strong>" in page


@given(st.lists(st.text(max_size=30), max_size=20), st.integers(0, 200))
def test_joined_blocks_never_exceed_the_bound(blocks: list[str], most: int) -> None:
    """The limit is in bytes, not characters, and the text says that it was cut."""
    text, was_cut = join_within(blocks, most)
    assert len(text.encode()) <= most
    assert was_cut == (text != "\n\n".join(block for block in blocks if block))


def test_no_more_blocks_are_made_than_are_needed() -> None:
    """With a thousand targets that is most of the work."""
    made = []

    def blocks() -> Iterator[str]:
        for index in range(1000):
            made.append(index)
            yield "x" * 50

    join_within(blocks(), 200)
    assert len(made) < 6


@pytest.mark.parametrize(
    ("score", "minimum", "drawn"),
    [
        (100, None, "█" * 25),
        (0, None, "░" * 25),
        (None, None, "░" * 25),
        (76, 80, "███████████████████░┃░░░░"),
        (100, 100, "█" * 24 + "┃"),
        (-5, None, "░" * 25),
        (880, None, "█" * 25),
    ],
)
def test_a_bar_is_filled_up_to_its_score(score: float | None, minimum: float | None, drawn: str) -> None:
    """Four points per cell, with a line at the minimum; an invalid score stays within the bar."""
    assert bar(score, minimum) == drawn


@given(st.floats(0, 100), st.floats(0.1, 100))
def test_a_score_below_its_minimum_never_reaches_the_line(score: float, minimum: float) -> None:
    """And the line can be seen through a score above it."""
    drawn = bar(score, minimum)
    assert len(drawn) == CELLS
    assert drawn.count("┃") == 1


def test_numbers_stand_beside_the_bar() -> None:
    """Score, minimum, change; as many digits as it takes not to say 80 of 80."""
    row = ScoreRow("Security", 79.96, 80.0, 85.0, CheckOutcome.FAILED)
    (line,) = bar_lines([row])
    assert line.startswith("✗ Security  ")
    assert line.endswith("79.96 (min 80)  −5.04")


def test_a_score_that_was_not_judged_is_marked() -> None:
    """It is shown, but not as if it were this run's."""
    assert bar_lines([ScoreRow("Overall", 74.0, 80.0, None, None)])[0].startswith("? Overall")


@given(st.lists(hostile_text(), min_size=1, max_size=60))
def test_columns_stay_in_line_whatever_the_names(names: list[str]) -> None:
    """Each bar begins in the same column, and there are never more than forty."""
    lines = bar_lines(ScoreRow(name, 50.0, None, None, CheckOutcome.INFO) for name in names)
    starts = {width_of(line[: line.rindex("████")]) for line in lines if "█" in line and "█" not in "".join(names)}
    assert len(starts) <= 1
    assert len(lines) <= 41


@pytest.mark.parametrize(("points", "text"), [(2, "+2"), (-9.5, "−9.5"), (0, "±0"), (0.04, "+0.04")])
def test_changes_have_a_sign(points: float, text: str) -> None:
    """Gained, lost, or the same."""
    assert format_change(points) == text


def points(rates: list[float]) -> list[TrendPoint]:
    return [TrendPoint(index, NOW, rate, rate / 2, index == len(rates) - 1) for index, rate in enumerate(rates)]


def test_draws_rates_as_a_line_and_errors_as_bars() -> None:
    """Up to a round number, the newest run on the right."""
    lines = trend_diagram(points([2, 4, 9])).splitlines()
    assert lines[0] == "```mermaid"
    assert lines[2:] == [
        "xychart-beta",
        '    title "Last 3 completed runs, this one on the right"',
        '    x-axis "run" 1 --> 3',
        '    y-axis "percent" 0 --> 10',
        "    bar [1.00, 2.00, 4.50]",
        "    line [2.00, 4.00, 9.00]",
        "```",
    ]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=30))
def test_numbers_are_plain_and_fit(rates: list[float]) -> None:
    """No exponent, and none above the upper edge."""
    diagram = trend_diagram(points(rates))
    top = int(re.search(r"0 --> (\d+)$", diagram, re.MULTILINE)[1])  # type: ignore[index]
    for numbers in re.findall(r"\[([\d., ]+)\]", diagram):
        assert all(0 <= float(number) <= top for number in numbers.split(", "))
