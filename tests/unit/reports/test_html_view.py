"""What the page shows of a target."""

from __future__ import annotations

from probe_gate.domain.evidence import Target, Unavailable
from probe_gate.reports.html_view import MAX_CATEGORIES, view_page, view_scores, view_target
from probe_gate.reports.presentation import sort_targets
from tests.harness import factories as make
from tests.harness import samples


def test_a_number_stands_apart_from_what_explains_it() -> None:
    """`9.1 %` large, `9 of 99` small."""
    view = view_target(samples.failing().targets[0])
    (rate,) = (item for item in view.problems if item.check.kind == "attack-success-rate")
    assert (rate.number, rate.detail) == ("9.1 %", "9 of 99")


def test_a_confidence_interval_keeps_all_its_words() -> None:
    """Nothing is lost when the measure has more behind its brackets."""
    check = make.make_failed_check(measured="9.1 % (9 of 99), 95 % interval 4.9 to 16.4 %")
    view = view_target(make.make_failed_target(checks=(check,)))
    assert (view.problems[0].number, view.problems[0].detail) == ("9.1 %", "9 of 99, 95 % interval 4.9 to 16.4 %")


def test_titles_name_the_category() -> None:
    """`Score of Security`, not `category-score`."""
    titles = [item.title for item in view_target(samples.failing().targets[0]).problems]
    assert titles == ["Overall score", "Score of Security", "Attack success rate"]


def test_only_so_many_targets_are_shown_in_full() -> None:
    """The worst; the rest is counted."""
    verdict = samples.fleet(9)
    page = view_page(verdict, sort_targets(verdict.targets), 4)
    assert [view.tone for view in page.targets] == ["bad", "bad", "bad", "doubt"]
    assert page.more_targets == 5
    assert page.subject == "9 targets"


def test_the_link_to_the_run_is_a_web_page_or_none() -> None:
    """Never a script."""
    assert view_target(samples.failing(run_url="javascript:alert(1)").targets[0]).run_address == ""


def test_a_target_without_a_name_has_its_number() -> None:
    """As everywhere."""
    assert view_target(samples.failing(target=Target(7)).targets[0]).name == "target 7"


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
    view = view_scores(samples.judge(samples.evidence(scores=Unavailable("None."))).targets[0])
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
    assert len(view.categories) == MAX_CATEGORIES
    assert view.more_categories == 60
