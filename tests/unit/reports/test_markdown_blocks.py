"""Blocks of Markdown within bounds."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.reports.markdown_blocks import details, join_within, table
from tests.harness.markdown import by_github, by_markdown_it


def test_a_table_that_is_too_long_says_how_much_is_missing() -> None:
    """Whole rows only."""
    text = table(("a", "b"), [("1", "x" * 40)] * 10, noun="check", most_bytes=150)
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
    """Bytes, not characters; and a cut is told."""
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
