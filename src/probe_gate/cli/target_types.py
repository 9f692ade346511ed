"""`probe-gate target types`: the target types, with their probes and risk levels."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from probe_gate.cli.platform_call import ask, is_json, print_json, read_command, say
from probe_gate.domain.probes import RiskLevel
from probe_gate.domain.text import plain_line
from probe_gate.use_cases.ports import Clock, Platform

LEGEND = "* recommended for the type. The numbers are the ids of probes, as --probe-ids takes them."
LEVELS = [level.value.upper() for level in reversed(RiskLevel)]


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Nothing beside the declared options."""


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target types", arguments, environ)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Sequence[Mapping[str, Any]]:
        return await platform.list_target_types(deadline)

    types = ask(settings, question)
    if is_json(settings):
        print_json(list(types))
        return 0
    if not types:
        say("The platform lists no target types.")
        return 0
    for line in _lines(types):
        say(line)
    return 0


def _lines(types: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for one in types:
        lines.append(f"{plain_line(one['label'], 80)}  ({plain_line(one['id'], 80)})")
        by_level: dict[str, list[str]] = {level: [] for level in LEVELS}
        for probe in one["details"]:
            star = "*" if probe["isRecommended"] else ""
            by_level.setdefault(plain_line(probe["weight"], 20).upper(), []).append(f"{probe['probeId']}{star}")
        lines += [f"  {level.lower():<10}  {', '.join(probes)}" for level, probes in by_level.items() if probes]
        lines.append("")
    return [*lines, LEGEND]
