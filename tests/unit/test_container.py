from __future__ import annotations

from typing import NoReturn

import pytest

from probe_gate.cli.commands import COMMANDS
from probe_gate.container import arguments_of, take_inputs, take_over


class TakenOverError(Exception):
    """Stands for the moment when another program takes this process's place."""


def _execute(_file: str, arguments: list[str]) -> NoReturn:
    raise TakenOverError(arguments)


@pytest.mark.parametrize("arguments", [["cat"], ["sh"], ["sh", "-c", "exit 3"], ["/bin/sh"]])
def test_another_command_takes_over(arguments: list[str]) -> None:
    """Jenkins starts the image with cat, GitLab with sh: they get what they ask for."""
    with pytest.raises(TakenOverError) as caught:
        take_over(arguments, _execute)
    assert caught.value.args == (arguments,)


@pytest.mark.parametrize("arguments", [[], ["--version"], ["-h"], ["no-such-command"], ["/etc/passwd"], [""]])
def test_what_is_no_command_is_ours_to_answer(arguments: list[str]) -> None:
    """Flags and typing errors get our own answer."""
    take_over(arguments, _execute)


@pytest.mark.parametrize("name", sorted({command.name.split()[0] for command in COMMANDS}))
def test_our_commands_are_ours_though_the_path_has_one_of_the_name(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`init` and `run` may be programs of the base image, too."""
    directory = tmp_path_factory.mktemp("bin")
    (directory / name).write_text("#!/bin/sh\n")
    (directory / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))
    take_over([name], _execute)


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ([""], []),
        (["run"], ["run"]),
        (["merge parts/a 'parts/b c'"], ["merge", "parts/a", "parts/b c"]),
        (["check", "--min-score", "70"], ["check", "--min-score", "70"]),
        (["sh", "-c", "echo a b"], ["sh", "-c", "echo a b"]),
        (["echo a b"], ["echo a b"]),
    ],
)
def test_the_action_gives_its_command_as_one_argument(given: list[str], arguments: list[str]) -> None:
    """The runner cannot split an input, so we do; an empty one is none."""
    assert arguments_of(given) == arguments


def test_inputs_reach_the_options() -> None:
    """The runner keeps the hyphens of an input's name in its variable."""
    environ = {
        "INPUT_TARGET-ID": "42",
        "INPUT_MIN-SCORE": "90",
        "INPUT_API-KEY": "k-1",
        "INPUT_COMMENT-TOKEN": "t",
        "INPUT_NAME": "nightly",
    }
    take_inputs(environ)
    assert environ["SPLX_TARGET_ID"] == "42"
    assert environ["PROBE_GATE_MIN_SCORE"] == "90"
    assert environ["SPLX_API_KEY"] == "k-1"
    assert environ["PROBE_GATE_COMMENT_TOKEN"] == "t"
    assert environ["PROBE_GATE_NAME"] == "nightly"


def test_an_input_wins_over_a_variable_and_an_empty_one_does_not() -> None:
    """The step's own input is meant before a variable of the whole workflow; nothing is not meant at all."""
    environ = {"SPLX_TARGET_ID": "7", "INPUT_TARGET-ID": "42", "SPLX_WORKSPACE_ID": "5", "INPUT_WORKSPACE-ID": " "}
    take_inputs(environ)
    assert environ["SPLX_TARGET_ID"] == "42"
    assert environ["SPLX_WORKSPACE_ID"] == "5"
