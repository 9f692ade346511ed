"""The policy file and the floor, found and read."""

from __future__ import annotations

import pytest

from probe_gate.settings import read_settings
from tests.unit.settings.helpers import ENOUGH, TODAY, ask, problems

POLICY = "version: 1\npolicy: {min-score: 85}\n"


def min_score(**given: object) -> tuple[str, str]:
    limit = ask(**given).targets[0].policy.min_score  # type: ignore[arg-type]
    return str(limit.value), str(limit.origin)


def test_the_default_file_is_read_when_it_is_there() -> None:
    """Without a word; and its limits say where they stand."""
    assert min_score(files={".probe-gate.yml": POLICY}) == ("85", ".probe-gate.yml:2:21")
    assert min_score() == ("80", "default")
    assert ask(files={".probe-gate.yml": POLICY}).policy_name == ".probe-gate.yml"


def test_a_file_that_is_named_is_read_instead() -> None:
    """By flag or variable."""
    files = {"ci/policy.yml": POLICY, ".probe-gate.yml": "version: 1\n"}
    assert min_score(flags={"policy": "ci/policy.yml"}, files=files) == ("85", "ci/policy.yml:2:21")
    assert min_score(environ={"PROBE_GATE_POLICY": "ci/policy.yml"}, files=files) == ("85", "ci/policy.yml:2:21")


def test_a_file_that_is_named_and_absent_is_a_mistake() -> None:
    """A gate must not go without the policy it was given."""
    assert problems({"policy": "p.yml"}) == ["--policy: p.yml: there is no such file"]
    assert problems(environ={"PROBE_GATE_POLICY_FLOOR": "f.yml"}) == [
        "PROBE_GATE_POLICY_FLOOR: f.yml: there is no such file"
    ]


@pytest.mark.parametrize("name", [".probe-gate.yaml", "probe-gate.yml", ".probe_gate.yml"])
def test_a_misnamed_file_is_not_passed_by_in_silence(name: str) -> None:
    """Its author believes that it is in force."""
    (problem,) = problems(files={name: POLICY})
    assert problem == (
        f"{name}: a policy file with this name is not read automatically; rename it to .probe-gate.yml, or give it with --policy"
    )
    assert min_score(flags={"policy": name}, files={name: POLICY})[0] == "85"
    assert min_score(files={name: "version: 1", ".probe-gate.yml": POLICY})[0] == "85"


def test_flags_and_variables_outrank_the_file() -> None:
    """Key by key, for every target, over what a target has of its own too."""
    files = {
        ".probe-gate.yml": "version: 1\n"
        "policy: {min-score: 85, max-error-rate: 5}\n"
        "targets: [{id: 42, policy: {min-score: 95}}]\n"
    }
    assert min_score(files=files) == ("95", ".probe-gate.yml:3:40")
    assert min_score(environ={"PROBE_GATE_MIN_SCORE": "60"}, files=files) == ("60", "PROBE_GATE_MIN_SCORE")
    assert min_score(flags={"min-score": "50"}, files=files) == ("50", "--min-score")
    kept = ask({"min-score": "50"}, files=files).targets[0].policy.max_error_rate
    assert (str(kept.value), str(kept.origin)) == ("5", ".probe-gate.yml:2:41")


def test_mistakes_of_files_and_options_are_told_together() -> None:
    """And nothing is said to be missing that a broken file might have had."""
    assert problems(
        {"min-score": "880", "policy-floor": "floor.yml"},
        {"SPLX_TARGET_ID": ""},
        {".probe-gate.yml": "version: 1\npolicy: {min_score: 1}\n", "floor.yml": "version: 2\n"},
    ) == [
        "--min-score: 880 is not between 0 and 100",
        ".probe-gate.yml:2:10: min_score is not a key here; did you mean min-score?",
        "floor.yml:1:10: version 2 of the policy file is not supported; this probe-gate supports 1",
    ]


def test_a_key_in_a_policy_file_is_not_repeated() -> None:
    """A message may quote the file, but not that."""
    (problem,) = problems(files={".probe-gate.yml": "version: 1\npolicy: {min-score: key-that-nobody-may-see}\n"})
    assert problem == ".probe-gate.yml:2:21: *** is not a plain number, such as 80 or 2.5"


def test_a_file_too_large_to_be_one_is_refused() -> None:
    """Before it is read as YAML."""
    assert problems(files={".probe-gate.yml": b" " * (1024 * 1024 + 1)}) == [
        ".probe-gate.yml: it is larger than 1024 KiB"
    ]


def test_commands_that_judge_nothing_read_no_policy() -> None:
    """A broken one does not keep anybody from cancelling a run."""
    assert ask(command="runs cancel", files={".probe-gate.yml": "no: policy"}).connection is not None


def test_the_default_file_can_be_left_aside() -> None:
    """A demonstration on made-up targets is not held to the policy of the directory it is started in."""
    settings = read_settings(
        "run", {}, ENOUGH, today=TODAY, read_file=lambda _path, _most: b"not: a policy", default_policy=False
    )
    assert settings.policy_name is None
