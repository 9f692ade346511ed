"""Which targets fall to which part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.shard import is_in_shard
from tests.harness import factories as make

IDS = st.lists(make.int32(), max_size=30, unique=True)
COUNTS = st.integers(1, 12)


def taken(ids: list[int], number: int, count: int) -> list[int]:
    return [id_ for id_ in ids if is_in_shard(id_, (number, count))]


@given(IDS, COUNTS)
def test_every_target_falls_to_exactly_one_part(ids: list[int], count: int) -> None:
    """All parts together are all targets, and none is gated twice."""
    together = [id_ for number in range(1, count + 1) for id_ in taken(ids, number, count)]
    assert sorted(together) == sorted(ids)


@given(IDS, make.int32(), COUNTS)
def test_adding_a_target_moves_no_other(ids: list[int], added: int, count: int) -> None:
    """Each part keeps what it had."""
    for number in range(1, count + 1):
        before, after = taken(ids, number, count), taken([*ids, added], number, count)
        assert after[: len(before)] == before


def test_parts_are_about_even() -> None:
    """Ids that follow one another, as a platform gives them, spread over the parts."""
    for count in (2, 3, 5, 8):
        sizes = [len(taken(list(range(1, 401)), number, count)) for number in range(1, count + 1)]
        assert max(sizes) < 1.5 * 400 / count
        assert min(sizes) > 400 / count / 1.5


def test_the_split_stays_as_it_is() -> None:
    """Another release must split the same way: parts of one pipeline may run different ones."""
    assert [taken(list(range(1, 13)), number, 3) for number in (1, 2, 3)] == [
        [7, 9, 10, 11, 12],
        [2, 3, 4, 5, 6],
        [1, 8],
    ]
