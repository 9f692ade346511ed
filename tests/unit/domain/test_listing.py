"""Sets of run ids, for listings of a million runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.listing import IdSet

IDS = st.lists(st.integers(1, 40) | st.integers(1, 2**31 - 1))


@given(IDS, IDS, IDS)
def test_a_set_of_ids_is_a_set(first: list[int], added: list[int], asked: list[int]) -> None:
    """Whatever the order in which ids come, and however often."""
    known = IdSet(first)
    assert 0 not in known
    for run_id in added:
        known.add(run_id)
    plain = {*first, *added}
    assert [run_id in known for run_id in asked] == [run_id in plain for run_id in asked]
    assert known.absent(asked) == {run_id for run_id in asked if run_id not in plain}


def test_ids_that_lie_close_and_far_apart_are_looked_up_alike() -> None:
    """There are two ways to look many up; both must find the same."""
    known = IdSet(range(0, 10_000, 2))
    assert known.absent([9_999, 4, 5, 1]) == {1, 5, 9_999}
    assert known.absent(range(100, 110)) == {101, 103, 105, 107, 109}
    assert known.absent([]) == set()
    assert IdSet().absent([3]) == {3}
    assert "3" not in known
