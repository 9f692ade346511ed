"""`junit.xml`."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import junitparser
import pytest
from hypothesis import given, settings
from junitparser.junitparser import Result

from probe_gate.domain.evidence import Unavailable
from probe_gate.domain.verdict import CheckOutcome, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.junit import render_junit
from tests.harness import factories as make
from tests.harness.profiles import examples

XML_1_0 = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
CAMEL_CASE = re.compile("([A-Z][a-z]+)+")


def suites_of(verdict: Verdict) -> list[junitparser.TestSuite]:
    found = junitparser.JUnitXml.fromstring(render_junit(verdict).encode())
    assert isinstance(found, junitparser.JUnitXml)
    return list(found)


def cases_of(verdict: Verdict) -> dict[str, junitparser.TestCase]:
    return {case.name: case for suite in suites_of(verdict) for case in suite}


def only_result(case: junitparser.TestCase) -> Result:
    (result,) = case.result
    return result


def test_one_suite_per_target_one_case_per_check() -> None:
    """Two targets are two suites, named for people, with their checks in order."""
    verdict = make.make_verdict(make.make_target_verdict(), make.make_failed_target(id=7, name=None))
    first, second = suites_of(verdict)
    assert (first.name, second.name) == ("Support bot (target 42)", "target 7")
    assert [case.name for case in first] == ["run-completed", "overall-score"]
    assert [case.name for case in second] == ["overall-score", "category-score:Security"]
    assert {case.classname for case in first} == {"probe-gate.Support bot (42)"}
    assert {case.classname for case in second} == {"probe-gate.target 7"}
    assert (second.tests, second.failures, second.errors, second.skipped) == (2, 1, 0, 0)


def test_a_class_name_has_no_dot_of_the_target() -> None:
    """Jenkins takes what is before the last dot for a package."""
    (suite,) = suites_of(make.make_verdict(make.make_target_verdict(name="gpt-4.1 bot v2.0")))
    assert {case.classname for case in suite} == {"probe-gate.gpt-4-1 bot v2-0 (42)"}


def check_case(**changes: object) -> junitparser.TestCase:
    check = make.make_failed_check(**changes)
    return cases_of(make.make_verdict(make.make_failed_target(checks=(check,))))[check.id]


@pytest.mark.parametrize(
    ("outcome", "kind", "type_"),
    [
        (CheckOutcome.FAILED, junitparser.Failure, "PolicyBroken"),
        (CheckOutcome.ERROR, junitparser.Error, "CouldNotBeJudged"),
        (CheckOutcome.WAIVED, junitparser.Skipped, "Skipped"),
    ],
)
def test_each_bad_outcome_has_its_element(outcome: CheckOutcome, kind: type[Result], type_: str) -> None:
    """A broken limit is a failure, what could not be judged an error, what is waived is skipped."""
    result = only_result(check_case(outcome=outcome))
    assert isinstance(result, kind)
    assert result.type == type_


@pytest.mark.parametrize("outcome", [CheckOutcome.FAILED, CheckOutcome.ERROR, CheckOutcome.WAIVED])
def test_the_message_is_in_the_body_too(outcome: CheckOutcome) -> None:
    """GitLab shows the body only: it has the message, the numbers, the origin, what to do and the link."""
    result = only_result(check_case(outcome=outcome))
    first, *rest = result.text.splitlines()
    assert first == result.message
    assert "category-score:Security 71, minimum 90 (.probe-gate.yml:4:14)." in first
    assert rest == [
        "Open the run and look at the attacks that succeeded in Security.",
        "https://probe.example.com/w/5/target/42/test-runs/7001",
    ]


def test_a_waiver_says_its_reason() -> None:
    """Who reads a skipped case reads why."""
    result = only_result(check_case(outcome=CheckOutcome.WAIVED, waiver_reason="Tracked in SEC-1234"))
    assert result.message.startswith(
        "Support bot: category-score:Security 71, minimum 90 (.probe-gate.yml:4:14). Waived: Tracked in SEC-1234. The"
    )
    assert "Tracked in SEC-1234" in result.text


@pytest.mark.parametrize("outcome", [CheckOutcome.INFO, CheckOutcome.PASSED])
def test_what_is_fine_passes_and_tells_its_text(outcome: CheckOutcome) -> None:
    """A check that passed, or that has no limit, is a passing case with the text in its output."""
    case = check_case(outcome=outcome)
    assert case.is_passed
    assert case.system_out.startswith("Support bot: category-score:Security 71, minimum 90")


def test_the_time_of_waiting_is_told_once() -> None:
    """Every case has a time; the wait from the trigger to the judging stands at run-completed."""
    (suite,) = suites_of(make.make_verdict())
    assert {case.name: case.time for case in suite} == {"run-completed": 482.0, "overall-score": 0.0}
    assert suite.time == 482.0
    assert suite.timestamp == "2026-11-24T11:51:58"
    assert render_junit(make.make_verdict()).count(' time="') == 4


def test_a_clock_that_ran_backwards_is_no_time() -> None:
    """A moment of judging before the trigger gives 0, not a negative time that readers refuse."""
    evidence = make.make_evidence(judged_at=make.STARTED.replace(year=2020))
    (suite,) = suites_of(make.make_verdict(make.make_target_verdict(evidence=evidence)))
    assert suite.time == 0


def test_a_gate_that_ended_early_is_one_error() -> None:
    """Before any target there is a suite of the gate with one error: the reason, each mistake, what to do."""
    (suite,) = suites_of(make.make_early_verdict())
    (case,) = suite
    result = only_result(case)
    assert suite.name == "probe-gate"
    assert isinstance(result, junitparser.Error)
    assert result.type == "ConfigError"
    assert result.message == "2 options are wrong."
    assert "- --min-score: 880 is above 100." in result.text.splitlines()
    assert "Correct them and run again. Nothing was sent." in result.text


@pytest.mark.parametrize("outcome", list(Outcome))
def test_there_is_always_a_case(outcome: Outcome) -> None:
    """Whatever the end, without targets and without checks, the file has a case that tells it."""
    early = make.make_early_verdict(outcome=outcome, reason="Because.", problems=())
    bare = make.make_verdict(make.make_target_verdict(outcome=outcome, reason="Because.", checks=()))
    for verdict in (early, bare):
        (suite,) = suites_of(verdict)
        (case,) = suite
        if outcome is Outcome.PASSED:
            assert case.is_passed
        elif outcome is Outcome.SKIPPED:
            assert case.is_skipped
        else:
            result = only_result(case)
            assert isinstance(result, junitparser.Error)
            assert "Because." in result.text
            assert CAMEL_CASE.fullmatch(result.type)


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.CANCELLED, Outcome.FAILED])
def test_a_red_target_is_never_all_green(outcome: Outcome) -> None:
    """Where no check tells the outcome of a target, a case of its own does."""
    target = make.make_target_verdict(outcome=outcome, reason="It took too long.")
    cases = cases_of(make.make_verdict(target))
    assert list(cases) == ["run-completed", "overall-score", "outcome"]
    assert isinstance(only_result(cases["outcome"]), junitparser.Error)


def test_a_red_gate_is_never_all_green() -> None:
    """A gate that was cancelled after every target had passed says so."""
    verdict = replace(make.make_verdict(), outcome=Outcome.CANCELLED, reason="Cancelled by SIGTERM.", exit_code=143)
    gate, target = suites_of(verdict)
    assert (gate.name, gate.errors) == ("probe-gate", 1)
    assert target.errors == 0


def test_an_outcome_that_no_target_has_is_told() -> None:
    """Parts that disagree make a gate inconclusive, which neither of their targets is."""
    verdict = make.make_verdict(make.make_target_verdict(), make.make_failed_target(), outcome=Outcome.INCONCLUSIVE)
    assert suites_of(verdict)[0].name == "probe-gate"


def test_problems_beside_the_targets_are_told() -> None:
    """A merged verdict with a part missing has an error for that beside the suites of the targets."""
    failed = make.make_verdict(make.make_failed_target(), problems=("Part 3/5 is missing.",))
    gate, _ = suites_of(failed)
    (case,) = gate
    assert "Part 3/5 is missing." in only_result(case).text


def test_names_are_unique() -> None:
    """Checks whose names look the same when made harmless, and a target told of twice, keep names of their own."""
    checks = (
        make.make_check(id="category-score:a\x00"),
        make.make_check(id="category-score:a\x01"),
        make.make_check(id="category-score:a\ufffd (2)"),
    )
    target = make.make_target_verdict(checks=checks)
    keys = [(case.classname, case.name) for suite in suites_of(make.make_verdict(target, target)) for case in suite]
    assert len(keys) == 6
    assert len(set(keys)) == 6


def test_softened_failures_are_told_in_full() -> None:
    """Soft-fail changes the exit code, not the report."""
    soft = make.make_failed_target(policy=make.make_policy(soft_fail=frozenset({Outcome.FAILED})))
    verdict = make.make_verdict(soft)
    assert verdict.exit_code == 0
    assert suites_of(verdict)[0].failures == 1


def test_evidence_may_be_missing() -> None:
    """A target without a run still has its suite."""
    evidence = make.make_evidence(run=Unavailable("there was none"), timeline=(), run_url="")
    (suite,) = suites_of(make.make_verdict(make.make_target_verdict(evidence=evidence)))
    assert suite.tests == 2


def test_text_is_bounded() -> None:
    """A million characters in every text make a small file that tells of the cut."""
    million = "x" * 1_000_000
    check = make.make_failed_check(
        id=million, message=million, measured=million, limit=million, hint=million, waiver_reason=million
    )
    target = make.make_failed_target(name=million, checks=(check,), reason=million)
    text = render_junit(make.make_verdict(target, problems=(million,) * 500))
    assert len(text) < 300_000
    assert "&#8230;" in text


@settings(max_examples=examples(80))
@given(make.verdicts(make.hostile_text()))
def test_any_text_makes_clean_xml(verdict: Verdict) -> None:
    """Whatever the platform said: valid XML 1.0, a case at least, unique names, types of ours, counts that add up."""
    text = render_junit(verdict)
    assert XML_1_0.fullmatch(text)
    root = ElementTree.fromstring(text.encode("utf-8"))  # noqa: S314 - it is ours
    cases = list(root.iter("testcase"))
    assert cases
    keys = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(keys)) == len(keys)
    assert all(name and (class_name or "").split(".")[0] == "probe-gate" for class_name, name in keys)
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        elements = list(root.iter(tag))
        assert int(root.get(attribute, "")) == len(elements)
        for element in elements:
            assert CAMEL_CASE.fullmatch(element.get("type", ""))
            assert element.get("message")
            assert element.text
    red = verdict.outcome not in (Outcome.PASSED, Outcome.SKIPPED)
    assert bool(list(root.iter("failure")) + list(root.iter("error"))) or not red


@given(make.hostile_text())
def test_no_reader_has_to_guess_the_encoding(text: str) -> None:
    """The file is ASCII: readers that guess (xunit-viewer does) cannot guess wrong, and the text is the same."""
    target = make.make_failed_target(checks=(make.make_failed_check(message=f"ä → {text}"),))
    rendered = render_junit(make.make_verdict(target))
    assert rendered.isascii()
    assert "ä →" in "".join(ElementTree.fromstring(rendered).itertext())  # noqa: S314 - it is ours
