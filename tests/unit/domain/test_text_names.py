"""How a target is called."""

from __future__ import annotations

from hypothesis import given

from probe_gate.domain.evidence import Target
from probe_gate.domain.text import name_of, short_name_of
from tests.harness import factories as make


def test_a_name_and_its_id() -> None:
    """The name for people, the id to find it by."""
    assert (name_of(Target(42, "Support bot")), short_name_of(Target(42, "Support bot"))) == (
        "Support bot (target 42)",
        "Support bot",
    )


def test_without_a_name_it_is_the_id() -> None:
    """No name, and a name of blanks, are none."""
    for name in (None, "", "  "):
        assert name_of(Target(42, name)) == short_name_of(Target(42, name)) == "target 42"


@given(make.targets(make.hostile_text(300)))
def test_any_name_is_one_harmless_line(target: Target) -> None:
    """A name cannot break a line, hide, or fill the page; and it is never empty."""
    for text in (name_of(target), short_name_of(target)):
        assert text
        assert text.replace("\u200c", "").replace("\u200d", "").isprintable()
        assert len(text) < 120
