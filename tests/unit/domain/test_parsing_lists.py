"""Ids, probes, categories and outcomes read from text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.parsing import (
    MAX_IDS,
    parse_category,
    parse_ids,
    parse_probes,
    parse_soft_fail,
    parse_text,
)
from probe_gate.domain.probes import ALL_PROBES, ChosenProbes, ProbeChoice, ProbesByRisk, RecommendedProbes, RiskLevel
from probe_gate.errors import Outcome


@pytest.mark.parametrize("text", ["1,2,3", "[1,2,3]", "3, 1 ,2", "1\n2\n3", "1,\n2,\n3\n", "[ 1, 2, 3 ]"])
def test_ids_stand_between_commas_or_on_lines(text: str) -> None:
    """Brackets are what the vendor's own variable has."""
    assert parse_ids(text) == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1,1", "1 is named twice"),
        ("1,,2", "has an empty entry in its list"),
        ("[]", "has an empty entry in its list"),
        (",", "has an empty entry in its list"),
        ("1,x", "x is not a whole number"),
        ("[1,2", r"\[1 is not a whole number"),
        ("0", "0 is not between 1 and 2147483647"),
        (",".join(str(number) for number in range(1, MAX_IDS + 2)), "10001 ids are named; at most 10000 are allowed"),
    ],
)
def test_a_slip_in_a_list_of_ids_is_named(text: str, says: str) -> None:
    """None is dropped in silence."""
    with pytest.raises(ValueError, match=says):
        parse_ids(text)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("[2,1]", ChosenProbes((1, 2))),
        ("7", ChosenProbes((7,))),
        ("Recommended", RecommendedProbes()),
        ("all", ALL_PROBES),
        ("risk>=high", ProbesByRisk(RiskLevel.HIGH)),
        ("RISK >= Critical", ProbesByRisk(RiskLevel.CRITICAL)),
    ],
)
def test_probes_are_ids_or_a_word(text: str, choice: ProbeChoice) -> None:
    """As the interface says."""
    assert parse_probes(text) == choice


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("risk>=huge", "huge is not a risk level"),
        ("risk>=hi", "hi is not a risk level; did you mean high?"),
        ("risk>high", "names no probes; write ids such as 1,2, or recommended, or risk>=high, or all"),
        ("null", "names no probes"),
        ("1;2", "1;2 is not a whole number"),
    ],
)
def test_probes_that_make_no_sense_are_refused(text: str, says: str) -> None:
    """With what could stand there."""
    with pytest.raises(ValueError, match=says):
        parse_probes(text)


def test_risk_levels_have_an_order() -> None:
    """Lowest first."""
    assert sorted(RiskLevel, key=lambda level: level.rank) == [
        RiskLevel.LOW,
        RiskLevel.MEDIUM,
        RiskLevel.HIGH,
        RiskLevel.CRITICAL,
    ]


def test_only_some_outcomes_can_be_softened() -> None:
    """A wrong configuration never can."""
    assert parse_soft_fail("Timed-Out") is Outcome.TIMED_OUT
    with pytest.raises(ValueError, match="config-error is not an outcome that can be softened"):
        parse_soft_fail("config-error")
    with pytest.raises(ValueError, match="did you mean failed"):
        parse_soft_fail("fail")


@pytest.mark.parametrize("text", ["a\nb", "a\x1b[31m", "\u202eabc", "x" * 201, "\ud800"])
def test_text_is_one_printable_line(text: str) -> None:
    """Nothing that could change what a log shows."""
    with pytest.raises(ValueError, match="it h"):
        parse_text(text)


def test_a_category_has_a_name() -> None:
    """Blanks around it do not count."""
    assert parse_category("  Hallucination & Trustworthiness ") == "Hallucination & Trustworthiness"
    with pytest.raises(ValueError, match="no name"):
        parse_category(" ")


@given(st.lists(st.integers(1, 2**31 - 1), min_size=1, max_size=20, unique=True))
def test_ids_come_back(ids: list[int]) -> None:
    """In any order, bracketed or not."""
    text = ",".join(map(str, ids))
    assert parse_ids(text) == parse_ids(f"[{text}]") == tuple(sorted(ids))
