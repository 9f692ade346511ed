"""What the completion scripts offer: commands, options, values."""

from __future__ import annotations

import argparse
from unittest.mock import patch

import pytest
from shtab import SUPPORTED_SHELLS, complete

from probe_gate.cli.commands import COMMANDS
from probe_gate.cli.completion import SHELLS, command_tree
from probe_gate.cli.main import run_command
from probe_gate.errors import ConfigError
from probe_gate.options import options_of


def subcommand(parser: argparse.ArgumentParser, word: str) -> argparse.ArgumentParser:
    words = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    found: argparse.ArgumentParser = words.choices[word]
    return found


def flags(parser: argparse.ArgumentParser) -> set[str]:
    return {flag for action in parser._actions for flag in action.option_strings}


def test_every_command_is_there_with_its_options() -> None:
    """Those of `run` also where the command is left out."""
    root = command_tree()
    for command in COMMANDS:
        parser = root
        for word in command.name.split():
            parser = subcommand(parser, word)
        assert {option.flag for option in options_of(command.name)} <= flags(parser)
    assert {option.flag for option in options_of("run")} | {"--version", "--help"} <= flags(root)
    assert "--dry-run" in flags(subcommand(subcommand(root, "target"), "apply"))


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script(shell: str) -> None:
    """It names the program and its options."""
    assert shell in SUPPORTED_SHELLS
    script = complete(command_tree(), shell)
    assert "probe-gate" in script
    assert "max-attack-success-rate" in script


def test_the_scenarios_of_the_sandbox_are_offered() -> None:
    """Their names are fixed."""
    for command in ("demo", "sandbox"):
        actions = subcommand(command_tree(), command)._actions
        (scenario,) = (action for action in actions if "--scenario" in action.option_strings)
        assert {"passing", "category-low"} <= set(scenario.choices or ())


def test_completion_without_a_shell_lists_the_shells(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, with a command to copy."""
    assert run_command(["completion"], {}) == 2
    assert "bash, zsh, fish, powershell: probe-gate completion bash" in capsys.readouterr().err


def test_an_unknown_shell_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """As any other wrong argument is."""
    assert run_command(["completion", "ksh"], {}) == 2
    assert "powershell" in capsys.readouterr().err


def test_the_help_says_how_to_install_it(capsys: pytest.CaptureFixture[str]) -> None:
    """For each shell."""
    assert run_command(["completion", "--help"], {}) == 0
    assert "~/.config/fish/completions/probe-gate.fish" in capsys.readouterr().out


def test_an_installation_without_the_sandbox_completes_the_rest() -> None:
    """Such as the image."""
    with patch("probe_gate.cli.sandbox.add_arguments", side_effect=ConfigError("The sandbox is not installed.")):
        assert "--min-score" in flags(subcommand(command_tree(), "run"))
