"""Entry point of the command line; the only place that catches all exceptions."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from probe_gate.errors import ConfigError, GateError, Outcome, PlatformError, exit_code_for, explain_exhaustion

VERSION_FLAGS = ("--version", "-V")
HELP_FLAGS = ("--help", "-h")


def run_command(arguments: list[str], environ: Mapping[str, str] | None = None) -> int:
    """Run a command and return its exit code. Never raises."""
    environ = os.environ if environ is None else environ
    try:
        return _run(arguments, environ)
    except GateError as error:
        mask_keys(error, environ)
        from probe_gate.cli.output import print_error

        print_error(error)
        return exit_code_for(error.outcome, getattr(error, "signal_number", None))
    except KeyboardInterrupt:
        return exit_code_for(Outcome.CANCELLED)
    except BrokenPipeError:
        # the reader of the output has gone
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lasts to the end
        return exit_code_for(Outcome.INTERNAL_ERROR)
    except Exception as bug:  # noqa: BLE001 - never a traceback on the user
        from probe_gate.cli.output import print_bug, print_error

        exhausted = explain_exhaustion(bug)
        if exhausted is not None:
            print_error(PlatformError(*exhausted))
            return exit_code_for(Outcome.PLATFORM_ERROR)
        print_bug(bug, verbose=_is_verbose(arguments, environ))
        return exit_code_for(Outcome.INTERNAL_ERROR)


def _run(arguments: list[str], environ: Mapping[str, str]) -> int:
    if arguments[:1] and arguments[0] in VERSION_FLAGS:
        from probe_gate import __version__

        print(f"probe-gate {__version__}")  # noqa: T201 - the command's own output
        return 0
    from probe_gate.cli.arguments import group_overview, load_module, overview, parse, split_command
    from probe_gate.cli.commands import GROUPS

    if arguments[:1] == ["help"]:
        # `help run` is `run --help`
        arguments = [*(word for word in arguments[1:] if word not in (*HELP_FLAGS, "help")), HELP_FLAGS[0]]
    if arguments[:1] and arguments[0] in HELP_FLAGS:
        print(overview())  # noqa: T201
        return 0
    if arguments[:1] and arguments[0] in GROUPS and arguments[1:2] and arguments[1] in HELP_FLAGS:
        print(group_overview(arguments[0]))  # noqa: T201
        return 0
    command, rest = split_command(arguments)
    try:
        namespace = parse(command, rest)
    except SystemExit as done:  # argparse has printed the help
        return 0 if done.code in (0, None) else exit_code_for(Outcome.CONFIG_ERROR)
    except ConfigError as error:
        # a gate leaves its reports on this path too
        mask_keys(error, environ)
        report = getattr(load_module(command), "report_usage_error", None)
        if report is None:
            raise
        return int(report(error, environ))
    return int(getattr(load_module(command), command.function)(namespace, environ))


def mask_keys(error: GateError, environ: Mapping[str, str]) -> None:
    """Mask the API key in an error about a command line that contained it by mistake."""
    from probe_gate.http.redact import Redactor
    from probe_gate.options import KEY_VARIABLES

    redact = Redactor(environ.get(name, "") for name in KEY_VARIABLES)
    error.message, error.hint = redact(error.message), redact(error.hint)
    if isinstance(error, ConfigError):
        error.problems = tuple(map(redact, error.problems))


def _is_verbose(arguments: list[str], environ: Mapping[str, str]) -> bool:
    from probe_gate.settings import read_verbose

    flags: dict[str, str | None] = {}
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, sign, value = word.partition("=")
        if name == "--verbose":
            flags["verbose"] = value if sign else following if following and following[0] != "-" else "true"
    return read_verbose("run", flags, environ)
