"""A policy put together from parts."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.policy import (
    REST,
    CategoryMinimum,
    Limit,
    Origin,
    Policy,
    PolicyPart,
    SoftFail,
    build_policy,
    soft_fail_of,
)
from probe_gate.errors import Outcome

FILE, FLAG = Origin("file"), Origin("--flag")


def part(origin: Origin, score: int | None = None, **categories: int) -> PolicyPart:
    limits = {"min-score": Limit(Decimal(score), origin)} if score is not None else {}
    named = [
        CategoryMinimum(REST if name == "rest" else name, Limit(Decimal(least), origin))
        for name, least in categories.items()
    ]
    return PolicyPart(limits, tuple(named))


def test_no_parts_make_the_defaults() -> None:
    """80 overall, 10 percent errors, one test case."""
    assert build_policy([]) == Policy()


def test_a_later_part_wins_key_by_key() -> None:
    """And the limit says where it came from; what it does not name stays."""
    file = PolicyPart({"min-score": Limit(Decimal(70), FILE), "max-error-rate": Limit(Decimal(5), FILE)})
    policy = build_policy([file, part(FLAG, 90)])
    assert policy.min_score == Limit(Decimal(90), FLAG)
    assert policy.max_error_rate == Limit(Decimal(5), FILE)


def test_categories_are_overridden_one_by_one_in_any_case() -> None:
    """A target that is stricter about one category keeps the others' minimums."""
    policy = build_policy([part(FILE, None, Security=90, rest=70), part(FLAG, None, security=95, Custom=50)])
    assert [(one.category, int(one.limit.value)) for one in policy.min_category_scores] == [
        ("Custom", 50),
        ("security", 95),
        (REST, 70),
    ]


def test_soft_fail_is_replaced_as_a_whole() -> None:
    """The last that says anything about it counts, an empty list too."""
    first = PolicyPart(soft_fail=SoftFail(frozenset({Outcome.FAILED}), FILE))
    second = PolicyPart(soft_fail=SoftFail(frozenset(), FLAG))
    assert build_policy([first]).soft_fail == {Outcome.FAILED}
    assert build_policy([first, second]).soft_fail == frozenset()
    assert soft_fail_of([first, second, PolicyPart()]).origin is FLAG


PARTS = st.builds(
    part,
    st.just(FILE),
    st.none() | st.integers(0, 100),
    Security=st.integers(0, 100),
    Safety=st.integers(0, 100),
    rest=st.integers(0, 100),
)


@given(st.lists(PARTS, max_size=3))
def test_overriding_with_itself_changes_nothing(parts: list[PolicyPart]) -> None:
    """Each part twice is each part once."""
    assert build_policy([one for one in parts for _ in range(2)]) == build_policy(parts)


@given(PARTS, st.randoms())
def test_the_order_of_categories_changes_nothing(one: PolicyPart, random: object) -> None:
    """Two files that differ in order only are the same policy."""
    shuffled = list(one.categories)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build_policy([PolicyPart(one.limits, tuple(shuffled))]) == build_policy([one])
