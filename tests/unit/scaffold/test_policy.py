"""The starter policy."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Target
from probe_gate.domain.scores import Scores
from probe_gate.files.policy_file import PolicyFile, parse_policy_file
from probe_gate.scaffold.policy import render_policy
from probe_gate.scaffold.repository import Facts, TargetFacts
from probe_gate.settings import Plans
from tests.harness.factories import hostile_text, int32, make_evidence, make_scores
from tests.harness.profiles import examples

TODAY = date(2026, 11, 24)


def read(*targets: TargetFacts) -> PolicyFile:
    text = render_policy(Facts(TODAY, targets))
    return parse_policy_file(text.encode("utf-8"), ".probe-gate.yml", TODAY)


def limits(file: PolicyFile, target_id: int) -> dict[str, str]:
    policy = Plans(file=file).plan_for(Target(target_id)).policy
    return {
        "overall": str(policy.min_score.value),
        **{one.category: str(one.limit.value) for one in policy.min_category_scores},
    }


def test_the_limits_are_the_present_scores_less_three_points() -> None:
    """Rounded down, and a category without a score has none."""
    file = read(TargetFacts(42, "Support bot", make_scores()))
    assert limits(file, 42) == {"overall": "81", "Business Alignment": "79", "Safety": "77", "Security": "88"}
    assert [(entry.id, entry.name) for entry in file.targets] == [(42, "Support bot")]


def test_each_of_several_targets_has_its_own() -> None:
    """One that has no scores is held to the default."""
    file = read(TargetFacts(1, scores=make_scores(overall=60, categories={"Safety": 2.0})), TargetFacts(2))
    assert limits(file, 1) == {"overall": "57", "Safety": "0"}
    assert limits(file, 2) == {"overall": "80"}


def test_half_of_a_usual_run_is_the_least_number_of_test_cases() -> None:
    """One target sets it for all, several each set their own; an unknown size leaves the default."""
    assert min_test_cases(read(TargetFacts(1, scores=make_scores(), usual_size=201)), 1) == 100
    file = read(TargetFacts(1, usual_size=1), TargetFacts(2, scores=make_scores(), usual_size=60), TargetFacts(3))
    assert [min_test_cases(file, one) for one in (1, 2, 3)] == [1, 30, 1]


def min_test_cases(file: PolicyFile, target_id: int) -> int:
    return Plans(file=file).plan_for(Target(target_id)).policy.min_test_cases.value


def test_without_targets_it_holds_the_defaults() -> None:
    """And shows in comments how to go on."""
    text = render_policy(Facts(TODAY))
    file = read()
    assert (limits(file, 1), file.targets, file.waivers) == ({"overall": "80"}, (), ())
    for key in ("min-category-score", "max-attack-success-rate", "confidence", "targets", "waivers", "soft-fail"):
        assert f"# {key}:" in text


def test_what_stands_in_comments_is_right_too() -> None:
    """Whoever takes the marks away has a policy that holds."""
    lines = render_policy(Facts(TODAY)).splitlines()[1:]  # without the line for editors
    bare = [line.replace("# ", "", 1) if "# " in line and ":" in line and _is_code(line) else line for line in lines]
    file = parse_policy_file("\n".join(bare).encode(), ".probe-gate.yml", TODAY)
    assert len(file.targets) == 1
    assert len(file.waivers) == 1
    assert file.part.soft_fail is not None
    assert {"confidence", "max-score-drop", "baseline"} <= file.part.limits.keys()


def _is_code(line: str) -> bool:
    bare = line.strip()
    words = bare.removeprefix("#").strip().removeprefix("- ").split(":")[0]
    return bare.startswith("#") and " " not in words and words.islower()


def categories(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, float | None]]:
    return st.dictionaries(names, st.none() | st.floats(0, 100) | st.just(math.nan), max_size=4)


SCORES = st.builds(
    Scores,
    overall=st.none() | st.integers(0, 100),
    categories=st.none() | categories(hostile_text() | st.sampled_from(("Security", "security", "yes", "*", "1", ""))),
    simulated_attacks=st.none(),
    successful_attacks=st.none(),
    latest_execution=st.none() | st.datetimes(),
)


@given(
    st.lists(
        st.builds(TargetFacts, int32(), st.none() | hostile_text(), st.none() | SCORES),
        max_size=3,
        unique_by=lambda target: target.id,
    )
)
@settings(max_examples=examples(150))
def test_whatever_the_platform_says_the_file_is_a_right_policy(targets: list[TargetFacts]) -> None:
    """Hostile names break out of no line, and no limit is above the score it was taken from."""
    file = read(*targets)
    assert [entry.id for entry in file.targets] == sorted(target.id for target in targets)
    for target in targets:
        if target.scores is not None and target.scores.overall is not None:
            assert int(limits(file, target.id)["overall"]) <= target.scores.overall


@given(st.integers(0, 100), categories(st.sampled_from(("Security", "Safety", "Custom"))))
def test_the_scores_that_it_was_taken_from_pass(overall: int, named: dict[str, float | None]) -> None:
    """So the first build is green."""
    scores = make_scores(overall=overall, categories={k: v for k, v in named.items() if v is None or math.isfinite(v)})
    file = read(TargetFacts(42, None, scores))
    policy = Plans(file=file).plan_for(Target(42)).policy
    checks = evaluate(policy, make_evidence(scores=scores, scores_before=scores)).checks
    judged = [check for check in checks if check.kind in ("overall-score", "category-score")]
    assert judged
    assert {check.outcome.value for check in judged} <= {"passed", "info", "error"}
    if not any(check.id == "scores-fresh" and check.outcome.value == "error" for check in checks):
        assert {check.outcome.value for check in judged} <= {"passed", "info"}


@pytest.mark.parametrize(
    "name", ["yes", "Null", "a: b", "#", "- x", "'", '"', "Hallucination & Trustworthiness", "é 🤖"]
)
def test_any_name_of_a_category_comes_back(name: str) -> None:
    """YAML would make something else of some of them."""
    assert limits(read(TargetFacts(1, scores=make_scores(categories={name: 90}))), 1)[name] == "87"
