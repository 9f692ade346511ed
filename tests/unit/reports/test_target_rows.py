"""Scores, waivers and facts of a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence, Overlap, RunOrigin, Unavailable
from probe_gate.domain.policy import Policy
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.target_rows import (
    MAX_PROBES,
    Fact,
    ScoreRow,
    WaiverRow,
    earlier_scores,
    run_facts,
    score_rows,
    waiver_rows,
)
from tests.harness import factories as make
from tests.harness.profiles import examples

STRICT = make.make_strict_policy(max_score_drop=None, baseline=None)


def rows_of(evidence: Evidence, policy: Policy = STRICT) -> dict[str, ScoreRow]:
    return {row.name: row for row in score_rows(evaluate(policy, evidence))}


def test_overall_first_then_categories_by_name() -> None:
    """With minimum, what it was before, and the outcome of its check; one without a score is left out."""
    rows = rows_of(make.make_evidence())
    assert list(rows) == ["Overall", "Business Alignment", "Safety", "Security"]
    assert rows["Security"] == ScoreRow("Security", 91.0, 90.0, 91.0, CheckOutcome.PASSED)
    assert rows["Overall"].change == 2


def test_a_named_category_without_a_score_has_a_row() -> None:
    """Its minimum could not be judged: that must be seen."""
    policy = make.make_policy(min_category_scores=(make.make_minimum("Privacy"),))
    assert rows_of(make.make_evidence(), policy)["Privacy"] == ScoreRow("Privacy", None, 90.0, None, CheckOutcome.ERROR)


def test_stale_scores_are_shown_as_not_judged() -> None:
    """They are there, but nobody may take them for this run's."""
    rows = rows_of(make.make_evidence(stable_seconds=0.0))
    assert rows["Overall"].score == 84
    assert rows["Overall"].outcome is None


def test_nothing_to_show_without_scores() -> None:
    """Only the minimum that could not be judged."""
    rows = rows_of(make.make_evidence(scores=Unavailable("None.")), make.make_policy())
    assert rows == {"Overall": ScoreRow("Overall", None, 80.0, 82, CheckOutcome.ERROR)}


def test_a_minimum_for_all_categories_shows_at_each() -> None:
    """Also where the scores could not be judged, and there is no check for each."""
    rows = rows_of(
        make.make_evidence(stable_seconds=0.0), make.make_policy(min_category_scores=(make.make_minimum("*", 70),))
    )
    assert {name: row.minimum for name, row in rows.items()} == {
        "Overall": 80.0,
        "Business Alignment": 70.0,
        "Safety": 70.0,
        "Security": 70.0,
    }


def test_a_minimum_for_all_categories_shows_when_there_is_none() -> None:
    """A platform that reports no category at all."""
    evidence = make.make_evidence(scores=make.make_scores(categories=None), scores_before=Unavailable("None."))
    rows = rows_of(evidence, make.make_policy(min_category_scores=(make.make_minimum("*", 70),)))
    assert rows["Each category"] == ScoreRow("Each category", None, 70.0, None, CheckOutcome.ERROR)


def test_compares_with_the_baseline_where_there_is_one() -> None:
    """Otherwise with the reading before the run; with nothing when there is neither."""
    assert (
        earlier_scores(make.make_target_verdict(evidence=make.make_evidence(baseline=make.make_baseline())))[1]
        == "baseline"
    )
    assert earlier_scores(make.make_target_verdict())[1] == "before this run"
    missing = make.make_evidence(scores_before=Unavailable("None."))
    assert earlier_scores(make.make_target_verdict(evidence=missing)) == (None, "")


TODAY = make.NOW.date()


def waivers_of(*changes: dict[str, Any]) -> list[WaiverRow]:
    evidence = make.make_evidence(scores=make.make_scores(categories={"Security": 95.0, "Safety": 60.0}))
    policy = make.make_strict_policy(
        max_score_drop=None, baseline=None, waivers=tuple(make.make_waiver(**change) for change in changes)
    )
    return waiver_rows(evaluate(policy, evidence))


@pytest.mark.parametrize(
    ("days", "state"), [(30, "in use, 30 days left"), (1, "in use, 1 day left"), (0, "in use, last day"), (-1, "ended")]
)
def test_says_how_long_it_holds(days: int, state: str) -> None:
    """Until the end of its last day."""
    (row,) = waivers_of({"until": TODAY + timedelta(days=days)})
    assert row.state == state
    assert row.is_used == (days >= 0)


def test_says_when_it_is_not_needed() -> None:
    """The check passes without it."""
    (row,) = waivers_of({"check": "category-score:Security"})
    assert row.state == "not needed, 30 days left"


def test_those_of_other_targets_are_left_out() -> None:
    """And the one that ends first is on top."""
    rows = waivers_of({"target": "43"}, {"target": "*", "reason": "late"}, {"until": TODAY, "reason": "soon"})
    assert [row.reason for row in rows] == ["soon", "late"]


def facts_of(**changes: Any) -> dict[str, Fact]:
    found = run_facts(make.make_target_verdict(evidence=make.make_evidence(**changes)))
    assert len({fact.label for fact in found}) == len(found)
    return {fact.label: fact for fact in found}


def test_tells_what_the_verdict_rests_on() -> None:
    """The run with its link, its run tag, counts, probes, and whether others had a part."""
    facts = facts_of()
    assert facts["Test run"].text == "7001"
    assert facts["Test run"].address.endswith("/test-runs/7001")
    assert facts["Run tag"] == Fact("Run tag", "pg-k3x9q2", is_literal=True)
    assert facts["Test cases"].text == "96 passed, 3 failed, 1 in error, of 100 planned"
    assert facts["Other runs in the scores"].text == "none"
    assert facts["Attacks behind the scores"].text == "31 of 1,200 succeeded, over all probes"


def test_what_is_missing_says_why() -> None:
    """No empty cells."""
    facts = facts_of(
        run=Unavailable("No run was started."), scores=Unavailable("Not read."), overlaps=Unavailable("Not looked for.")
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
    facts = facts_of(facts=make.make_facts(origin=RunOrigin.NONE, tag="", job=""), run=Unavailable("No run."))
    assert facts["Origin"].text == "no run: the target's current scores were judged"
    assert not {"Requested probes", "Other runs in the scores", "Run tag", "CI job"} & set(facts)


def test_long_lists_of_probes_are_cut() -> None:
    """With a word about how many more there are."""
    run = make.make_run(probes=tuple(f"P{index}" for index in range(MAX_PROBES + 5)))
    facts = facts_of(run=run, facts=make.make_facts(probe_ids=tuple(range(100))))
    assert facts["Probes that ran"].text.endswith("P59 and 5 more")
    assert facts["Requested probes"].text.endswith("59 and 40 more")


def test_who_started_a_run_is_not_told() -> None:
    """No report contains an e-mail address."""
    facts = facts_of(run=make.make_run(started_by="someone@example.com"))
    assert not any("someone" in fact.text for fact in facts.values())


@given(make.evidences(make.hostile_text()))
@settings(max_examples=examples(50))
def test_any_evidence_has_facts(evidence: Evidence) -> None:
    """Total, and at least the moment of judging is known."""
    facts = run_facts(make.make_target_verdict(evidence=evidence))
    assert facts[-1].label == "Judged"


def test_a_gate_that_started_no_run_describes_none() -> None:
    """An outage or a wrong key before the trigger: no origin, no run tag, and no message in place of the run."""
    facts = replace(make.make_evidence().facts, triggered_at=None)
    evidence = make.make_evidence(run=Unavailable("The platform answered 503."), facts=facts)
    found = {fact.label: fact.text for fact in run_facts(evaluate(STRICT, evidence))}
    assert found["Test run"] == "none was started"
    assert not {"Origin", "Run tag"} & set(found)


def test_a_given_run_that_the_platform_does_not_list_is_not_called_existing() -> None:
    """A wrong --test-run-id, for example."""
    facts = replace(make.make_evidence().facts, triggered_at=None, origin=RunOrigin.EXISTING)
    evidence = make.make_evidence(run=Unavailable("Target 42 has no test run 9999."), facts=facts)
    found = {fact.label: fact.text for fact in run_facts(evaluate(STRICT, evidence))}
    assert found["Test run"] == "not seen on the platform"
    assert "Origin" not in found
