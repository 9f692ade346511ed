"""What must hold of the options beside the form of each."""

from __future__ import annotations

import pytest

from tests.unit.settings.helpers import ask, problems

POLICY = ".probe-gate.yml"


@pytest.mark.parametrize(
    ("name", "value"),
    [("max-attack-success-rate", "5"), ("confidence", "95"), ("max-error-rate", "5"), ("min-test-cases", "100")],
)
def test_check_refuses_a_limit_that_needs_a_run(name: str, value: str) -> None:
    """Whoever set it would believe that it was judged."""
    says = f"{name} needs a test run, but check starts none; use run"
    variable = "PROBE_GATE_" + name.upper().replace("-", "_")
    assert problems({name: value}, command="check") == [f"--{name}: {says}"]
    assert problems(environ={variable: value}, command="check") == [f"{variable}: {says}"]


def test_check_refuses_the_scores_before_a_run_as_baseline() -> None:
    """It starts no run, so there is no before."""
    (problem,) = problems({"baseline": "before", "max-score-drop": "5"}, command="check")
    assert problem == (
        "--baseline: the scores before a test run need a run, but check starts none; "
        "give the report.json of an earlier gate"
    )


def test_check_notes_what_a_shared_policy_file_asks_of_runs() -> None:
    """The file is for run as well, so it is not a mistake there."""
    text = (
        "version: 1\npolicy: {max-attack-success-rate: 5, min-score: 70}\n"
        "targets:\n- {id: 42, policy: {max-attack-success-rate: 3, min-test-cases: 10}}\n"
    )
    assert ask(files={POLICY: text}, command="check").notes == (
        "max-attack-success-rate (.probe-gate.yml:2:35 and 1 more) needs a test run, so check ignores it.",
        "min-test-cases (.probe-gate.yml:4:65) needs a test run, so check ignores it.",
    )
    assert ask(files={POLICY: text}).notes == ()


def test_a_confidence_without_a_rate_is_refused() -> None:
    """It is about the limit on the rate, and there is none."""
    says = (
        "confidence applies to the attack success rate, but no limit on that is set; give --max-attack-success-rate too"
    )
    assert problems({"confidence": "95"}) == [f"--confidence: {says}"]
    assert problems(environ={"PROBE_GATE_CONFIDENCE": "95"}) == [f"PROBE_GATE_CONFIDENCE: {says}"]


def test_a_confidence_may_be_about_a_rate_that_is_set_elsewhere() -> None:
    """By flag, by variable, or by the policy file."""
    text = "version: 1\npolicy: {max-attack-success-rate: 5}\n"
    assert ask({"confidence": "95"}, files={POLICY: text}).notes == ()
    assert ask({"confidence": "95"}, {"PROBE_GATE_MAX_ATTACK_SUCCESS_RATE": "5"}).notes == ()


def test_a_confidence_of_a_policy_file_without_a_rate_is_a_note() -> None:
    """A policy file may be shared with a gate that sets the rate."""
    text = "version: 1\npolicy: {confidence: 95}\n"
    assert ask(files={POLICY: text}).notes == (
        "confidence (.probe-gate.yml:2:22) has no effect without max-attack-success-rate.",
    )
    assert ask({"max-attack-success-rate": "5"}, files={POLICY: text}).notes == ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0.95", "; did you mean 95?"),
        ("0.5", "; did you mean 50?"),
        ("0.805", "; did you mean 80.5?"),
        ("0.01", "; did you mean 1?"),
        ("0.001", ""),
    ],
)
def test_a_share_is_no_minimum_score(text: str, hint: str) -> None:
    """A gate that asks for 0.95 of 100 points lets everything pass."""
    says = f"{text} is less than one point, and scores go from 0 to 100{hint}"
    assert problems({"min-score": text}) == [f"--min-score: {says}"]
    assert problems(environ={"PROBE_GATE_MIN_SCORE": text}) == [f"PROBE_GATE_MIN_SCORE: {says}"]
    assert problems({"min-category-score": f"Security=90,Safety={text}"}) == [f"--min-category-score: {says}"]
    assert problems({"min-category-score": text}) == [f"--min-category-score: {says}"]
    assert problems(files={POLICY: f"version: 1\npolicy: {{min-score: {text}}}\n"}) == [f"{POLICY}:2:21: {says}"]
    categories = f"version: 1\npolicy: {{min-category-score: {{Safety: {text}}}}}\n"
    assert problems(files={POLICY: categories}) == [f"{POLICY}:2:39: {says}"]


@pytest.mark.parametrize("text", ["0", "1", "1.5", "100", "0.0"])
def test_whole_points_are_minimum_scores(text: str) -> None:
    """Nothing at all may be asked for, and so may one point."""
    ask({"min-score": text, "min-category-score": text})
    ask(files={POLICY: f"version: 1\npolicy: {{min-score: {text}, min-category-score: {text}}}\n"})


@pytest.mark.parametrize("name", ["max-attack-success-rate", "max-error-rate"])
def test_a_rate_may_be_half_a_percent(name: str) -> None:
    """Rates are in percent, and a strict one is below one."""
    ask({name: "0.5"})
    ask({"max-score-drop": "0.5", "baseline": "before"})


def test_confirming_runs_are_refused_where_none_is_started() -> None:
    """By flag; a variable or a policy file may be shared with gates that start runs, and is noted."""
    check = "check starts no test run"
    given = "the run of --test-run-id already exists and is not repeated"
    for flags, command, why in (({}, "check", check), ({"test-run-id": "9"}, "run", given)):
        assert problems({**flags, "confirm": "2"}, command=command) == [
            f"--confirm: there is no failure to confirm with more runs: {why}"
        ]
        noted = ask(flags, {"PROBE_GATE_CONFIRM": "2"}, command=command).notes
        assert noted == (f"confirm (PROBE_GATE_CONFIRM) has no effect: {why}.",)
        text = "version: 1\npolicy: {confirm: 2}\n"
        noted = ask(flags, files={POLICY: text}, command=command).notes
        assert noted == (f"confirm (.probe-gate.yml:2:19) has no effect: {why}.",)
        assert ask({**flags, "confirm": "0"}, command=command).notes == ()


@pytest.mark.parametrize("text", ["1", "3", "5", "-2", "2.0", "two", "6"])
def test_only_an_even_number_of_runs_confirms(text: str) -> None:
    """By flag, by variable and in a policy file."""
    assert problems({"confirm": text})[0].startswith("--confirm: ")
    assert problems(environ={"PROBE_GATE_CONFIRM": text})[0].startswith("PROBE_GATE_CONFIRM: ")
    file = f"version: 1\npolicy: {{confirm: {text}}}\n"
    assert problems(files={POLICY: file})[0].startswith(".probe-gate.yml:2:19: ")


def test_each_target_may_have_its_own() -> None:
    """A flag counts for all of them."""
    text = "version: 1\npolicy: {confirm: 2}\ntargets: [{id: 42}, {id: 43, policy: {confirm: 4}}, {id: 44, policy: {confirm: 0}}]\n"

    def values(flags: dict[str, str | None]) -> list[int]:
        settings = ask(flags, {"SPLX_TARGET_ID": ""}, files={POLICY: text})
        return [plan.policy.confirm.value if plan.policy.confirm else -1 for plan in settings.targets]

    assert values({}) == [2, 4, 0]
    assert values({"confirm": "2"}) == [2, 2, 2]


def test_a_base_policy_alone_says_whether_failures_are_confirmed() -> None:
    """What the change asks for is rejected; what the pipeline asks for is ignored with a warning."""
    files = {"base.yml": "version: 1\npolicy: {min-score: 80}\n", POLICY: "version: 1\npolicy: {confirm: 4}\n"}
    settings = ask({"policy-floor": "base.yml", "confirm": "2"}, files=files)
    (plan,) = settings.targets
    assert plan.overrides is not None
    assert [one.confirm for one in (plan.policy, plan.overrides.pipeline, plan.overrides.change)] == [None, None, None]
    assert [(one.requested, str(one.requested_origin), one.applied) for one in plan.overrides.rejected] == [
        ("4", ".probe-gate.yml:2:19", "none"),
        ("2", "--confirm", "none"),
    ]
    assert "Warning: --confirm is ignored: with a base policy, only the confirm of base.yml applies." in settings.notes
    files["base.yml"] = "version: 1\npolicy: {min-score: 80, confirm: 2}\n"
    (plan,) = ask({"policy-floor": "base.yml", "confirm": "0"}, files=files).targets
    assert plan.overrides is not None
    confirms = [one.confirm for one in (plan.policy, plan.overrides.pipeline, plan.overrides.change)]
    assert [one and one.value for one in confirms] == [2, 2, 2]
