from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from probe_gate.ci.outputs import outputs_of
from probe_gate.domain.verdict import CheckOutcome
from probe_gate.errors import Outcome
from tests.harness.factories import (
    make_check,
    make_early_verdict,
    make_failed_check,
    make_failed_target,
    make_stopped_target,
    make_target_verdict,
    make_verdict,
)

REPORTS = Path("/workspace/probe-gate-report")


def test_one_target_that_passed() -> None:
    """Everything a later step could want of a plain gate."""
    outputs = outputs_of(make_verdict(), REPORTS, has_junit=True)
    assert (outputs.outcome, outputs.exit_code, outputs.score) == ("passed", "0", "84")
    assert outputs.test_run_id == "7001"
    assert outputs.test_run_url.endswith("/test-runs/7001")
    assert outputs.junit_path == "/workspace/probe-gate-report/junit.xml"
    assert outputs.failed_checks == ()


def test_several_targets() -> None:
    """The lowest score, every run, and failed checks with the names of their targets and their numbers."""
    good = make_target_verdict()
    check = make_check(measured_value=61.0)
    bad = make_failed_target(id=43, checks=(check, make_failed_check()))
    outputs = outputs_of(make_verdict(bad, good), REPORTS, has_junit=True)
    assert outputs.score == "61"
    assert outputs.test_run_id == "7001,7001"
    assert outputs.failed_checks == ("Support bot: category-score:Security 71, minimum 90",)


def test_the_page_is_that_of_the_first_target_that_is_not_green() -> None:
    """It is the one that a person wants to open."""
    good = make_target_verdict()
    bad = make_failed_target(id=43)
    bad = replace(bad, evidence=replace(bad.evidence, run_url="https://probe.example.com/runs/43"))
    for targets in ((good, bad), (bad, good)):
        assert outputs_of(make_verdict(*targets), REPORTS, has_junit=True).test_run_url.endswith("/runs/43")


def test_names_of_failed_checks_can_be_put_between_quotes() -> None:
    """Of any kind, in any shell; and a log that shows them finds no command in them."""
    check = make_failed_check(id="""category-score:$(id) `id` "x" 'y' \\ ##vso[task.setvariable]""")
    (name,) = outputs_of(make_verdict(make_failed_target(checks=(check,))), REPORTS, has_junit=True).failed_checks
    assert name == "Support bot: category-score:_(id) _id_ _x_ _y_ _ # #vso[task.setvariable] 71, minimum 90"


def test_a_long_list_of_failed_checks_is_cut() -> None:
    """What no variable could hold is counted."""
    checks = tuple(make_failed_check(id=f"category-score:{number}") for number in range(950))
    outputs = outputs_of(make_verdict(make_failed_target(checks=checks)), REPORTS, has_junit=True)
    assert outputs.failed_checks[-2:] == ("Support bot: category-score:99 71, minimum 90", "and 850 more")


@pytest.mark.parametrize("outcome", [CheckOutcome.ERROR, CheckOutcome.INFO])
def test_a_score_that_was_not_judged_is_no_score(outcome: CheckOutcome) -> None:
    """A stale score never leaves by the back door of an output."""
    target = make_target_verdict(outcome=Outcome.INCONCLUSIVE, checks=(make_check(outcome=outcome),))
    assert outputs_of(make_verdict(target), REPORTS, has_junit=True).score == ""


def test_a_gate_that_got_nowhere() -> None:
    """Without targets there is an outcome and nothing else."""
    outputs = outputs_of(make_early_verdict(), REPORTS, has_junit=False)
    assert (outputs.outcome, outputs.exit_code) == ("config-error", "2")
    assert outputs.test_run_id == outputs.test_run_url == outputs.score == outputs.junit_path == ""


def test_a_run_that_is_not_known() -> None:
    """A target that stopped early may have a run, or none; neither is guessed."""
    stopped = make_stopped_target(Outcome.PLATFORM_ERROR)
    no_run = replace(stopped, evidence=replace(stopped.evidence, run_url=""))
    assert outputs_of(make_verdict(no_run), REPORTS, has_junit=True).test_run_url == ""


def test_paths_are_taken_from_the_checkout() -> None:
    """Later steps see the checkout elsewhere than the container does, so paths inside it are relative to it."""
    inside = outputs_of(make_verdict(), REPORTS, has_junit=True, base_dir=Path("/workspace"))
    assert inside.junit_path == "probe-gate-report/junit.xml"
    outside = outputs_of(make_verdict(), Path("/elsewhere"), has_junit=True, base_dir=Path("/workspace"))
    assert outside.report_dir == "/elsewhere"
