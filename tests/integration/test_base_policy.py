"""A base policy that the change under test cannot get around: each try against the sandbox."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probe_gate.sandbox.platform import FIRST_TARGET_ID
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Counts, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import SHIPPED_SETTINGS, Ended, environment, run_here
from tests.harness.shared_clock import SharedClock

FAST = Scenario(pending_seconds=1.0, run_seconds=10.0, history=3)
UNTIL = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
WAIVED = f'[{{check: overall-score, target: "*", until: {UNTIL}, reason: SEC-1}}]'
BASELINE = "baseline/report.json"


def scored(overall: int, **changes: Any) -> Scenario:
    return FAST.replace(overall=overall, categories=dict.fromkeys(PASSING_CATEGORIES, overall), **changes)


def gate(
    tmp_path: Path,
    scenario: Scenario,
    floor: str,
    change: str | None = None,
    *flags: str,
    command: str = "run",
    **env: str,
) -> Ended:
    """A gate with `floor` as the policy of the base branch and `change` as the one in the checkout."""
    (tmp_path / "base.yml").write_text(f"version: 1\n{floor}\n")
    if change is not None:
        (tmp_path / ".probe-gate.yml").write_text(f"version: 1\n{change}\n")
    clock = SharedClock()
    with SandboxServer(scenario, clock=clock.time) as sandbox:
        reports = {"PROBE_GATE_REPORTS": "json,junit,summary,html"}
        layers = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment, reports, env)
        return run_here(tmp_path, command, "--policy-floor", "base.yml", *flags, env=layers, clock=clock)


@pytest.fixture
def baseline(tmp_path: Path) -> str:
    """The report of an earlier gate that passed with 92 points."""
    clock = SharedClock()
    with SandboxServer(scored(92), clock=clock.time) as sandbox:
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment)
        ended = run_here(tmp_path, "run", "--report-dir", "baseline", env=env, clock=clock)
    assert ended.code == 0, ended.output
    return BASELINE


def flat(text: str) -> str:
    return " ".join(text.split())


def check_of(ended: Ended, check_id: str) -> dict[str, Any]:
    (target,) = ended.report["targets"]
    (found,) = [check for check in target["checks"] if check["id"] == check_id]
    return dict(found)


def verified(tmp_path: Path) -> Ended:
    return run_here(tmp_path, "verify", "probe-gate-report", env=environment(tmp_path))


def test_an_age_that_no_baseline_keeps_does_not_excuse_a_drop(tmp_path: Path, baseline: str) -> None:
    """The change makes the baseline too old and allows it to be missing; the base policy compares with it."""
    ended = gate(
        tmp_path,
        scored(76),
        "policy: {min-score: 70, max-score-drop: 5}",
        "policy: {max-age: 0.01s, allow-missing-baseline: true}",
        "--baseline",
        baseline,
    )
    assert (ended.code, ended.outcome) == (1, "failed")
    said = flat(ended.output)
    assert "The base policy is broken: score-drop:overall is 16 (from 92 to 76), and the limit is at most 5" in said
    assert "under the change's policy: for information." in said
    assert "allow-missing-baseline true (.probe-gate.yml:2:50) instead of false (default)" in said
    assert verified(tmp_path).code == 0


def test_an_age_does_not_excuse_a_drop_that_the_pipeline_limits(tmp_path: Path, baseline: str) -> None:
    """The way the examples do it, with a baseline that may be missing the first time."""
    ended = gate(
        tmp_path,
        scored(76),
        "policy: {min-score: 70}",
        "policy: {max-age: 0.01s}",
        "--baseline",
        baseline,
        "--max-score-drop",
        "5",
        "--allow-missing-baseline",
    )
    assert (ended.code, ended.outcome) == (1, "failed")
    said = flat(ended.output)
    assert "The base policy with the pipeline's options is broken: score-drop:overall is 16 (from 92 to 76)" in said
    assert "under the base policy: not checked; under the change's policy: for information." in said


def test_a_confidence_of_the_change_excuses_no_rate(tmp_path: Path) -> None:
    """Six of a hundred attacks are over five percent by the base policy, however sure one wants to be."""
    ended = gate(
        tmp_path,
        FAST.replace(counts=Counts(passed=94, failed=6)),
        "policy: {max-attack-success-rate: 5}",
        "policy: {confidence: 99.9999}",
    )
    assert (ended.code, ended.outcome) == (1, "failed")
    said = flat(ended.output)
    assert "The base policy is broken: attack-success-rate is 6 % (6 of 100), and the limit is at most 5 %." in said
    assert "Decided by the base policy; under the change's policy: passed." in said
    assert "Rejected overrides of the base policy: confidence 99.9999 (.probe-gate.yml:2:22) instead of none" in said


def test_a_confidence_of_the_pipeline_does_not_either(tmp_path: Path) -> None:
    """By flag, the way that a change to the pipeline file would do it."""
    floor = "policy: {max-attack-success-rate: 5}"
    ended = gate(tmp_path, FAST.replace(counts=Counts(94, 6)), floor, None, "--confidence", "99.9999")
    assert ended.code == 1
    said = flat(ended.output)
    assert (
        "Decided by the base policy; under the base policy with the pipeline's options and the change's policy: passed."
        in said
    )


@pytest.mark.parametrize("scenario", [scored(40), scored(40, counts=Counts(passed=10, failed=90))])
def test_a_check_that_cannot_be_judged_hides_no_failure(tmp_path: Path, scenario: Scenario) -> None:
    """The base policy softens what is inconclusive; the change would make everything so."""
    ended = gate(
        tmp_path,
        scenario,
        "policy: {max-attack-success-rate: 50, soft-fail: [inconclusive]}",
        "policy: {min-test-cases: 2000000000}",
    )
    assert (ended.code, ended.outcome) == (1, "failed")
    said = flat(ended.output)
    assert "The base policy is broken: overall-score is 40, and the limit is at least 80" in said
    assert "fewer than 2000000000 prove nothing." in said
    assert check_of(ended, "test-cases")["decidedBy"] == "change"


def test_what_the_base_policy_cannot_judge_is_no_softened_failure(tmp_path: Path) -> None:
    """The base policy softens failures; the change adds one where the gate would be inconclusive."""
    ended = gate(
        tmp_path,
        scored(90, counts=Counts(passed=80, failed=10, errors=10)),
        "policy: {max-error-rate: 5, soft-fail: [failed]}",
        "policy: {max-attack-success-rate: 1}",
    )
    assert (ended.code, ended.outcome) == (1, "failed")
    assert "The change's policy is broken: attack-success-rate is 11.1 % (10 of 90)" in flat(ended.output)
    assert gate(tmp_path, scored(90, counts=Counts(80, 10, 10)), "policy: {max-error-rate: 5}", "policy: {}").code == 7


def test_the_age_of_present_scores_is_judged_by_each(tmp_path: Path) -> None:
    """In `check`, an age that no scores keep hides nothing either."""
    floor = "policy: {min-score: 95, soft-fail: [inconclusive]}"
    ended = gate(tmp_path, scored(90), floor, "policy: {max-age: 0.01s}", command="check")
    assert (ended.code, ended.outcome) == (1, "failed")
    assert "overall-score is 90, and the limit is at least 95" in flat(ended.output)
    assert check_of(ended, "scores-fresh")["decidedBy"] == "change"


@pytest.mark.parametrize(
    ("floor", "change", "flags", "told"),
    [
        (
            "policy: {max-score-drop: 5}",
            "policy: {allow-missing-baseline: true}",
            (),
            "set baseline in the base policy, or allow-missing-baseline in the base policy for the first run",
        ),
        (
            "policy: {min-score: 60}",
            "policy: {max-score-drop: 5, baseline: before}",
            (),
            "the baseline of .probe-gate.yml:2:39 is not used with a base policy",
        ),
        (
            "policy: {min-score: 60}",
            f"targets: [{{id: {FIRST_TARGET_ID}}}]",
            ("--target-id", ""),
            "--target-id: required",
        ),
    ],
    ids=["no baseline", "the change's baseline", "the change's targets"],
)
def test_what_shapes_the_evidence_is_not_the_changes(
    tmp_path: Path, floor: str, change: str, flags: tuple[str, ...], told: str
) -> None:
    """Where only the change names it, the gate says what is needed and starts nothing."""
    env = {"SPLX_TARGET_ID": ""} if flags else {}
    ended = gate(tmp_path, scored(90), floor, change, *flags, **env)
    assert (ended.code, ended.outcome) == (2, "config-error")
    assert told in flat(ended.output)


def test_soft_fail_of_pipeline_and_change_is_ignored(tmp_path: Path) -> None:
    """With a warning that names the pipeline's."""
    floor, change = "policy: {min-score: 80, soft-fail: [timed-out]}", "policy: {soft-fail: [failed]}"
    ended = gate(tmp_path, scored(70), floor, change, "--soft-fail", "failed")
    assert (ended.code, ended.outcome) == (1, "failed")
    said = flat(ended.output)
    assert "Warning: --soft-fail is ignored: with a base policy, only the soft-fail of base.yml applies." in said
    assert "soft-fail failed (.probe-gate.yml:2:21) instead of timed-out" in said


def test_a_target_that_only_the_change_lists_is_named(tmp_path: Path) -> None:
    """It is gated once the change is merged."""
    floor = f"targets: [{{id: {FIRST_TARGET_ID}}}]"
    ended = gate(tmp_path, scored(90), floor, f"targets: [{{id: {FIRST_TARGET_ID}}}, {{id: 77}}]", SPLX_TARGET_ID="")
    assert ended.code == 0
    said = flat(ended.output)
    assert "Target 77 (.probe-gate.yml:2:" in said
    assert "is not gated yet: the base policy base.yml does not list it." in said


def test_a_stricter_change_is_held_to_its_own_policy(tmp_path: Path) -> None:
    """The base policy is no ceiling."""
    ended = gate(tmp_path, scored(85), "policy: {min-score: 80}", "policy: {min-score: 90}")
    assert (ended.code, ended.outcome) == (1, "failed")
    assert "The change's policy is broken: overall-score is 85, and the limit is at least 90." in flat(ended.output)


LEGITIMATE: dict[str, tuple[int, str, str | None, tuple[str, ...]]] = {
    "a minimum below the default, and no file in the change": (70, "policy: {min-score: 60}", None, ()),
    "a drop limit, and the baseline by flag": (90, "policy: {max-score-drop: 5}", None, ("--baseline", BASELINE)),
    "a drop limit, and the scores before by flag": (
        95, "policy: {max-score-drop: 5}", "policy: {min-score: 85}", ("--baseline", "before"),
    ),
    "a stricter change whose check is waived": (
        70,
        f"policy: {{min-score: 60}}\nwaivers: {WAIVED}",
        "policy: {min-score: 90}",
        (),
    ),
    "no baseline the first time": (
        90,
        "policy: {max-score-drop: 5, allow-missing-baseline: true, baseline: gone/report.json}",
        "policy: {max-score-drop: 3}",
        (),
    ),
    "no baseline named the first time": (90, "policy: {max-score-drop: 5, allow-missing-baseline: true}", None, ()),
    "a looser change, where all is well": (90, "policy: {min-score: 80}", "policy: {min-score: 1}", ()),
    "stricter flags, where all is well": (90, "policy: {min-score: 80}", None, ("--min-score", "85")),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGITIMATE)
def test_legitimate_set_ups_stay_green(tmp_path: Path, name: str, request: pytest.FixtureRequest) -> None:
    """And their reports follow from their evidence."""
    score, floor, change, flags = LEGITIMATE[name]
    if BASELINE in flags:
        request.getfixturevalue("baseline")
    ended = gate(tmp_path, scored(score), floor, change, *flags)
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    assert verified(tmp_path).code == 0


def test_verify_judges_by_all_three(tmp_path: Path) -> None:
    """A report whose base policy was made lower, or taken out, no longer follows."""
    ended = gate(tmp_path, scored(70), "policy: {min-score: 80}", "policy: {min-score: 60}")
    assert ended.code == 1
    layers = [(one["layer"], one["outcome"]) for one in ended.report["targets"][0]["judgements"]]
    assert layers == [("base-policy", "failed"), ("pipeline", "failed"), ("change", "passed")]
    path = ended.report_dir / "report.json"
    genuine = path.read_text()

    def forged(**changes: Any) -> str:
        report = json.loads(genuine)
        report["targets"][0].update(changes)
        path.write_text(json.dumps(report))
        found = verified(tmp_path)
        assert found.code == 7
        return found.output

    judgements = ended.report["targets"][0]["judgements"]
    assert "judgements: the report says base-policy" in forged(judgements=judgements[:1])
    assert "decided by" in forged(judgements=[])
    assert "policy of base-policy" in forged(policy=judgements[2]["policy"])
    swapped = [{**judgements[0], "policy": judgements[2]["policy"]}, *judgements[1:]]
    assert "policy of base-policy" in forged(judgements=swapped)


def test_every_report_tells_what_was_rejected(tmp_path: Path) -> None:
    """For people and for programs."""
    ended = gate(tmp_path, scored(70), "policy: {min-score: 80}", "policy: {min-score: 60}")
    (rejected,) = ended.report["targets"][0]["rejectedOverrides"]
    assert (rejected["key"], rejected["requested"], rejected["applied"]) == ("min-score", "60", "80")
    for name in ("junit.xml", "summary.md", "report.html"):
        text = (ended.report_dir / name).read_text()
        assert "Rejected overrides" in text
        assert "Decided by the base policy" in text
