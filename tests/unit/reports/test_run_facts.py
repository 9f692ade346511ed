"""What is known of a run, in labelled lines."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from probe_gate.domain.evidence import Evidence, Missing, Overlap, RunOrigin
from probe_gate.reports.run_facts import MOST_PROBES, Fact, run_facts
from tests.harness import factories as make
from tests.harness.profiles import examples


def facts_of(**changes: Any) -> dict[str, Fact]:
    found = run_facts(make.make_target_verdict(evidence=make.make_evidence(**changes)))
    assert len({fact.label for fact in found}) == len(found)
    return {fact.label: fact for fact in found}


def test_tells_what_the_verdict_rests_on() -> None:
    """The run with its link, its mark, counts, probes, and whether others had a part."""
    facts = facts_of()
    assert facts["Test run"].text == "7001"
    assert facts["Test run"].address.endswith("/test-runs/7001")
    assert facts["Mark"] == Fact("Mark", "pg-k3x9q2", is_literal=True)
    assert facts["Test cases"].text == "96 passed, 3 failed, 1 in error, of 100 planned"
    assert facts["Other runs in the scores"].text == "none"
    assert facts["Attacks behind the scores"].text == "31 of 1,200 succeeded, over all probes"


def test_what_is_missing_says_why() -> None:
    """No empty cells."""
    facts = facts_of(
        run=Missing("No run was started."), scores=Missing("Not read."), overlaps=Missing("Not looked for.")
    )
    assert facts["Test run"].text == "No run was started."
    assert facts["Scores"].text == "Not read."
    assert facts["Other runs in the scores"].text == "Not looked for."


def test_other_runs_are_named() -> None:
    """So that their owner can be found."""
    overlap = Overlap(6999, "RUNNING", None, "it was going when this run was started")
    text = facts_of(overlaps=(overlap,))["Other runs in the scores"].text
    assert text == "run 6999 (it was going when this run was started)"


def test_a_check_without_a_run_speaks_of_scores_only() -> None:
    """Nothing was asked for, nothing could overlap."""
    facts = facts_of(facts=make.make_facts(origin=RunOrigin.NONE, mark="", job=""), run=Missing("No run."))
    assert facts["Where it came from"].text == "none: the target's present scores were judged"
    assert not {"Probes asked for", "Other runs in the scores", "Mark", "CI job"} & set(facts)


def test_long_lists_of_probes_are_cut() -> None:
    """With a word about how many more there are."""
    run = make.make_run(probes=tuple(f"P{index}" for index in range(MOST_PROBES + 5)))
    facts = facts_of(run=run, facts=make.make_facts(probe_ids=tuple(range(100))))
    assert facts["Probes that ran"].text.endswith("P59 and 5 more")
    assert facts["Probes asked for"].text.endswith("59 and 40 more")


def test_who_started_a_run_is_not_told() -> None:
    """An e-mail address stands in no report."""
    facts = facts_of(run=make.make_run(started_by="someone@example.com"))
    assert not any("someone" in fact.text for fact in facts.values())


@given(make.evidences(make.hostile_text()))
@settings(max_examples=examples(50), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_evidence_has_facts(evidence: Evidence) -> None:
    """Total, and at least the moment of judging is known."""
    facts = run_facts(make.make_target_verdict(evidence=evidence))
    assert facts[-1].label == "Judged"
