"""Sets of run ids, for listings of a million runs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.run_list import IdSet

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
