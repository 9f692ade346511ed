"""The quicker dataclass, held to the standard library's."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.quick_dataclass import dataclass

Define = Callable[..., Callable[[type], type]]


def make_pair(*, frozen: bool) -> tuple[type[Any], type[Any]]:
    """The same class by the standard library and by ours."""

    def make(define: Define) -> type[Any]:
        class Point:
            """A class with every kind of field that is used."""

            x: int
            label: str = "a"
            tags: list[str] = dataclasses.field(default_factory=list)
            hidden: str = dataclasses.field(default="h", repr=False)
            note: str = dataclasses.field(default="n", compare=False)

        return define(frozen=frozen, slots=True)(Point)

    return make(dataclasses.dataclass), make(dataclass)


FROZEN = make_pair(frozen=True)
PLAIN = make_pair(frozen=False)
WORDS = st.sampled_from(["a", "b"])
VALUES = st.fixed_dictionaries(
    {"x": st.integers(0, 2)},
    optional={"label": WORDS, "tags": st.lists(WORDS, max_size=1), "hidden": WORDS, "note": WORDS},
)


@given(VALUES, VALUES, st.sampled_from([FROZEN, PLAIN]))
def test_values_are_made_compared_and_shown_as_usual(
    one: dict[str, Any], other: dict[str, Any], pair: tuple[type[Any], type[Any]]
) -> None:
    """Whatever is given and left out."""
    usual, quick = pair
    assert (quick(**one) == quick(**other)) == (usual(**one) == usual(**other))
    assert repr(quick(**one)) == repr(usual(**one))
    assert dataclasses.asdict(quick(**one)) == dataclasses.asdict(usual(**one))
    assert dataclasses.replace(quick(**one), **other) == quick(**{**one, **other})
    assert quick(**one) != usual(**one)


def test_a_list_that_is_made_by_default_is_made_anew() -> None:
    """One value's list is not another's."""
    quick = FROZEN[1]
    assert quick(1).tags is not quick(1).tags


def test_a_frozen_value_stays_as_it_is() -> None:
    """And can be a key, a copy or a pickle; one that may change is no key."""
    value: Any = Kept(5, "a")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        value.x = 6
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del value.x
    assert hash(value) == hash(copy.copy(value))
    assert copy.deepcopy(value) == value == Kept(5, "a")
    assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own
    changing = PLAIN[1](1)
    changing.x = 2
    assert changing.x == 2
    with pytest.raises(TypeError, match="unhashable"):
        hash(changing)


@dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickle looks for it."""

    x: int
    label: str

    def __repr__(self) -> str:
        return "its own"


def test_methods_that_the_class_has_itself_are_kept() -> None:
    """As the standard library keeps them."""
    assert repr(Kept(1, "a")) == "its own"
    match Kept(1, "a"):
        case Kept(x, label):
            assert (x, label) == (1, "a")
    assert not hasattr(Kept(1, "a"), "__dict__")


def test_wrong_arguments_are_refused() -> None:
    """Missing ones, unknown ones and too many."""
    quick = FROZEN[1]
    for arguments, named in (((), {}), ((1,), {"y": 2}), ((1, "a", [], "h", "n", 6), {})):
        with pytest.raises(TypeError, match=r"Point\.__init__\(\)"):
            quick(*arguments, **named)
