"""What the page shows of a verdict."""

from __future__ import annotations

from probe_gate.domain.evidence import Target
from probe_gate.reports.html_view import view_page, view_target
from probe_gate.reports.story import sort_targets
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
    """`The score of Security`, not `category-score`."""
    titles = [item.title for item in view_target(samples.failing().targets[0]).problems]
    assert titles == ["The overall score", "The score of Security", "How often attacks succeeded"]


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
