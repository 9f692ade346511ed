"""Tables are whole in a log and fit a terminal, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.cli.output import Column, render_table
from probe_gate.reports.text_width import width_of

COLUMNS = (Column("RUN", right=True), Column("NAME", may_fold=True), Column("BY", may_fold=True))


def test_columns_are_as_wide_as_their_content() -> None:
    """Numbers are aligned to the right, words to the left."""
    assert render_table(COLUMNS, [("7", "main", "ci"), ("1234", "nightly", "")], None) == [
        " RUN  NAME     BY",
        "   7  main     ci",
        "1234  nightly",
    ]


def test_nothing_is_cut_in_a_log() -> None:
    """A log has no width: an id or a name stays whole, so that it can be copied."""
    (_, line) = render_table(COLUMNS, [("7", "a" * 200, "ci@example.com")], None)
    assert line == "  7  " + "a" * 200 + "  ci@example.com"


def test_long_names_are_folded_at_a_terminal_and_numbers_are_not() -> None:
    """Nothing is lost, and the first column stays readable."""
    lines = render_table(COLUMNS, [("1234567", "a" * 60, "ci")], 40)
    assert sum(line.count("a") for line in lines[1:]) == 60
    assert lines[1].startswith("1234567  aaaa")


@given(
    rows=st.lists(st.tuples(st.text(max_size=80), st.text(max_size=400), st.text(max_size=80)), max_size=5),
    width=st.integers(min_value=30, max_value=160),
)
def test_no_line_is_wider_than_the_table_may_be(rows: list[tuple[str, str, str]], width: int) -> None:
    """No name of the platform can break the terminal."""
    lines = render_table(COLUMNS, rows, width)
    assert len(lines) >= len(rows) + 1
    assert all(width_of(line) <= width and "\n" not in line and "\x1b" not in line for line in lines)
