"""Reading the command line: argparse, made from the declarations of commands and options."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from probe_gate.cli.commands import BY_NAME, COMMANDS, DEFAULT_COMMAND, GROUPS, Command
from probe_gate.errors import ConfigError
from probe_gate.options import Option, options_of

TYPE_CHECKING = False  # typing alone is half as dear as argparse
if TYPE_CHECKING:
    from typing import Any, NoReturn

PROGRAM = "probe-gate"
DESCRIPTION = "A CI gate for SplxAI Probe: run the probes, judge the scores, fail the build with a reason."
GROUP_TITLES = {
    "platform": "the platform and the target",
    "run": "the test run",
    "policy": "what is good enough",
    "reports": "reports",
    "output": "output",
}


KEY_FLAG = "--api-key"
LONGEST_SHOWN = 60
USUAL_WIDTH = 80


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """As wide as the terminal. argparse would ask shutil, which brings every kind of compression along."""

    def __init__(self, prog: str) -> None:
        try:
            width = int(os.environ.get("COLUMNS", "")) or USUAL_WIDTH
        except ValueError:
            try:
                width = os.get_terminal_size(sys.stdout.fileno()).columns or USUAL_WIDTH
            except (OSError, ValueError, AttributeError):
                width = USUAL_WIDTH
        super().__init__(prog, width=width - 2)


class Parser(argparse.ArgumentParser):
    """Raises instead of exiting: what becomes of a mistake is decided in one place."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[0].upper()}{message[1:]}.", f"See {self.prog} --help.")


def split_command(arguments: list[str]) -> tuple[Command, list[str]]:
    """The command that the arguments name, and the arguments that are left for it. Raises `ConfigError`."""
    if not arguments or arguments[0].startswith("-"):
        return BY_NAME[DEFAULT_COMMAND], arguments
    first = arguments[0]
    if first in GROUPS:
        name = f"{first} {arguments[1]}" if len(arguments) > 1 else first
        if name in BY_NAME:
            return BY_NAME[name], arguments[2:]
        known = ", ".join(command.name for command in COMMANDS if command.name.startswith(f"{first} "))
        raise ConfigError(f"There is no command {name!r}.", f"There are: {known}.")
    if first in BY_NAME:
        return BY_NAME[first], arguments[1:]
    from probe_gate.domain.near import nearest

    names = tuple(command.name for command in COMMANDS)
    near = nearest(first, names)
    hint = f"Did you mean {near}?" if near else f"There are: {', '.join(names)}."
    raise ConfigError(f"There is no command {first!r}.", f"{hint} See {PROGRAM} --help.")


def overview() -> str:
    """What `probe-gate --help` prints."""
    width = max(len(command.name) for command in COMMANDS)
    lines = [f"usage: {PROGRAM} [COMMAND] [OPTION...]", "", DESCRIPTION, "", "commands:"]
    lines += [f"  {command.name:<{width}}  {command.help}" for command in COMMANDS]
    lines += [
        "",
        f"{PROGRAM} COMMAND --help shows the options of a command. Each option can be set by an environment variable.",
        f"To see it work without an account: {PROGRAM} demo",
        "",
        "exit codes:",
        "  0 passed  1 failed: the policy is broken, and nothing else  2 configuration  3 access  4 platform",
        "  5 the run ended without a result  6 time over  7 inconclusive  70 a bug  130, 143 cancelled",
    ]
    return "\n".join(lines)


def load(command: Command) -> Any:
    """The module of a command."""
    return import_module(f"probe_gate.cli.{command.module}")


def parse(command: Command, arguments: list[str]) -> argparse.Namespace:
    """The arguments of a command; an option that is not given is None. Raises `ConfigError`; `--help` exits."""
    parser = Parser(
        prog=f"{PROGRAM} {command.name}",
        description=f"{command.help[0].upper()}{command.help[1:]}.",
        allow_abbrev=False,
        formatter_class=_Formatter,
    )
    load(command).add_arguments(parser)
    _add_options(parser, command.name)
    namespace, unknown = parser.parse_known_args(arguments)
    if unknown:
        _refuse(unknown, parser)
    return namespace


def _refuse(unknown: list[str], parser: argparse.ArgumentParser) -> NoReturn:
    """Names the options that there are not. Their values are not repeated: one of them may be the key."""
    from probe_gate.domain.plain_text import plain_line

    flags = [plain_line(word.partition("=")[0], LONGEST_SHOWN) for word in unknown if word.startswith("-")]
    if KEY_FLAG in flags:
        raise ConfigError(
            f"There is no {KEY_FLAG}: what stands on a command line can be read by every process of the machine.",
            "Put the key into SPLX_API_KEY, or into a file that --api-key-file names. If it was a real one, replace it.",
        )
    help_text = f"See {parser.prog} --help."
    if not flags:
        words = ", ".join(plain_line(word, LONGEST_SHOWN) for word in unknown[:5])
        raise ConfigError(f"{parser.prog} has no use for: {words}.", help_text)
    known = [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]
    problems = tuple(f"{flag} is no option of {parser.prog}{_hint(flag, known)}" for flag in flags)
    if len(problems) == 1:
        raise ConfigError(f"{problems[0]}.", help_text)
    raise ConfigError(f"{len(problems)} options are not known.", help_text, problems)


def _hint(flag: str, known: list[str]) -> str:
    from probe_gate.domain.near import nearest

    near = nearest(flag, known)
    return f"; the nearest is {near}" if near else ""


def _add_options(parser: argparse.ArgumentParser, command: str) -> None:
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in options_of(command.split()[0] if command.startswith("policy") else command):
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(GROUP_TITLES[option.group])
        _add_option(groups[option.group], option)


def _add_option(group: argparse._ArgumentGroup, option: Option) -> None:
    default = f" Default: {option.default}." if option.default and option.default != "false" else ""
    choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
    text = f"{option.help}{choices}{default} [{option.env[0]}]".replace("%", "%%")
    if option.is_switch:
        group.add_argument(option.flag, nargs="?", const="true", metavar="true|false", help=text)
    else:
        group.add_argument(option.flag, metavar=option.metavar, help=text)
