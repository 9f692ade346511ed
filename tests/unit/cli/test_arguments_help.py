"""What the command says of itself."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from probe_gate.cli.arguments import EXAMPLES, SHORT_HELP, parse, split_command
from probe_gate.cli.commands import COMMANDS, GROUPS
from probe_gate.cli.main import run_command
from probe_gate.options import options_of
from probe_gate.options.option import RUNS, TARGETS
from probe_gate.settings import flags_from, read_settings

FLAG = re.compile(r"^  (--[a-z-]+)", re.MULTILINE)


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command(list(arguments), {}) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_shows_its_commands(capsys: pytest.CaptureFixture[str], group: str) -> None:
    """And nothing of the others."""
    text = help_of(capsys, group, "--help")
    names = [command.name for command in COMMANDS if command.name.startswith(f"{group} ")]
    assert re.findall(r"^  ([a-z]+ [a-z]+)  ", text, re.MULTILINE) == names
    assert help_of(capsys, "help", group) == text
    assert help_of(capsys, group, "-h") == text


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        (["help", "run"], ["run", "--help"]),
        (["help", "runs", "cancel"], ["runs", "cancel", "--help"]),
        (["help", "run", "--help"], ["run", "--help"]),
        (["help"], ["--help"]),
        (["help", "help"], ["--help"]),
    ],
)
def test_help_before_a_command_is_help_behind_it(
    capsys: pytest.CaptureFixture[str], asked: list[str], same: list[str]
) -> None:
    """Both ways are usual."""
    assert help_of(capsys, *asked) == help_of(capsys, *same)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["polcy"], "Did you mean policy? See probe-gate help."),
        (["list"], "Did you mean runs list? See probe-gate help."),
        (["help", "rum"], "There is no command 'rum'.\n  Did you mean run? See probe-gate help."),
        (["help", "runs", "lst"], "Did you mean runs list? See probe-gate help runs."),
        (["runs"], "'runs' needs a subcommand.\n  Available: runs list, runs cancel. See probe-gate help runs."),
        (["policy", "xyz"], "There is no command 'policy xyz'.\n  Available: policy validate, policy schema."),
    ],
)
def test_a_command_that_there_is_not(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """The answer says which ones there are."""
    assert run_command(arguments, {}) == 2
    assert message in capsys.readouterr().err


def test_the_help_of_the_gate_is_what_people_need(capsys: pytest.CaptureFixture[str]) -> None:
    """A few options, the address of the target first, examples, exit codes, and where everything else is."""
    text = help_of(capsys, "run", "--help")
    assert SHORT_HELP["run"][0] == "target-url"
    flags = [flag for flag in FLAG.findall(text) if flag != "--help-all"]
    assert sorted(flags) == sorted(f"--{name}" for name in SHORT_HELP["run"])
    assert "SPLX_API_KEY" in text
    assert "\nexamples:\n  probe-gate run --target-url https://probe.splx.ai/w/290/target/91\n" in text
    assert "\nexit codes:\n  0 passed  1 failed" in text
    count = len(options_of("run"))
    assert text.endswith(f"All {count} options: probe-gate run --help-all, or docs/options.md.\n")


@pytest.mark.parametrize("command", SHORT_HELP)
def test_the_rest_is_one_flag_away(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """All options of the command, each once."""
    text = help_of(capsys, command, "--help-all")
    flags = [flag for flag in FLAG.findall(text) if flag != "--help-all"]
    for option in options_of(command):
        assert flags.count(option.flag) == 1, option.flag


@pytest.mark.parametrize("command", SHORT_HELP)
def test_what_is_shown_first_is_an_option_of_the_command(command: str) -> None:
    """A name that is misspelt here would just be missing from the help."""
    assert set(SHORT_HELP[command]) <= {option.name for option in options_of(command)}


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_examples_can_be_typed_as_they_are(example: str) -> None:
    """With a key and the files that they name, nothing else is needed."""
    command, rest = split_command(shlex.split(example)[1:])
    flags = flags_from(parse(command, rest), command.name)

    def read_file(path: Path, _max_bytes: int) -> bytes:
        if str(path) != "release.yml":
            raise FileNotFoundError(path)
        return b"version: 1\n"

    read_settings(command.name, flags, {"SPLX_API_KEY": "key"}, today=date(2027, 1, 1), read_file=read_file)


@pytest.mark.parametrize("command", [*RUNS, *TARGETS])
def test_commands_on_one_target_ask_for_one(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """Only a gate takes several."""
    text = help_of(capsys, *command.split(), "--help")
    assert "--target-id ID  " in text
    assert "several" not in text


def test_the_help_of_the_demo_asks_for_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    """It needs none."""
    assert "SPLX_API_KEY" not in help_of(capsys, "demo", "--help")
