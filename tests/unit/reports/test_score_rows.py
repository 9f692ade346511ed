"""The scores of a target as rows."""

from __future__ import annotations

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence, Missing
from probe_gate.domain.policy import Policy
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.reports.score_rows import ScoreRow, earlier_scores, score_rows
from tests.harness import factories as make

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
    rows = rows_of(make.make_evidence(scores=Missing("None.")), make.make_policy())
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
    evidence = make.make_evidence(scores=make.make_scores(categories=None), scores_before=Missing("None."))
    rows = rows_of(evidence, make.make_policy(min_category_scores=(make.make_minimum("*", 70),)))
    assert rows["Each category"] == ScoreRow("Each category", None, 70.0, None, CheckOutcome.ERROR)


def test_compares_with_the_baseline_where_there_is_one() -> None:
    """Otherwise with the reading before the run; with nothing when there is neither."""
    assert (
        earlier_scores(make.make_target_verdict(evidence=make.make_evidence(baseline=make.make_baseline())))[1]
        == "baseline"
    )
    assert earlier_scores(make.make_target_verdict())[1] == "before this run"
    missing = make.make_evidence(scores_before=Missing("None."))
    assert earlier_scores(make.make_target_verdict(evidence=missing)) == (None, "")
