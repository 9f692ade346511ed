"""What the commands on runs and targets share: settings, one question to the platform, and how answers are printed."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from probe_gate.cli.output import echo_err
from probe_gate.domain.formatting import format_duration
from probe_gate.errors import ConfigError, GateError
from probe_gate.settings import Settings, flags_from, read_settings

if TYPE_CHECKING:
    from probe_gate.bootstrap import Question

Result = TypeVar("Result")


def read_command(command: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a command. Raises `ConfigError`."""
    return read_settings(command, flags_from(arguments, command), environ, today=datetime.now(UTC).date())


def one_target(settings: Settings) -> int:
    """Return the target that the command is about. Raises `ConfigError`."""
    named = settings.named_target_ids
    if len(named) == 1:
        return named[0]
    if not named:
        raise ConfigError("--target-id: required.", "Give it, or SPLX_TARGET_ID.")
    raise ConfigError(
        f"{len(named)} targets are named ({', '.join(map(str, named[:5]))}), and {settings.command} is about one.",
        "Give one with --target-id.",
    )


def ask(
    settings: Settings, question: Question[Result], *, seconds: float | None = None, secrets: Iterable[str] = ()
) -> Result:
    """Return the platform's answer, within `seconds` or what a command has. Raises the errors of the platform, and `CancelledError` on a signal."""
    from probe_gate.bootstrap import ask_platform, make_request_log

    if settings.connection is None:
        raise AssertionError(f"{settings.command} needs a connection")
    return ask_platform(
        settings.connection,
        question,
        seconds=settings.timings.command_seconds if seconds is None else seconds,
        secrets=secrets,
        on_retry=_report_retry,
        log_requests=make_request_log(settings.output, echo_err),
    )


def _report_retry(error: GateError, seconds: float) -> None:
    echo_err(f"{error.message} Asking again in {format_duration(seconds)}.")
