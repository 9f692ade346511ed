"""Helpers shared by the commands on runs and targets: settings, and one call to the platform."""

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
    """Return the ID of the only target given.

    Raises:
        ConfigError: No target or several are given.
    """
    named = settings.named_target_ids
    if len(named) == 1:
        return named[0]
    if not named:
        raise ConfigError(
            "--target-id: required.",
            "Give it or SPLX_TARGET_ID, or the address of the target's page with --target-url.",
        )
    raise ConfigError(
        f"{len(named)} targets are given ({', '.join(map(str, named[:5]))}), but {settings.command} takes one.",
        "Give one with --target-id.",
    )


def ask(
    settings: Settings, question: Question[Result], *, seconds: float | None = None, secrets: Iterable[str] = ()
) -> Result:
    """Return the platform's response.

    Args:
        settings: The settings of the command.
        question: Makes the request.
        seconds: Time limit in seconds; None for the usual limit of a command.
        secrets: Texts beside the API key that must not appear in any message.

    Raises:
        GateError: The platform refused the request or could not be reached.
        CancelledError: A signal arrived.
    """
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
    echo_err(f"{error.message} Retrying in {format_duration(seconds)}.")
