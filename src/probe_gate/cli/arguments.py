"""Command-line parsing with argparse, built from the declared commands and options."""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module

from probe_gate.cli.commands import BY_NAME, COMMANDS, DEFAULT_COMMAND, GROUPS, Command
from probe_gate.errors import ConfigError
from probe_gate.options import options_of
from probe_gate.options.option import RUNS, TARGETS, Option

TYPE_CHECKING = False  # importing typing costs half as much as argparse
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, NoReturn

PROGRAM = "probe-gate"
HELP = f"{PROGRAM} help"
DESCRIPTION = "A CI gate for SplxAI Probe: run the probes, judge the scores, fail the build with a reason."
GROUP_TITLES = {
    "platform": "the platform and the target",
    "run": "the test run",
    "policy": "the policy",
    "reports": "reports",
    "output": "output",
}


EXIT_CODES = """exit codes:
  0 passed  1 failed: the policy is broken, and nothing else  2 configuration  3 access  4 platform
  5 the run ended without a result  6 timed out  7 inconclusive  70 a bug  130, 143 cancelled"""
SHORT_HELP: dict[str, tuple[str, ...]] = {
    "run": (
        "target-url", "workspace-id", "target-id", "api-url", "probe-ids", "policy", "min-score", "min-category-score",
        "max-attack-success-rate", "soft-fail", "timeout", "report-dir", "comment",
    ),
    "check": (
        "target-url", "workspace-id", "target-id", "api-url", "policy", "min-score", "min-category-score", "max-age", "soft-fail",
        "report-dir", "comment",
    ),
    "doctor": ("target-url", "workspace-id", "target-id", "api-url", "probe-ids", "policy", "output"),
    "demo": ("min-score", "min-category-score", "max-attack-success-rate", "soft-fail", "timeout", "report-dir"),
}  # fmt: skip
"""The options that most pipelines use, for commands with too many options for the short help."""
PAGE = "https://probe.splx.ai/w/290/target/91"
EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        f"probe-gate run --target-url {PAGE}",
        "probe-gate run --workspace-id 290 --target-id 91 --min-score 85 --min-category-score Security=90,Safety=80",
        f"probe-gate run --target-url {PAGE} --policy release.yml --report-dir out",
        f"probe-gate run --test-run-id {PAGE}/test-runs/7001",
    ),
    "check": (f"probe-gate check --target-url {PAGE} --max-age 24h",),
    "doctor": (
        f"probe-gate doctor --target-url {PAGE}",
        f"probe-gate doctor --target-url {PAGE} --policy release.yml --output json",
    ),
    "demo": ("probe-gate demo --scenario failing", "probe-gate demo --list"),
}
VARIABLES = "The variable in brackets sets an option, too."
KEY_VARIABLE = "The API key comes from SPLX_API_KEY."
OPTIONS_PAGE = "docs/options.md"

KEY_FLAG = "--api-key"
MAX_QUOTED_LENGTH = 60
USUAL_WIDTH = 80


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Formats help to the width of the terminal, without `shutil`, which imports every compression module."""

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
    """Raises `ConfigError` instead of exiting, so that all errors are handled in one place."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message[0].upper()}{message[1:]}.", f"See {self.prog} --help.")


def split_command(arguments: list[str]) -> tuple[Command, list[str]]:
    """Return the command that the arguments name, and the remaining arguments.

    Raises:
        ConfigError: There is no such command.
    """
    if not arguments or arguments[0].startswith("-"):
        return BY_NAME[DEFAULT_COMMAND], arguments
    first = arguments[0]
    if first in GROUPS:
        name = " ".join(arguments[:2])
        if name in BY_NAME:
            return BY_NAME[name], arguments[2:]
        if len(arguments) == 1:
            names = ", ".join(command.name for command in _group(first))
            raise ConfigError(f"{first!r} needs a subcommand.", f"Available: {names}. See {HELP} {first}.")
        raise ConfigError(f"There is no command {name!r}.", _commands_hint(arguments[1], _group(first), first))
    if first in BY_NAME:
        return BY_NAME[first], arguments[1:]
    raise ConfigError(f"There is no command {first!r}.", _commands_hint(first, COMMANDS))


def _commands_hint(word: str, commands: Sequence[Command], group: str = "") -> str:
    """Return a hint that suggests the closest command, or else lists all of them.

    Only the second word of a command of two words can be misspelled, since the first one names the group.
    """
    from probe_gate.domain.suggestions import nearest

    known = {command.name.rpartition(" ")[2]: command.name for command in commands}
    if not group:
        known |= {name: name for name in (*GROUPS, *BY_NAME)}
    near = nearest(word, known)
    hint = f"Did you mean {known[near]}?" if near else f"Available: {', '.join(one.name for one in commands)}."
    return f"{hint} See {HELP} {group}".rstrip() + "."


def _group(name: str) -> list[Command]:
    return [command for command in COMMANDS if command.name.startswith(f"{name} ")]


def overview() -> str:
    """Return the text of `probe-gate --help`."""
    lines = [f"usage: {PROGRAM} [COMMAND] [OPTION...]", "", DESCRIPTION, "", *_command_lines(COMMANDS)]
    lines += [
        "",
        f"{PROGRAM} COMMAND --help shows the options of a command. Each option can be set by an environment variable.",
        f"To see it work without an account: {PROGRAM} demo",
        "",
        EXIT_CODES,
    ]
    return "\n".join(lines)


def group_overview(group: str) -> str:
    """Return the help text of a group of commands, such as `probe-gate runs --help`."""
    title = GROUPS[group]
    lines = [
        f"usage: {PROGRAM} {group} COMMAND [OPTION...]",
        "",
        f"{title[0].upper()}{title[1:]}.",
        "",
        *_command_lines(_group(group)),
    ]
    lines += ["", f"{PROGRAM} {group} COMMAND --help shows the options of a command."]
    return "\n".join(lines)


def _command_lines(commands: Sequence[Command]) -> list[str]:
    width = max(len(command.name) for command in commands)
    return ["commands:", *(f"  {command.name:<{width}}  {command.help}" for command in commands)]


def load_module(command: Command) -> Any:
    return import_module(f"probe_gate.cli.{command.module}")


class _PrintHelp(argparse.Action):
    """Prints the help of a command and exits."""

    def __init__(self, option_strings: list[str], dest: str, *, command: Command, short: bool, help: str) -> None:  # noqa: A002 - the word argparse uses
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)
        self._command = command
        self._short = short

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(command_help(self._command, short=self._short))  # noqa: T201 - the command's own output
        parser.exit()


def command_help(command: Command, *, short: bool) -> str:
    """Return the help text of a command; if `short`, with only its most common options where it has many."""
    options = options_for(command)
    shown = SHORT_HELP.get(command.name) if short else None
    parser = _make_parser(command, [one for one in options if shown is None or one.name in shown])
    if command.name in SHORT_HELP:
        parser.usage = f"{PROGRAM} {command.name} [OPTION...]"
        variables = VARIABLES if command.name == "demo" else f"{KEY_VARIABLE} {VARIABLES}"
        parser.description = f"{parser.description}\n\n{variables}"
        examples = "\n".join(["examples:", *(f"  {example}" for example in EXAMPLES[command.name])])
        rest = f"All {len(options)} options: {PROGRAM} {command.name} --help-all, or {OPTIONS_PAGE}." if short else ""
        parser.epilog = "\n\n".join(filter(None, (examples, EXIT_CODES, rest)))
    return parser.format_help().rstrip("\n")


def _make_parser(command: Command, options: Sequence[Option]) -> Parser:
    parser = Parser(
        prog=f"{PROGRAM} {command.name}",
        description=f"{command.help[0].upper()}{command.help[1:]}.",
        allow_abbrev=False,
        add_help=False,
        formatter_class=_Formatter,
    )
    fill_parser(parser, command, options)
    return parser


def fill_parser(parser: argparse.ArgumentParser, command: Command, options: Sequence[Option]) -> None:
    """Add the arguments of a command to a parser: help, the command's own, and the declared options."""
    help_text = "show this help and exit"
    parser.add_argument("-h", "--help", action=_PrintHelp, command=command, short=True, help=help_text)
    if command.name in SHORT_HELP:
        help_text = "show the help with all options and exit"
        parser.add_argument("--help-all", action=_PrintHelp, command=command, short=False, help=help_text)
    if command.arguments:
        getattr(load_module(command), command.arguments)(parser)
    _add_options(parser, options, takes_one_target=command.name in (*RUNS, *TARGETS))


def parse(command: Command, arguments: list[str]) -> argparse.Namespace:
    """Return the parsed arguments of a command; options that were not given are None.

    Raises:
        ConfigError: An argument is unknown or invalid.
        SystemExit: The help was printed.
    """
    parser = _make_parser(command, options_for(command))
    namespace, unknown = parser.parse_known_args(arguments)
    if unknown:
        _reject_unknown(unknown, parser)
    return namespace


def is_target_flag(flags: Mapping[str, str]) -> bool:
    """Return whether flags name the target: a variable may be meant for other gates."""
    return any(flags.get(name, "").strip() for name in ("target-id", "target-url"))


def _reject_unknown(unknown: list[str], parser: argparse.ArgumentParser) -> NoReturn:
    """Raise `ConfigError` for unknown options. Their values are not quoted, since one may be the API key."""
    from probe_gate.domain.text import plain_line

    flags = [plain_line(word.partition("=")[0], MAX_QUOTED_LENGTH) for word in unknown if word.startswith("-")]
    if KEY_FLAG in flags:
        raise ConfigError(
            f"There is no option {KEY_FLAG}: every process on the machine can read command lines.",
            "Put the key into SPLX_API_KEY or a file named by --api-key-file. If you used a real key here, replace it.",
        )
    help_text = f"See {parser.prog} --help."
    if not flags:
        words = ", ".join(plain_line(word, MAX_QUOTED_LENGTH) for word in unknown[:5])
        raise ConfigError(f"{parser.prog}: unexpected argument: {words}.", help_text)
    known = [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]
    problems = tuple(f"{flag} is not an option of {parser.prog}{_hint(flag, known)}" for flag in flags)
    if len(problems) == 1:
        raise ConfigError(f"{problems[0]}.", help_text)
    raise ConfigError(f"{len(problems)} options are unknown.", help_text, problems)


def _hint(flag: str, known: list[str]) -> str:
    from probe_gate.domain.suggestions import nearest

    near = nearest(flag, known)
    return f"; the nearest is {near}" if near else ""


def options_for(command: Command) -> tuple[Option, ...]:
    """Return the declared options of a command."""
    return options_of(command.name.split()[0] if command.name.startswith("policy") else command.name)


def _add_options(parser: argparse.ArgumentParser, options: Sequence[Option], *, takes_one_target: bool = False) -> None:
    groups: dict[str, argparse._ArgumentGroup] = {}
    for option in options:
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(GROUP_TITLES[option.group])
        is_one_target = takes_one_target and option.name == "target-id"
        about = ("The target.", "ID") if is_one_target else (option.help, option.metavar)
        _add_option(groups[option.group], option, *about)


def _add_option(group: argparse._ArgumentGroup, option: Option, about: str, metavar: str) -> None:
    default = f" Default: {option.default}." if option.default and option.default != "false" else ""
    choices = f" One of: {', '.join(option.choices)}." if option.choices else ""
    text = f"{about}{choices}{default} [{option.env[0]}]".replace("%", "%%")
    if option.is_switch:
        group.add_argument(option.flag, nargs="?", const="true", metavar="true|false", help=text)
    else:
        group.add_argument(option.flag, metavar=metavar, help=text)
