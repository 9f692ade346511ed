"""Which targets are gated."""

from __future__ import annotations

import pytest

from tests.unit.settings.helpers import KEY, ask, problems

FILES = {".probe-gate.yml": "version: 1\ntargets: [{id: 43}, {id: 41, name: Sales bot}, {id: 42}]\n"}
NONE = {"SPLX_TARGET_ID": ""}


def ids(**given: object) -> list[int]:
    return [plan.target.id for plan in ask(**given).targets]  # type: ignore[arg-type]


def test_the_targets_of_the_file_are_gated() -> None:
    """All of them, and the order in which they stand means nothing."""
    assert ids(environ=NONE, files=FILES) == [41, 42, 43]
    assert ask(environ=NONE, files=FILES).targets[0].target.name == "Sales bot"


def test_the_flag_picks_some_of_them() -> None:
    """Each must be in the file."""
    assert ids(flags={"target-id": "43,41"}, environ=NONE, files=FILES) == [41, 43]
    assert problems({"target-id": "43,44"}, files=FILES) == [
        "--target-id: 44 is not among the targets of .probe-gate.yml; known: 41, 42, 43"
    ]
    small = {".probe-gate.yml": "version: 1\ntargets: [{id: 9}]\n"}
    assert problems({"target-id": "99"}, files=small) == [
        "--target-id: 99 is not among the targets of .probe-gate.yml; known: 9"
    ]
    far = {".probe-gate.yml": "version: 1\ntargets: [{id: 123456}, {id: 42}]\n"}
    assert problems({"target-id": "123465"}, files=far) == [
        "--target-id: 123465 is not among the targets of .probe-gate.yml; did you mean 123456?"
    ]


def test_a_forgotten_variable_never_shrinks_a_gate() -> None:
    """When it differs from the file it is a mistake; when it says the same it is none."""
    (problem,) = problems(files=FILES)
    assert problem.startswith("SPLX_TARGET_ID: 42 differs from the targets of .probe-gate.yml (41,42,43); unset it")
    assert ids(environ={"SPLX_TARGET_ID": "43,42,41"}, files=FILES) == [41, 42, 43]
    assert ids(flags={"target-id": "42"}, files=FILES) == [42]


def test_without_targets_in_the_file_the_variable_names_them() -> None:
    """A file can hold limits only."""
    assert ids(files={".probe-gate.yml": "version: 1\ntargets: []\n"}) == [42]
    (problem,) = problems(environ=NONE, files={".probe-gate.yml": "version: 1\n"})
    assert problem.startswith("--target-id: required")


def test_a_run_that_exists_belongs_to_one_target() -> None:
    """Which one must be said."""
    run = {"test-run-id": "9"}
    assert ids(flags=run) == [42]
    (problem,) = problems(run, NONE, FILES)
    assert problem == "--test-run-id: a run belongs to one target, but 3 are given; give its target with --target-id"
    assert ids(flags={**run, "target-id": "41"}, files=FILES) == [41]


def test_a_target_file_names_the_target_itself() -> None:
    """Those of the policy file are not gated beside it; a run that exists cannot go with it."""
    settings = ask({"target-file": "t.yml"}, NONE, FILES)
    assert settings.targets == ()
    assert ask({"target-file": "t.yml", "target-id": "42"}).named_target_ids == (42,)
    assert problems({"target-file": "t.yml", "test-run-id": "9"}) == [
        "--test-run-id: an existing run is gated as it is; it cannot be combined with --target-file"
    ]


def test_a_target_file_has_no_parts() -> None:
    """Each part of a matrix would make a target of its own."""
    (problem,) = problems({"target-file": "t.yml", "shard": "1/2"})
    assert problem.startswith("--shard: a target file is for one target")


@pytest.mark.parametrize("wrong", ["x", "0", "42,42"])
def test_a_wrong_id_is_not_also_a_missing_one(wrong: str) -> None:
    """One mistake is one message."""
    assert len(problems(environ={"SPLX_TARGET_ID": wrong})) == 1


PAGE = "https://probe.splx.ai/w/290/target/91"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("target-id", "/w/290/target/91", "/w/290/target/91 looks like an address; use 91, and --workspace-id 290"),
        ("target-id", "https://probe.splx.ai/w/290/targets",
         ("https://probe.splx.ai/w/290/targets is not the address of a page with /target/ and a number in it, such as "
         "https://probe.splx.ai/w/290/target/91")),
        ("workspace-id", "/target/91", "/target/91 looks like an address, with no /w/ and number in it"),
        ("test-run-id", "/w/290/target/91/test-runs/7001",
         "/w/290/target/91/test-runs/7001 looks like an address; use 7001, and --workspace-id 290 and --target-id 91"),
        ("test-run-id", PAGE,
         (f"{PAGE} is not the address of a page with /test-runs/ and a number in it, such as "
         "https://probe.splx.ai/w/290/target/91/test-runs/7001")),
    ],
)  # fmt: skip
def test_the_address_of_a_page_is_explained(name: str, text: str, problem: str) -> None:
    """People copy it from the browser, and the number is in it."""
    assert problems({name: text}) == [f"--{name}: {problem}"]


def test_an_address_that_holds_the_key_is_not_repeated() -> None:
    """Whoever pastes one by mistake does not find it in the log."""
    (problem,) = problems({"target-id": f"{PAGE}?key={KEY}"})
    assert problem == "--target-id: it contains the API key, which belongs in SPLX_API_KEY only"
