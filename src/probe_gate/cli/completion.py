"""`probe-gate completion`: print a script with which a shell completes commands, options and values."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import suppress

from probe_gate.cli.arguments import DESCRIPTION, PROGRAM, fill_parser, options_for
from probe_gate.cli.commands import BY_NAME, COMMANDS, DEFAULT_COMMAND, GROUPS, Command
from probe_gate.cli.output import echo
from probe_gate.errors import ConfigError
from probe_gate.options import BY_NAME as OPTIONS_BY_NAME
from probe_gate.options import REPORT_FILES

SHELLS = ("bash", "zsh", "fish", "powershell")
VALUES = {"api-url": ("eu", "us"), "reports": ("all", *REPORT_FILES)}
"""Values to offer for options that also take others."""
FILE_METAVARS = ("FILE", "FILE|before", "REPORT")
INSTALL = """\
to install it:
  bash        probe-gate completion bash > ~/.local/share/bash-completion/completions/probe-gate
  zsh         probe-gate completion zsh > ~/.zfunc/_probe-gate
              and in ~/.zshrc, before compinit: fpath=(~/.zfunc $fpath)
  fish        probe-gate completion fish > ~/.config/fish/completions/probe-gate.fish
  powershell  in $PROFILE: probe-gate completion powershell | Out-String | Invoke-Expression"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shells = f"one of: {', '.join(SHELLS)}"
    parser.add_argument("shell", nargs="?", choices=SHELLS, metavar="SHELL", help=shells)
    parser.epilog = INSTALL


def main(arguments: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from shtab import complete

    if arguments.shell is None:
        raise ConfigError(
            "Which shell should the script be for?",
            f"Name one of {', '.join(SHELLS)}: {PROGRAM} completion {SHELLS[0]}",
        )
    echo(complete(command_tree(), arguments.shell))
    return 0


def command_tree() -> argparse.ArgumentParser:
    """Return a parser of all commands. The default command's options are on the root too, since its name may be left out."""
    root = argparse.ArgumentParser(PROGRAM, description=DESCRIPTION, add_help=False)
    _fill(root, BY_NAME[DEFAULT_COMMAND])
    root.add_argument("-V", "--version", action="version", help="show the version and exit")
    words = root.add_subparsers(metavar="COMMAND")
    groups = {
        group: words.add_parser(group, help=title, description=title, add_help=False).add_subparsers(metavar="COMMAND")
        for group, title in GROUPS.items()
    }
    for command in COMMANDS:
        group, _, name = command.name.rpartition(" ")
        parent = groups[group] if group else words
        _fill(parent.add_parser(name, help=command.help, description=command.help, add_help=False), command)
    return root


def _fill(parser: argparse.ArgumentParser, command: Command) -> None:
    with suppress(ConfigError):  # of a command that is not installed, such as the sandbox in the image
        fill_parser(parser, command, options_for(command))
    for action in parser._actions:
        _describe(action)


def _describe(action: argparse.Action) -> None:
    """Say what a shell may offer as the value of an argument, and keep its help to one sentence."""
    from shtab import DIRECTORY, FILE

    option = OPTIONS_BY_NAME.get(max(action.option_strings, key=len, default="")[2:])
    if option is not None:
        action.help = option.help.split(". ")[0].rstrip(".").replace("%", "%%")
        action.choices = option.choices or VALUES.get(option.name)
        if option.is_switch:
            action.nargs = 0  # true is what its flag alone means
    elif "--scenario" in action.option_strings:
        with suppress(ImportError):  # in the image, which has no sandbox
            from probe_gate.sandbox.scenarios import SCENARIOS

            action.choices = sorted(SCENARIOS)
    if action.metavar in FILE_METAVARS:
        action.complete = FILE  # type: ignore[attr-defined]
    elif action.metavar == "DIR":
        action.complete = DIRECTORY  # type: ignore[attr-defined]
