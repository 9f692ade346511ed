"""`probe-gate target show`: a target, without its secrets."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from probe_gate.cli.platform_call import ask, is_json, one_target, print_json, read_command, say
from probe_gate.cli.tables import Column, render_table, terminal_width
from probe_gate.cli.target_lines import flatten
from probe_gate.domain.target_state import without_secrets
from probe_gate.settings import Settings
from probe_gate.use_cases.ports import Clock, Platform

COLUMNS = (Column("FIELD"), Column("VALUE", may_fold=True))


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target show", arguments, environ)
    target_id = one_target(settings)
    target = without_secrets(read_target_from(settings, target_id))
    if is_json(settings):
        print_json(target)
        return 0
    page = page_of(settings, target_id)
    rows = [*flatten(target), *([("page", page)] if page else [])]
    for line in render_table(COLUMNS, rows, terminal_width()):
        say(line)
    return 0


def read_target_from(settings: Settings, target_id: int) -> Mapping[str, Any]:
    """The target as the platform answers it."""

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Mapping[str, Any]:
        return await platform.get_target(target_id, deadline)

    return ask(settings, question)


def page_of(settings: Settings, target_id: int) -> str:
    """The target's page on the platform, or nothing."""
    connection = settings.connection
    if connection is None or connection.platform_url is None:
        return ""
    return f"{connection.platform_url}/w/{connection.workspace_id}/target/{target_id}"
