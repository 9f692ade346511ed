"""What no text in the change's policy file can do, held to the real reader of files and the real judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence
from probe_gate.domain.policy import REST, Policy, build_policy
from probe_gate.domain.verdict import CheckOutcome, TargetVerdict, exit_code_of
from probe_gate.errors import ConfigError, Outcome
from probe_gate.files.policy_file import parse_policy_file
from probe_gate.settings import Settings
from tests.harness import factories as make
from tests.harness.profiles import examples
from tests.unit.settings.helpers import TODAY, ask

TARGET = 42
WAIVABLE = (
    "overall-score",
    "attack-success-rate",
    "category-score:Security",
    "score-drop:overall",
    "score-drop:Safety",
)
DAYS = (-1, 0, 90)
"""A waiver that has ended, one on its last day, and one as long as may be."""

SCORES = st.integers(0, 100) | st.sampled_from((0, 60, 80, 100))
OUTCOMES = st.sampled_from(("failed", "inconclusive", "platform-error", "timed-out", "run-ended"))
NAMES = st.sampled_from(("Security", "security", "Safety", "Business Alignment", "Privacy", "*"))


def policies() -> st.SearchStrategy[dict[str, Any]]:
    """Every key, with usual values and with those that make checks impossible to judge."""
    categories = st.dictionaries(NAMES, SCORES, max_size=3).filter(
        lambda found: not {"Security", "security"} <= set(found)
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "min-score": SCORES,
            "min-category-score": categories.filter(bool) | SCORES,
            "max-attack-success-rate": SCORES,
            "confidence": st.sampled_from((0.01, 50, 95, 99.9999)),
            "max-error-rate": SCORES,
            "min-test-cases": st.sampled_from((1, 50, 100, 2_000_000_000)),
            "max-score-drop": SCORES,
            "baseline": st.sampled_from(("before", "mine.json")),
            "allow-missing-baseline": st.booleans(),
            "max-age": st.sampled_from(("1s", "24h", "36500d")),
            "soft-fail": st.lists(OUTCOMES, unique=True),
            "confirm": st.sampled_from((0, 2, 4)),
        },
    )


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Policy files about the target, or about every target, or about another one."""
    ids = draw(st.sampled_from(((), (TARGET,), (TARGET, 43), (43,))))
    probes = st.sampled_from(([1], "recommended", "risk>=high", "all"))
    entry = st.fixed_dictionaries({}, optional={"name": st.just("Renamed"), "probe-ids": probes, "policy": policies()})
    waived = draw(st.lists(st.sampled_from(WAIVABLE), max_size=3, unique=True))
    waivers = [
        {
            "check": check,
            "target": draw(st.sampled_from((*ids, "*"))),
            "until": (TODAY + timedelta(days=draw(st.sampled_from(DAYS)))).isoformat(),
            "reason": "because",
        }
        for check in waived
    ]
    targets = [{"id": one, **draw(entry)} for one in ids]
    return {"version": 1, "policy": draw(policies()), "targets": targets, "waivers": waivers}


@st.composite
def flags(draw: st.DrawFn) -> dict[str, str]:
    """What the pipeline sets, such as the minimum score, without what shapes the evidence."""
    found = draw(policies())
    found.pop("baseline", None)
    found.pop("min-category-score", None)
    found["soft-fail"] = ",".join(found.get("soft-fail", ()))
    return {key: str(value).lower() for key, value in found.items()}


@st.composite
def plausible_evidences(draw: st.DrawFn) -> Evidence:
    """Evidence of a run that completed, good and bad."""
    failed, errors = draw(st.integers(0, 40)), draw(st.sampled_from((0, 5, 30)))
    score = st.sampled_from((0, 59, 60, 70, 79, 80, 90, 100))
    names = draw(st.sets(st.sampled_from(("Security", "Safety", "Business Alignment"))))
    return make.make_evidence(
        run=make.make_run(counts=make.make_counts(passed=100 - failed - errors, failed=failed, errors=errors)),
        scores=make.make_scores(overall=draw(score), categories={name: float(draw(score)) for name in names}),
        baseline=draw(st.sampled_from((None, make.make_baseline()))),
        stable_seconds=draw(st.sampled_from((60.0, 60.0, 60.0, 0.0))),
    )


EVIDENCES = plausible_evidences() | make.evidences()


def written(value: Mapping[str, Any]) -> str:
    """As JSON, which is YAML."""
    return json.dumps(value)


def read(floor: str, change: str | None, given_flags: Mapping[str, str]) -> Settings:
    held = {"floor.yml": floor} if change is None else {"floor.yml": floor, ".probe-gate.yml": change}
    target = {"SPLX_TARGET_ID": "", "PROBE_GATE_BASELINE": "main.json"}
    named = {} if json.loads(floor)["targets"] else {"target-id": str(TARGET)}
    return ask({"policy-floor": "floor.yml", **named, **given_flags}, target, held)


def by_itself(floor: str) -> Policy:
    """The base policy, put together without anything of the code that lays others over it."""
    file = parse_policy_file(floor.encode(), "floor.yml", TODAY)
    entry = file.entry_of(TARGET)
    waivers = [waiver for waiver in file.waivers if waiver.target in (REST, str(TARGET))]
    return build_policy([file.part, *([entry.part] if entry else [])], waivers)


def exit_code(verdict: TargetVerdict) -> int:
    return exit_code_of(verdict.outcome, soft=verdict.is_soft)


@settings(max_examples=examples(400))
@given(files(), files() | st.none(), st.just({}) | flags(), EVIDENCES)
def test_nothing_laid_over_a_base_policy_makes_anything_better(
    floor: dict[str, Any], change: dict[str, Any] | None, given_flags: dict[str, str], evidence: Evidence
) -> None:
    """A failure of the base policy stays failed, what it cannot judge never passes, and red is never green."""
    text = written(floor)
    try:
        found = read(text, None if change is None else written(change), given_flags)
    except ConfigError:
        event("exit 2")
        return
    plan = next((plan for plan in found.targets if plan.target.id == TARGET), None)
    if plan is None:
        event("not a target of the base policy")
        return
    alone = evaluate(by_itself(text), evidence)
    judged = evaluate(plan.policy, evidence, plan.overrides)
    event(f"{alone.outcome} alone, {judged.outcome} in all")
    outcomes = {check.id: check.outcome for check in judged.checks}
    for check in alone.checks:
        now = outcomes.get(check.id)
        if check.outcome is CheckOutcome.FAILED:
            assert now is CheckOutcome.FAILED, check.id
        if check.outcome is CheckOutcome.ERROR:
            assert now in (CheckOutcome.ERROR, CheckOutcome.FAILED), check.id
        if check.outcome is CheckOutcome.WAIVED:
            assert now not in (CheckOutcome.PASSED, CheckOutcome.INFO, None), check.id
    if alone.outcome is Outcome.FAILED:
        assert judged.outcome is Outcome.FAILED
    if alone.outcome is not Outcome.PASSED:
        assert judged.outcome is not Outcome.PASSED
    if exit_code(alone) != 0:
        assert exit_code(judged) != 0


@settings(max_examples=examples(150))
@given(files(), files(), st.just({}) | flags())
def test_no_text_of_the_change_shapes_the_evidence(
    floor: dict[str, Any], change: dict[str, Any], given_flags: dict[str, str]
) -> None:
    """Targets, probes, baseline, everything about the run, and the two policies that are not the change's own."""
    try:
        with_change = read(written(floor), written(change), given_flags)
        without = read(written(floor), None, given_flags)
    except ConfigError:
        return  # such as a confidence level without a rate, which either of them may set
    assert with_change.run == without.run
    for plan, plain in zip(with_change.targets, without.targets, strict=True):
        assert (plan.target, plan.probes, plan.policy) == (plain.target, plain.probes, plain.policy)
        assert plan.overrides is not None
        assert plain.overrides is not None
        assert plan.overrides.pipeline == plain.overrides.pipeline
        assert plan.policy.baseline == plan.overrides.pipeline.baseline == plan.overrides.change.baseline
