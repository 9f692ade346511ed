"""What each report shows of a failure that was confirmed by further runs, or was not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from probe_gate.domain.verdict import TargetVerdict
from probe_gate.domain.verify import find_differences
from probe_gate.files.report_document import render, to_document
from probe_gate.files.report_file import parse_report
from probe_gate.reports.comment import render_comment
from probe_gate.reports.console import render_console
from probe_gate.reports.html import render_html
from probe_gate.reports.junit import render_junit
from probe_gate.reports.summary import render_summary
from probe_gate.reports.target_rows import all_run_rows
from probe_gate.reports.trend import trend_points
from tests.harness import factories as make
from tests.harness import samples

NO_TIME = "There was no time for another run: the first one took 8 min, and 2 min of --timeout were left."


def verdicts() -> dict[str, TargetVerdict]:
    return {
        "not confirmed": samples.confirmed(70, 90, 91),
        "confirmed": samples.confirmed(70, 71),
        "no time": samples.confirmed(70, 90, not_started=NO_TIME),
        "no time for a second run": samples.confirmed(70, not_started=NO_TIME),
    }


@pytest.mark.parametrize("name", verdicts())
def test_report_json_has_all_runs_and_follows_from_them(name: str) -> None:
    """After a round trip, every sentence included."""
    verdict = samples.over(verdicts()[name])
    assert parse_report(render(verdict), "report.json") == verdict
    assert find_differences(verdict, with_words=True) == ()


def test_a_changed_run_is_found() -> None:
    """A report whose failing run was made better no longer follows from its evidence."""
    document = to_document(samples.over(samples.confirmed(70, 90, 91)))
    document["targets"][0]["confirmation"]["runs"][0]["scores"]["overallScore"] = 71
    verdict = parse_report(json.dumps(document), "report.json")
    assert "median of the runs" in {difference.what for difference in find_differences(verdict, with_words=False)}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda confirmation: confirmation.update(runs=confirmation["runs"][:1]), "runs"),
        (lambda confirmation: confirmation["results"][1].update(outcome="failed"), "outcome of run 2"),
        (lambda confirmation: confirmation["results"][0].update(failed=[]), "failed checks of run 1"),
    ],
)
def test_what_a_report_says_of_its_runs_is_compared(change: Callable[[dict[str, Any]], object], what: str) -> None:
    """A run that was left out, or said to have come to something else."""
    document = to_document(samples.over(samples.confirmed(70, 90, 91)))
    change(document["targets"][0]["confirmation"])
    verdict = parse_report(json.dumps(document), "report.json")
    assert what in {difference.what for difference in find_differences(verdict, with_words=False)}


def test_a_confirmation_that_was_left_out_is_found() -> None:
    """The first run alone has failed."""
    document = to_document(samples.over(samples.confirmed(70, 90, 91)))
    document["targets"][0]["confirmation"] = None
    verdict = parse_report(json.dumps(document), "report.json")
    assert "outcome" in {difference.what for difference in find_differences(verdict, with_words=False)}


def test_the_rows_show_each_run_and_the_median() -> None:
    """With the score, the rate, and what failed."""
    rows = all_run_rows(samples.confirmed(70, 90, 91))
    assert [(row.name, row.run_id, row.score, row.rate, row.outcome.value, row.detail) for row in rows] == [
        ("run 1", "7001", "70", "3 % (3 of 99)", "failed", "overall-score"),
        ("run 2", "7002", "90", "3 % (3 of 99)", "passed", ""),
        ("run 3", "7003", "91", "3 % (3 of 99)", "passed", ""),
        ("median of 3 runs", "", "90", "3 % (9 of 297)", "passed", "1 of 3 failed individually"),
    ]
    assert all_run_rows(samples.judge(samples.evidence()).targets[0]) == []


def test_a_row_has_the_rate_that_was_judged_where_the_platform_omits_a_count() -> None:
    """A count that follows from the others, or that the attacks behind the scores confirm."""
    for counts, attacks in (
        (make.make_counts(passed=100, failed=None, errors=0, total=100), (1200, 31)),
        (make.make_counts(passed=None), (100, 3)),
        (make.make_counts(failed=None), (100, 3)),
    ):
        target = samples.confirmed(70, 71, counts=counts, attacks=attacks)
        rates = [row.rate for row in all_run_rows(target)]
        assert rates
        assert "–" not in rates
        (check,) = (check for check in target.checks if check.kind == "attack-success-rate")
        assert all(rate in check.message for rate in rates[:2])


def test_the_console_lists_the_runs() -> None:
    """Above the checks."""
    text = render_console(samples.over(samples.confirmed(70, 90, 91)))
    assert text.startswith("✓ PASSED  The failure was not confirmed: every check passed over 3 runs, of which 1 failed")
    assert "  ✗ run 1 (7001): score 70, attack success rate 3 % (3 of 99), overall-score\n" in text
    assert "  ✓ median of 3 runs: score 90, attack success rate 3 % (9 of 297), 1 of 3 failed individually\n" in text


def test_a_failure_that_stands_says_why() -> None:
    """In the console, the summary, the comment, the page and JUnit."""
    verdict = samples.over(samples.confirmed(70, not_started=NO_TIME))
    for report in (render_console, render_summary, render_comment, render_html, render_junit):
        text = " ".join(report(verdict).replace("\\-", "-").split())
        assert f"{NO_TIME} So the failure of the first run stands." in text, report.__name__


def test_the_summary_has_a_table_of_the_runs_and_the_notes_of_each() -> None:
    """Each with its link."""
    text = render_summary(samples.over(samples.confirmed(70, 90, 91)))
    assert (
        "| Run 2 | [7002](<https://probe.example.com/w/5/target/42/test-runs/7002>) | 90 | 3 % (3 of 99) | passed | – |"
        in text
    )
    assert "| Median of 3 runs | – | 90 | 3 % (9 of 297) | passed | 1 of 3 failed individually |" in text
    assert "> A note on run 1." in text
    assert "> Run 3: A note on run 3." in text


def test_the_comment_names_the_runs_in_one_line() -> None:
    """It has no room for a table."""
    text = render_comment(samples.over(samples.confirmed(70, 71)))
    (line,) = (line for line in text.splitlines() if "Individually" in line)
    assert line.startswith("The failure was confirmed: of 2 runs, 2 failed (overall-score). Individually: [run 1](<")
    assert line.endswith(") failed (71).")


def test_the_page_has_a_table_of_the_runs() -> None:
    """And calls the facts below it those of the first one."""
    page = render_html(samples.over(samples.confirmed(70, 90, 91)))
    assert 'href="https://probe.example.com/w/5/target/42/test-runs/7003" rel="noreferrer">test run 7003</a>' in page
    assert "The first run" in page
    assert "Median of 3 runs" in page


def test_junit_stays_one_suite_for_each_target() -> None:
    """The runs are properties of it."""
    text = render_junit(samples.over(samples.confirmed(70, 71)))
    assert text.count("<testsuite ") == 1
    assert (
        '<property name="run-2" value="7002, failed, score 71, attack success rate 3 % (3 of 99), overall-score" />'
        in text
    )
    assert '<property name="median-of-2-runs" value="failed, score 70, attack success rate 3 % (6 of 198), 2' in text
    assert "Median of 2 runs (70, 71); 2 of them failed this check." in text


def test_the_trend_marks_each_run() -> None:
    """They stand side by side at its end."""
    points = trend_points(samples.confirmed(70, 90, 91))
    assert [point.run_id for point in points if point.is_this_run] == [7001, 7002, 7003]
    assert [point.is_this_run for point in points[-3:]] == [True, True, True]


def test_several_runs_are_marked_as_those_of_this_gate() -> None:
    """None of them is "this run", and "this one on the right" would leave out the others."""
    verdict = samples.over(samples.confirmed(70, 90, 91))
    summary, page = render_summary(verdict), render_html(verdict)
    for text in (summary, page):
        assert text.count("(this gate)") == 3
        assert "(this run)" not in text
    assert '    title "Last 30 completed runs"\n' in summary
    assert "<li>● this gate</li>" in page
    assert "<li>● this run</li>" in render_html(samples.failing())
