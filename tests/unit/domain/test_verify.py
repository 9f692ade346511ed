"""Whether a verdict follows from its evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence
from probe_gate.domain.merge import merge
from probe_gate.domain.policy import DEFAULT, Overrides, Policy, RejectedOverride
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict, Verdict, combine, end_early
from probe_gate.domain.verify import find_differences
from probe_gate.errors import CancelledError, ConfigError, Outcome
from probe_gate.files.report_document import render
from probe_gate.files.report_file import parse_report
from tests.harness import factories as make
from tests.harness.profiles import examples


def judged(policy: Policy, evidence: Evidence) -> Verdict:
    return gate_of(evaluate(policy, evidence))


def gate_of(*targets: TargetVerdict, shard: tuple[int, int] | None = None) -> Verdict:
    return combine(targets, started_at=make.STARTED, judged_at=make.NOW, shard=shard)


PASSED = judged(make.make_strict_policy(), make.make_evidence(baseline=make.make_baseline()))
FAILED = judged(make.make_policy(min_score=make.make_limit(90.0)), make.make_evidence())


def test_the_examples_are_what_they_are_called() -> None:
    """The verdicts that these tests change are a pass and a failure."""
    assert (PASSED.outcome, FAILED.outcome) == (Outcome.PASSED, Outcome.FAILED)


@settings(max_examples=examples(150))
@given(make.policies(), make.evidences())
def test_every_verdict_follows_after_a_round_trip(policy: Policy, evidence: Evidence) -> None:
    """Whatever the evidence, the report of its verdict is consistent to the last word."""
    verdict = parse_report(render(judged(policy, evidence)), "report.json")
    assert find_differences(verdict, with_words=True) == ()


@settings(max_examples=examples(150))
@given(make.policies(make.hostile_text()), make.evidences(make.hostile_text()))
def test_hostile_text_does_not_break_it(policy: Policy, evidence: Evidence) -> None:
    """Text that was made harmless on its way into the report leads to the same checks."""
    verdict = parse_report(render(judged(policy, evidence)), "report.json")
    assert find_differences(verdict, with_words=True) == ()


@settings(max_examples=examples(150))
@given(make.policies(), make.overrides(), make.evidences())
def test_a_verdict_by_three_policies_follows_after_a_round_trip(
    policy: Policy, overrides: Overrides, evidence: Evidence
) -> None:
    """The report carries each policy and what it came to."""
    verdict = parse_report(render(gate_of(evaluate(policy, evidence, overrides))), "report.json")
    assert find_differences(verdict, with_words=True) == ()


def changed(verdict: Verdict, **changes: Any) -> Verdict:
    return replace(verdict, targets=(replace(verdict.targets[0], **changes),))


def changed_check(verdict: Verdict, id_: str, **changes: Any) -> Verdict:
    checks = tuple(replace(check, **changes) if check.id == id_ else check for check in verdict.targets[0].checks)
    return changed(verdict, checks=checks)


def whats(verdict: Verdict, *, with_words: bool = False) -> list[str]:
    return [difference.what for difference in find_differences(verdict, with_words=with_words)]


def test_a_check_made_green_is_found() -> None:
    """The check is named, with what the report says and what follows."""
    forged = changed_check(FAILED, "overall-score", outcome=CheckOutcome.PASSED)
    (difference,) = find_differences(forged, with_words=False)
    assert (difference.where, difference.what) == ("Support bot (target 42)", "overall-score")
    assert (difference.said, difference.follows) == ("passed", "failed")


def test_an_outcome_made_green_is_found() -> None:
    """Of the target, and of the gate."""
    assert whats(changed(FAILED, outcome=Outcome.PASSED)) == ["outcome", "outcome", "exit code"]
    assert whats(replace(FAILED, outcome=Outcome.PASSED, exit_code=0)) == ["outcome", "exit code"]
    assert whats(replace(FAILED, exit_code=0)) == ["exit code"]


def test_evidence_made_better_is_found() -> None:
    """A score that was raised after the judging no longer leads to the same checks."""
    evidence = replace(FAILED.targets[0].evidence, scores=make.make_scores(overall=95))
    assert "overall-score" in whats(changed(FAILED, evidence=evidence))


def test_a_limit_made_lower_is_found() -> None:
    """The policy is part of what is judged again."""
    assert "overall-score" in whats(changed(FAILED, policy=make.make_policy(min_score=make.make_limit(1.0))))


def test_a_check_left_out_is_found() -> None:
    """And one that was made up, and one that stands twice."""
    checks = FAILED.targets[0].checks
    without = tuple(check for check in checks if check.id != "overall-score")
    invented = (*checks, make.make_check(id="all-is-well"))
    assert [
        (item.said, item.follows) for item in find_differences(changed(FAILED, checks=without), with_words=False)
    ] == [("nothing", "failed")]
    assert whats(changed(FAILED, checks=invented)) == ["all-is-well"]
    assert whats(changed(FAILED, checks=(*checks, checks[0]))) == ["checks"]


LAX, STRICT = make.make_policy(min_score=make.make_limit(60.0)), make.make_policy(min_score=make.make_limit(90.0))
LAYERED = gate_of(evaluate(STRICT, make.make_evidence(), Overrides(LAX, LAX)))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"policy": LAX}, "overall-score"),
        ({"policy": LAX}, "policy of base-policy"),
        ({"judgements": ()}, "overall-score: decided by"),
        ({"judgements": LAYERED.targets[0].judgements[1:]}, "judgements"),
        ({"judgements": LAYERED.targets[0].judgements[::-1]}, "judgements"),
        ({"judgements": (*LAYERED.targets[0].judgements, LAYERED.targets[0].judgements[0])}, "judgements"),
        ({"rejected_overrides": (RejectedOverride("x", "1", DEFAULT, "2", DEFAULT),)}, "policy:overrides"),
    ],
)
def test_a_judgement_that_was_changed_or_left_out_is_found(changes: dict[str, Any], what: str) -> None:
    """The base policy decides here; without it the verdict would be another."""
    assert LAYERED.outcome is Outcome.FAILED
    assert find_differences(LAYERED, with_words=True) == ()
    assert what in whats(changed(LAYERED, **changes))


@pytest.mark.parametrize("layer", range(3))
def test_what_a_judgement_says_of_itself_is_compared(layer: int) -> None:
    """Its outcome and that of each check."""
    judgements = list(LAYERED.targets[0].judgements)
    name = judgements[layer].layer.value
    passed = dict.fromkeys(judgements[layer].checks, CheckOutcome.INFO)
    judgements[layer] = replace(judgements[layer], outcome=Outcome.TIMED_OUT, checks=passed)
    found = whats(changed(LAYERED, judgements=tuple(judgements)))
    assert f"outcome by {name}" in found
    assert f"overall-score by {name}" in found


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"measured_value": 99.0}, "overall-score: measured value"),
        ({"limit_value": 1.0}, "overall-score: limit value"),
        ({"origin": make.make_origin(99)}, "overall-score: origin"),
        ({"waiver_reason": "because"}, "overall-score: waiver reason"),
    ],
)
def test_numbers_and_origins_are_compared(changes: dict[str, Any], what: str) -> None:
    """What charts and people read beside the outcome follows as well."""
    assert whats(changed_check(FAILED, "overall-score", **changes)) == [what]


@pytest.mark.parametrize("name", ["message", "measured", "limit", "hint"])
def test_sentences_are_compared_when_asked(name: str) -> None:
    """A later version may say the same in other words; the same version may not."""
    forged = changed_check(FAILED, "overall-score", **{name: "All is well."})
    assert whats(forged) == []
    assert whats(forged, with_words=True) == [f"overall-score: {name}"]


def test_another_target_than_the_evidence_is_found() -> None:
    """A verdict cannot be given to another target."""
    assert whats(changed(PASSED, target=make.make_target(id=7))) == ["target"]


def test_softening_follows_from_the_policy() -> None:
    """A softened failure exits 0 because its policy says so, and for no other reason."""
    policy = make.make_policy(min_score=make.make_limit(90.0), soft_fail=frozenset({Outcome.FAILED}))
    soft = judged(policy, make.make_evidence())
    assert (soft.outcome, soft.exit_code) == (Outcome.FAILED, 0)
    assert whats(soft) == []
    assert whats(replace(soft, exit_code=1)) == ["exit code"]


def test_what_comes_after_the_judging_needs_no_proof() -> None:
    """A gate that was cancelled, or met a bug, after it had judged: neither is a pass."""
    assert whats(replace(PASSED, outcome=Outcome.CANCELLED, exit_code=143)) == []
    assert whats(replace(PASSED, outcome=Outcome.INTERNAL_ERROR, exit_code=70)) == []
    assert whats(replace(PASSED, outcome=Outcome.CANCELLED, exit_code=0)) == ["exit code"]


@pytest.mark.parametrize("error", [ConfigError("Wrong."), CancelledError(15)])
def test_an_early_end_follows(error: ConfigError | CancelledError) -> None:
    """A gate that judged nothing says so."""
    assert whats(end_early(error, started_at=make.STARTED, judged_at=make.NOW)) == []


def test_a_pass_without_a_target_does_not_follow() -> None:
    """But for the empty part of a split."""
    assert whats(gate_of(shard=(2, 2))) == []
    assert whats(replace(gate_of(shard=(2, 2)), shard=None)) == ["outcome", "exit code"]
    assert whats(make.make_early_verdict(outcome=Outcome.FAILED, exit_code=1)) == ["outcome", "exit code"]


def test_merged_verdicts_are_merged_again() -> None:
    """A merged report is consistent, and its outcome cannot be changed either."""
    other = evaluate(make.make_policy(), make.make_evidence(target=make.make_target(id=7)))
    merged = merge([gate_of(*FAILED.targets, shard=(1, 3)), gate_of(other, shard=(2, 3))])
    assert whats(merged, with_words=True) == []
    assert whats(replace(merged, outcome=Outcome.PASSED, exit_code=0)) == ["outcome", "exit code"]
    missing = merge([gate_of(other, shard=(2, 3))])
    assert missing.outcome is Outcome.INCONCLUSIVE
    assert whats(replace(missing, outcome=Outcome.PASSED, exit_code=0)) == ["outcome", "exit code"]
