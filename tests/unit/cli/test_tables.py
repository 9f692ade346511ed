"""Tables fit the width they are given, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.cli.tables import Column, render_table
from probe_gate.reports.cells import width_of

COLUMNS = (Column("RUN", right=True), Column("NAME", may_shrink=True), Column("BY", may_shrink=True))


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    """Numbers stand at the right, words at the left."""
    assert render_table(COLUMNS, [("7", "main", "ci"), ("1234", "nightly", "")], 80) == [
        " RUN  NAME     BY",
        "   7  main     ci",
        "1234  nightly",
    ]


def test_the_widest_column_that_may_shrink_is_cut_first() -> None:
    """A short column keeps all of its text."""
    (_, line) = render_table(COLUMNS, [("7", "a" * 60, "ci@example.com")], 40)
    assert line == "  7  " + "a" * 18 + "…  ci@example.com"


@given(
    rows=st.lists(st.tuples(st.text(max_size=80), st.text(max_size=400), st.text(max_size=80)), max_size=5),
    width=st.integers(min_value=30, max_value=160),
)
def test_no_line_is_wider_than_the_table_may_be(rows: list[tuple[str, str, str]], width: int) -> None:
    """No name of the platform can break the terminal: each row is one printable line."""
    lines = render_table(COLUMNS, rows, width)
    assert len(lines) == len(rows) + 1
    assert all(width_of(line) <= width and "\n" not in line and "\x1b" not in line for line in lines)
