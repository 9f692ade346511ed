"""What reports say where a base policy was judged beside what is laid over it."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from junitparser import JUnitXml

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.policy import Overrides, Policy, RejectedOverride
from probe_gate.domain.verdict import Verdict
from probe_gate.files.report_document import render
from probe_gate.reports.console import render_console
from probe_gate.reports.context import ReportContext
from probe_gate.reports.html import render_html
from probe_gate.reports.junit import render_junit
from probe_gate.reports.sarif import render_sarif
from probe_gate.reports.summary import render_summary
from tests.harness import factories as make
from tests.harness import samples

BASE, CHANGE = make.make_origin(3, 5, "base.yml"), make.make_origin(2, 21)
DECIDED = "Decided by the base policy; under the change's policy: passed."
LISTED = "min-score 60 (.probe-gate.yml:2:21) instead of 80 (base.yml:3:5)"


def policy(min_score: int, **changes: Any) -> Policy:
    return make.make_policy(min_score=make.make_limit(Decimal(min_score), BASE), **changes)


def loosened() -> Verdict:
    """The change asks for 60, the base policy for 80; the score is 74."""
    rejected = RejectedOverride("min-score", "60", CHANGE, "80", BASE)
    target = evaluate(policy(80), samples.weak_evidence(), Overrides(policy(80), policy(60), (rejected,)))
    return samples.over(target)


def flat(text: str) -> str:
    """Without markup, entities, escapes and line breaks."""
    return " ".join(re.sub(r"<[^>]*>|[\\`*\u200b]", "", unescape(text)).split())


@pytest.mark.parametrize(
    ("report", "lists"),
    [
        (lambda verdict: render_console(verdict, ReportContext(width=100, color=False)), True),
        (render_summary, True),
        (render_html, True),
        (render_junit, True),
        (render_sarif, False),
    ],
    ids=["console", "summary", "html", "junit", "sarif"],
)
def test_every_report_says_what_was_tried_and_who_decided(report: Any, lists: bool) -> None:
    """SARIF has failed checks only."""
    text = flat(report(loosened()))
    assert DECIDED in text
    assert (f"Rejected overrides of the base policy: {LISTED}." in text) is lists


def test_pages_for_people_have_a_table_of_it() -> None:
    """Setting, what was requested, what applies."""
    assert "| `min-score` | 60 (`.probe-gate.yml:2:21`) | 80 (`base.yml:3:5`) |" in render_summary(loosened())
    page = flat(render_html(loosened()))
    assert "min-score: requested 60 (.probe-gate.yml:2:21), the base policy's 80 applies (base.yml:3:5)." in page


def test_programs_find_each_judgement_with_its_policy() -> None:
    """In report.json."""
    (target,) = json.loads(render(loosened()))["targets"]
    assert [
        (one["layer"], one["policy"]["minScore"]["value"], one["outcome"], one["checks"]["overall-score"])
        for one in target["judgements"]
    ] == [
        ("base-policy", "80", "failed", "failed"),
        ("pipeline", "80", "failed", "failed"),
        ("change", "60", "passed", "passed"),
    ]
    (check,) = [one for one in target["checks"] if one["id"] == "overall-score"]
    assert check["decidedBy"] == "base-policy"
    (override,) = target["rejectedOverrides"]
    assert (override["key"], override["requested"], override["applied"]) == ("min-score", "60", "80")


def test_a_check_that_only_the_change_has_says_so() -> None:
    """Its own stricter limit cannot be judged, and the base policy does not ask for it."""
    strict = policy(60, min_category_scores=(make.make_minimum("Privacy", 50),))
    verdict = samples.over(evaluate(policy(60), samples.weak_evidence(), Overrides(policy(60), strict)))
    text = flat(render_console(verdict, ReportContext(width=100, color=False)))
    assert (
        "Decided by the change's policy; under the base policy and the base policy with the pipeline's options: "
        "not checked." in text
    )


def test_without_a_base_policy_nothing_is_said_of_one() -> None:
    """Nor where all checks passed."""
    passed = samples.over(evaluate(policy(60), samples.weak_evidence(), Overrides(policy(60), policy(60))))
    for verdict in (samples.failing(), passed):
        for report in (render_summary, render_html, render_junit):
            assert "Decided by" not in report(verdict)
            assert "Rejected" not in report(verdict)


def test_what_follows_from_another_check_still_follows() -> None:
    """That no score could be judged is said once, with the policy that decided."""
    evidence = samples.weak_evidence(scores=Unavailable("The scores could not be read."))
    verdict = samples.over(evaluate(policy(60), evidence, Overrides(policy(60), policy(60))))
    assert "Not judged because of that: overall-score" in flat(render_summary(verdict))
    cases = {case.name: case for suite in JUnitXml.fromstring(render_junit(verdict).encode()) for case in suite}
    assert "Decided by the base policy." in str(cases["scores-fresh"].result[0].text)
