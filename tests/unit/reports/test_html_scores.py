"""The gauge and the bars of the page."""

from __future__ import annotations

from probe_gate.domain.evidence import Missing
from probe_gate.reports.html_scores import MOST_CATEGORIES, view_scores
from tests.harness import factories as make
from tests.harness import samples


def test_the_gauge_tells_score_band_minimum_and_change() -> None:
    """On the platform's own bands."""
    gauge = view_scores(samples.failing().targets[0]).gauge
    assert gauge is not None
    assert (gauge.score, gauge.band, gauge.minimum_text, gauge.earlier_text) == ("74", "medium", "80", "−8")


def test_each_category_is_a_bar_in_the_tone_of_its_check() -> None:
    """Failed ones are told apart by colour, sign and number."""
    rows = {row.name: row for row in view_scores(samples.failing().targets[0]).categories}
    assert (rows["Security"].tone, rows["Security"].sign, rows["Security"].width) == ("bad", "✗", 62.5)
    assert (rows["Safety"].tone, rows["Safety"].change) == ("good", "±0")


def test_scores_of_another_run_are_not_shown_as_judged() -> None:
    """The page says so and draws them pale."""
    view = view_scores(samples.judge(samples.evidence(stable_seconds=0.0)).targets[0])
    assert not view.is_judged
    assert view.overall is not None
    assert view.overall.tone == "doubt"


def test_a_platform_without_scores_has_no_gauge() -> None:
    """The minimum that was asked for is still shown."""
    view = view_scores(samples.judge(samples.evidence(scores=Missing("None."))).targets[0])
    assert view.gauge is None
    assert view.overall is not None
    assert view.overall.score == "none"


def test_a_category_called_overall_is_a_category() -> None:
    """Names are the platform's own."""
    scores = make.make_scores(categories={"Overall": 12.0})
    view = view_scores(samples.judge(samples.evidence(scores=scores)).targets[0])
    assert view.overall is not None
    assert view.overall.score == "84"
    assert [row.score for row in view.categories if row.name == "Overall"] == ["12"]


def test_hundreds_of_categories_are_cut() -> None:
    """And counted."""
    scores = make.make_scores(categories={f"C{index}": 50.0 for index in range(100)})
    view = view_scores(samples.judge(samples.evidence(scores=scores), policy=make.make_policy()).targets[0])
    assert len(view.categories) == MOST_CATEGORIES
    assert view.more_categories == 60
