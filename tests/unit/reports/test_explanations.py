"""Each kind of check in plain words, and the page that says more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from probe_gate import home
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.verdict import Check, CheckOutcome
from probe_gate.reports.explanations import EXPLANATIONS, Explanation, explain, hint_of, title_of_check
from tests.harness import factories as make

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"

EACH = pytest.mark.parametrize("explanation", EXPLANATIONS, ids=lambda explanation: explanation.kind)


def test_every_check_that_a_gate_makes_is_explained() -> None:
    """A policy with every limit set, and a waiver."""
    policy = make.make_strict_policy(waivers=(make.make_waiver(check="no-such-check"),))
    verdict = evaluate(policy, make.make_evidence(baseline=make.make_baseline()))
    kinds = {check.kind for check in verdict.checks}
    assert kinds == {explanation.kind for explanation in EXPLANATIONS}


@EACH
def test_an_explanation_is_two_sentences_and_an_act(explanation: Explanation) -> None:
    """Short enough to be read at midnight."""
    for sentence in (explanation.measures, explanation.fails):
        assert sentence.endswith(".")
        assert not re.search(r"\. [A-Z]", sentence)
    assert len(explanation.measures) + len(explanation.fails) < 330
    assert explanation.acts.endswith(".")


@EACH
def test_the_page_has_a_section_for_it(explanation: Explanation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the anchor that the link names: what it measures, why it may not pass, what to do."""
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    (section,) = (section for section in sections if section.startswith(explanation.kind + "\n"))
    monkeypatch.setattr(home, "OWNER", "acme")
    assert explanation.link == f"https://github.com/acme/probe-gate/blob/main/docs/checks.md#{explanation.kind}"
    for part in ("**What it measures.**", "**Why it may not pass.**", "**What to do.**"):
        assert part in section


def test_the_page_has_no_other_section() -> None:
    """A check that is gone is not explained."""
    headings = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings == [*(explanation.kind for explanation in EXPLANATIONS), "Confirming a failure"]


def test_a_title_names_what_is_checked() -> None:
    """The name is put in as it is: it is no format string."""
    explanation = explain("category-score")
    assert explanation is not None
    assert explanation.title_of("Security") == "Score of Security"
    assert explanation.title_of("{0} {x!r}") == "Score of {0} {x!r}"
    assert explanation.title_of("") == "Score of one category"


def test_an_unknown_kind_has_no_explanation() -> None:
    """Reports then show what the check itself says."""
    assert explain("new-check") is None


def test_a_check_of_an_unknown_kind_keeps_its_id_and_its_own_hint() -> None:
    """There is nothing else to say of it."""
    check = Check("new-check:name", CheckOutcome.FAILED, "", hint="Do this.")
    assert (title_of_check(check), hint_of(check)) == ("new-check:name", "Do this.")
    assert hint_of(replace(check, hint="")) == ""


def test_a_check_has_its_own_hint_or_that_of_its_kind() -> None:
    """Its own one is the narrower of the two."""
    check = Check("category-score:Security", CheckOutcome.FAILED, "", hint="Do this.")
    explanation = explain(check.kind)
    assert explanation is not None
    assert title_of_check(check) == "Score of Security"
    assert hint_of(check) == "Do this."
    assert hint_of(replace(check, hint="")) == explanation.acts
