"""The mark that leads a run's name."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.use_cases.run_tag import (
    NONCE_LENGTH,
    OWNER_LENGTH,
    RunTag,
    belongs_to,
    make_run_tag,
    owner_code,
    parse_run_tag,
)

TEXTS = st.lists(st.text(max_size=8), min_size=1, max_size=4)


@given(TEXTS, st.none() | st.integers(1, 10**12), st.booleans())
def test_a_mark_is_read_as_it_was_made(identity: list[str], attempt: int | None, has_owner: bool) -> None:
    """In front of whatever name follows."""
    owner = owner_code(identity) if has_owner else ""
    tag = make_run_tag(identity, attempt, 42, "all", "k4x7q2", owner)
    assert parse_run_tag(f"{tag.text} main (4f2a9c1d)") == tag
    assert len(owner) == (OWNER_LENGTH if has_owner else 0)


@given(TEXTS, TEXTS)
def test_an_owner_code_tells_jobs_apart(one: list[str], other: list[str]) -> None:
    """It depends on the identity alone, and on where its parts end."""
    assert owner_code(one) == owner_code(list(one))
    assert (owner_code(one) == owner_code(other)) == (one == other)


def test_a_mark_belongs_to_the_job_that_made_it() -> None:
    """In the attempt that made it and in later ones, which may have taken its run up."""
    owner, other = owner_code(("gitlab", "acme/bot", "700", "gate")), owner_code(("gitlab", "acme/bot", "701", "gate"))
    text = make_run_tag(("x",), 2, 42, "all", "k4x7q2", owner).text
    assert belongs_to(text, owner, 2)
    assert belongs_to(text, owner, 3)
    assert belongs_to(text, owner, None)
    assert not belongs_to(text, owner, 1)
    assert not belongs_to(text, other, 2)
    assert not belongs_to(text, "", 2)
    assert not belongs_to(f"{text} main", owner, 2)
    assert not belongs_to(make_run_tag(("x",), 2, 42, "all", "k4x7q2").text, "", 2)


def test_a_mark_of_another_length_has_no_owner() -> None:
    """Such as one of an earlier release."""
    assert parse_run_tag("pg-3f9a2c1b.2.k4x7q main") == RunTag("3f9a2c1b", 2, "k4x7q")
    assert parse_run_tag("pg-3f9a2c1b.0.k4x7q2") == RunTag("3f9a2c1b", None, "k" + "4x7q2")
    assert NONCE_LENGTH == 6


@given(TEXTS, st.none() | st.integers(1, 10**12), st.integers(1, 5), st.booleans())
def test_the_number_of_a_run_is_part_of_its_mark(
    identity: list[str], attempt: int | None, number: int, has_owner: bool
) -> None:
    """So that no two runs of a gate have the same, and a later attempt finds each of them by the key."""
    owner = owner_code(identity) if has_owner else ""
    first = make_run_tag(identity, attempt, 42, "all", "k4x7q2", owner)
    tag = replace(first, number=number)
    assert parse_run_tag(f"{tag.text} main") == tag
    assert tag.text == (first.text if number == 1 else f"{first.text}.{number}")
    assert tag.text.startswith(first.key_prefix)
    assert not has_owner or belongs_to(tag.text, owner, attempt)
    if attempt is not None:
        later = replace(first, attempt=attempt + 1, nonce="h3j9wz")
        assert later.is_later_attempt_than(tag)


def test_a_number_that_no_gate_gives_is_no_mark() -> None:
    """What follows a run tag is not part of it, unless it could be taken for a part."""
    assert parse_run_tag("pg-3f9a2c1b.2.k4x7q2.1 main") is None
    assert parse_run_tag("pg-3f9a2c1b.2.k4x7q2.22 main") is None
    assert parse_run_tag("pg-3f9a2c1b.2.k4x7q2.2.2 main") is None
