"""The comment on a pull request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from probe_gate.domain.evidence import Target
from probe_gate.domain.verdict import Verdict
from probe_gate.reports.comment import render_comment
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.markdown import by_github
from tests.harness.profiles import examples, slow_after

MAX_LINES_FOR_ONE = 36
MAX_LINES = 56
"""The hidden line that finds the comment again, and the link to the job, take four more."""


def test_says_which_tool_what_failed_by_how_much_and_what_to_do() -> None:
    """All that a reviewer needs before anything is unfolded."""
    text = render_comment(samples.failing())
    visible = text.partition("<details>")[0]
    assert text.startswith("### ❌ probe-gate: failed\n")
    assert "**Support bot (target 42)** · overall score 74 (min 80) · [test run 7001](" in visible
    assert "| ❌ | overall-score | 74 | at least 80 | new: it was 82 before this run |" in visible
    assert "**What to do:** Open the run on the platform, review the attacks that succeeded, and fix" in visible


def test_several_targets_are_a_table_with_names_and_numbers() -> None:
    """Worst first; what a row has no place for is folded."""
    text = render_comment(samples.fleet(10))
    rows = [line for line in text.partition("<details>")[0].splitlines() if "| Bot " in line]
    assert len(rows) == 10
    assert "overall-score 74, minimum 80<br>category-score:Security 62.5, minimum 90<br>and 1 more" in rows[0]
    assert "All 15 checks that failed or could not be judged" in text


def test_a_waived_check_is_named() -> None:
    """A target that is green by a waiver does not look like one that is green."""
    alone = render_comment(samples.judge(samples.waived_evidence(), policy=samples.waiver_policy()))
    assert "| ⚠️ | category-score:Safety | 65 | at least 70 | waived: Tracked in SEC-1234" in alone
    several = render_comment(
        samples.judge(samples.waived_evidence(), samples.evidence(), policy=samples.waiver_policy())
    )
    assert "passed, 1 check waived" in several


def test_a_gate_that_ended_early_lists_its_problems() -> None:
    """Nothing else is known."""
    text = render_comment(make.make_early_verdict())
    assert "- \\--min-score: 880 is above 100." in text
    assert "**What to do:** Correct them and run again." in text


@pytest.mark.parametrize("count", slow_after(3, [1, 2, 10, 300]))
@pytest.mark.parametrize("name", ["Bot", "x" * 100_000, "@everyone\n\n# a"])
def test_is_short_whatever_was_found(count: int, name: str) -> None:
    """Many checks, many targets, long names and many lines in a text."""
    checks = tuple(
        make.make_failed_check(id=f"category-score:{name}{number}", hint=f"Fix {number}.") for number in range(90)
    )
    target = make.make_failed_target(checks=checks, name=name)
    targets = tuple(
        replace(
            target,
            target=Target(number, name),
            evidence=replace(target.evidence, left_running=f"Test run {number} {name}"),
        )
        for number in range(count)
    )
    text = render_comment(make.make_verdict(*targets, reason=name))
    assert len(text.splitlines()) <= (MAX_LINES_FOR_ONE if count == 1 else MAX_LINES)
    assert len(text) < 50_000
    page = by_github(text)
    assert page.count("<details>") == page.count("</details>")


@given(make.verdicts(make.hostile_text()))
@settings(
    max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)
def test_any_verdict_gives_a_comment(verdict: Verdict) -> None:
    """Total, and short."""
    text = render_comment(verdict)
    text.encode("utf-8")
    assert text.startswith("### ")
    assert len(text.splitlines()) <= (MAX_LINES_FOR_ONE if len(verdict.targets) < 2 else MAX_LINES)
