"""`probe-gate target create FILE`: makes a target."""

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.cli.platform_call import ask, is_json, print_json, read_command, say, say_aside
from probe_gate.cli.target_files import read_target
from probe_gate.cli.target_show import page_of
from probe_gate.errors import ConfigError
from probe_gate.settings import Settings
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.sync_target import create_target

if TYPE_CHECKING:
    from probe_gate.files.target_file import TargetFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the target file")


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target create", arguments, environ)
    file = read_target(Path(arguments.file), environ)
    if file.id is not None:
        raise ConfigError(
            f"{file.name} is about target {file.id}, which is there already.",
            "Take the id out of the file to make another one, or use probe-gate target apply.",
        )
    for note in file.notes:
        say_aside(note)
    create(settings, file)
    return 0


def create(settings: Settings, file: TargetFile) -> None:
    """Makes the target and says its id."""

    async def question(platform: Platform, clock: Clock, deadline: float) -> int:
        return await create_target(platform, clock, random.SystemRandom().random, file.state, deadline)

    target_id = ask(settings, question, secrets=file.state.secrets)
    page = page_of(settings, target_id)
    if is_json(settings):
        print_json({"targetId": target_id, "action": "created", "page": page or None})
        return
    say(f"Target {target_id} was made. {page}".strip())
    say(f"With the line id: {target_id} in {file.name}, probe-gate target apply keeps it in that state.")
