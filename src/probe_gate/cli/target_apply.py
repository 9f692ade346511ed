"""`probe-gate target apply FILE`: makes a target, or updates what differs, or does nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.cli.platform_call import ask, is_json, one_target, print_json, read_command, say, say_aside
from probe_gate.cli.target_create import create
from probe_gate.cli.target_files import read_target
from probe_gate.cli.target_lines import change_lines, describe_changes, describe_diff
from probe_gate.domain.formatting import plural
from probe_gate.domain.target_diff import TargetDiff, all_of
from probe_gate.errors import ConfigError
from probe_gate.settings import Settings
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.sync_target import Applied, apply_target, describe_unseen

if TYPE_CHECKING:
    from probe_gate.files.target_file import TargetFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the target file")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument(
        "--send-secrets",
        action="store_true",
        help="send the connection also when no difference is seen: the platform masks secrets, so a new one may not show",
    )


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return apply_file("target apply", arguments, environ)


def apply_file(command: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """What `target apply` and `target update` share."""
    settings = read_command(command, arguments, environ)
    file = read_target(Path(arguments.file), environ)
    target_id = _choose_target(settings, file, is_flag=bool((arguments.target_id or "").strip()))
    for note in file.notes:
        say_aside(note)
    if target_id is not None:
        _update(settings, file, target_id, arguments)
    elif arguments.dry_run:
        _show_new(settings, file)
    else:
        create(settings, file)
    return 0


def _choose_target(settings: Settings, file: TargetFile, *, is_flag: bool) -> int | None:
    """The target to update; None: one is to be made. A variable never chooses a target that the file does not name."""
    named = settings.named_target_ids
    if is_flag:
        target_id = one_target(settings)
        if file.id not in (None, target_id):
            raise ConfigError(f"{file.name} is about target {file.id}, and --target-id names {target_id}.", "Name one.")
        return target_id
    if file.id is not None:
        if named not in ((), (file.id,)):
            say_aside(f"SPLX_TARGET_ID is not used: {file.name} is about target {file.id}.")
        return file.id
    if settings.command == "target update":
        return one_target(settings)
    if named:
        say_aside(f"SPLX_TARGET_ID is not used: {file.name} has no id, so it is for a new target.")
    return None


def _show_new(settings: Settings, file: TargetFile) -> None:
    changes = all_of(file.state)
    if is_json(settings):
        print_json({"targetId": None, "action": "would-create", "changes": describe_changes(changes)})
        return
    for line in change_lines(changes):
        say(line)
    say("A target would be made (dry run: nothing was sent).")


def _update(settings: Settings, file: TargetFile, target_id: int, arguments: argparse.Namespace) -> None:
    dry_run, send_secrets = bool(arguments.dry_run), bool(arguments.send_secrets)
    as_json = is_json(settings)

    def show(diff: TargetDiff) -> None:
        if not as_json:
            _say_diff(diff, sends_connection=diff.changes_connection or send_secrets)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Applied:
        return await apply_target(
            platform, target_id, file.state, deadline, dry_run=dry_run, send_secrets=send_secrets, on_diff=show
        )

    applied = ask(settings, question, secrets=file.state.secrets)
    would_send = bool(applied.diff.changes) or send_secrets
    action = "updated" if applied.was_updated else "would-update" if would_send else "unchanged"
    if as_json:
        print_json({"targetId": target_id, "action": action, **describe_diff(applied.diff)})
    elif action == "updated":
        count = len(applied.diff.changes)
        say(f"Target {target_id} was updated: {plural(count, 'change') if count else 'its connection was sent again'}.")
    elif action == "would-update":
        say(f"Target {target_id} would be updated (dry run: nothing was changed).")
    else:
        say(f"Target {target_id} is as {file.name} wants it: nothing was changed.")
    if applied.reads_otherwise:
        fields = ", ".join(applied.reads_otherwise)
        say_aside(f"The platform shows another value than was sent of {fields}, perhaps a mask that is not known here.")


def _say_diff(diff: TargetDiff, *, sends_connection: bool) -> None:
    for line in change_lines(diff.changes):
        say(line)
    if diff.unseen and not sends_connection:
        say(f"{describe_unseen(diff)} --send-secrets sends them.")
    if diff.lost and sends_connection:
        names = ", ".join(".".join(path) for path in diff.lost)
        say(f"The platform also has {names}, which the file does not name: sending the connection may remove it.")
