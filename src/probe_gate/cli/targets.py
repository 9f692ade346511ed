"""`probe-gate target ...`: targets as code."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_gate.cli.arguments import is_target_flag
from probe_gate.cli.output import Column, echo, echo_err, is_json, print_json, render_table, terminal_width
from probe_gate.cli.platform_call import ask, one_target, read_command
from probe_gate.cli.target_output import change_lines, describe_changes, describe_diff, flatten, type_lines
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import plural
from probe_gate.domain.page_address import page_url
from probe_gate.domain.parsing import quoted
from probe_gate.domain.target_diff import TargetDiff, all_of
from probe_gate.domain.target_state import as_map, without_secrets
from probe_gate.domain.text import name_of
from probe_gate.errors import CancelledError, ConfigError
from probe_gate.runtime.signals import STOP_SIGNAL
from probe_gate.settings import Settings, flags_from
from probe_gate.settings.page_options import is_of
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.run_tag import parse_run_tag
from probe_gate.use_cases.sync_target import Applied, apply_target, create_target, delete_target, describe_unseen

if TYPE_CHECKING:
    from probe_gate.files.target_file import TargetFile


def list_types(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target types", arguments, environ)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Sequence[Mapping[str, Any]]:
        return await platform.list_target_types(deadline)

    types = ask(settings, question)
    if is_json(settings):
        print_json(list(types))
        return 0
    if not types:
        echo("The platform lists no target types.")
        return 0
    for line in type_lines(types):
        echo(line)
    return 0


TARGET_COLUMNS = (Column("FIELD"), Column("VALUE", may_fold=True))


def show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target show", arguments, environ)
    target_id = one_target(settings)
    target = without_secrets(read_target_from(settings, target_id))
    if is_json(settings):
        print_json(target)
        return 0
    page = page_of(settings, target_id)
    rows = [*flatten(target), *([("page", page)] if page else [])]
    for line in render_table(TARGET_COLUMNS, rows, terminal_width()):
        echo(line)
    return 0


def read_target_from(settings: Settings, target_id: int) -> Mapping[str, Any]:
    """Return the target as the platform describes it."""

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Mapping[str, Any]:
        return await platform.get_target(target_id, deadline)

    return ask(settings, question)


def page_of(settings: Settings, target_id: int) -> str:
    """Return the address of the target's page; empty if the platform's web address is unknown."""
    connection = settings.connection
    if connection is None or connection.platform_url is None:
        return ""
    return page_url(connection.platform_url, connection.workspace_id, target_id)


def add_create_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the target file")


def create(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target create", arguments, environ)
    file = read_target(Path(arguments.file), environ, settings)
    if file.id is not None:
        raise ConfigError(
            f"{file.name} is for target {file.id}, which already exists.",
            "Remove the id from the file to create another target, or use probe-gate target apply.",
        )
    for note in file.notes:
        echo_err(note)
    create_from_file(settings, file)
    return 0


def create_from_file(settings: Settings, file: TargetFile) -> None:
    """Create the target and print its ID."""

    async def question(platform: Platform, clock: Clock, deadline: float) -> int:
        return await create_target(platform, clock, random.SystemRandom().random, file.state, deadline)

    target_id = ask(settings, question, secrets=file.state.secrets)
    page = page_of(settings, target_id)
    if is_json(settings):
        print_json({"targetId": target_id, "action": "created", "page": page or None})
        return
    echo(f"Target {target_id} was created. {page}".strip())
    echo(f"Add the line id: {target_id} to {file.name} to update this target with probe-gate target apply.")


def add_apply_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the target file")
    parser.add_argument("--dry-run", action="store_true", help="only show what would change")
    parser.add_argument(
        "--send-secrets",
        action="store_true",
        help="send the connection even if no difference is visible; the platform masks secrets, so a new one may not show",
    )


def apply(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return apply_file("target apply", arguments, environ)


def apply_file(command: str, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run `target apply` or `target update` and return the exit code."""
    settings = read_command(command, arguments, environ)
    file = read_target(Path(arguments.file), environ, settings)
    target_id = _choose_target(settings, file, is_flag=is_target_flag(flags_from(arguments, command)))
    for note in file.notes:
        echo_err(note)
    if target_id is not None:
        _update(settings, file, target_id, arguments)
    elif arguments.dry_run:
        _print_new(settings, file)
    else:
        create_from_file(settings, file)
    return 0


def _choose_target(settings: Settings, file: TargetFile, *, is_flag: bool) -> int | None:
    """Return the ID of the target to update, or None to create one.

    An environment variable never selects a target that the file does not name.
    """
    named = settings.named_target_ids
    if is_flag:
        target_id = one_target(settings)
        if file.id not in (None, target_id):
            raise ConfigError(
                f"{file.name} is for target {file.id}, but --target-id is {target_id}.", "Use the same target in both."
            )
        return target_id
    if file.id is not None:
        if named not in ((), (file.id,)):
            echo_err(f"SPLX_TARGET_ID is ignored: {file.name} is for target {file.id}.")
        return file.id
    if settings.command == "target update":
        return one_target(settings)
    if named:
        echo_err(f"SPLX_TARGET_ID is ignored: {file.name} has no id, so it is for a new target.")
    return None


def _print_new(settings: Settings, file: TargetFile) -> None:
    changes = all_of(file.state)
    if is_json(settings):
        print_json({"targetId": None, "action": "would-create", "changes": describe_changes(changes)})
        return
    for line in change_lines(changes):
        echo(line)
    echo("A target would be created (dry run: nothing was sent).")


def _update(settings: Settings, file: TargetFile, target_id: int, arguments: argparse.Namespace) -> None:
    dry_run, send_secrets = bool(arguments.dry_run), bool(arguments.send_secrets)
    as_json = is_json(settings)

    def print_diff(diff: TargetDiff) -> None:
        if not as_json:
            _print_diff(diff, sends_connection=diff.changes_connection or send_secrets)

    async def question(platform: Platform, _clock: Clock, deadline: float) -> Applied:
        return await apply_target(
            platform, target_id, file.state, deadline, dry_run=dry_run, send_secrets=send_secrets, on_diff=print_diff
        )

    applied = ask(settings, question, secrets=file.state.secrets)
    would_send = bool(applied.diff.changes) or send_secrets
    action = "updated" if applied.was_updated else "would-update" if would_send else "unchanged"
    if as_json:
        print_json({"targetId": target_id, "action": action, **describe_diff(applied.diff)})
    elif action == "updated":
        count = len(applied.diff.changes)
        echo(
            f"Target {target_id} was updated: {plural(count, 'change') if count else 'its connection was sent again'}."
        )
    elif action == "would-update":
        echo(f"Target {target_id} would be updated (dry run: nothing was changed).")
    else:
        echo(f"Target {target_id} already matches {file.name}: nothing was changed.")
    if applied.reads_otherwise:
        fields = ", ".join(applied.reads_otherwise)
        echo_err(f"The platform returns a different value than was sent for {fields}, perhaps an unknown kind of mask.")


def _print_diff(diff: TargetDiff, *, sends_connection: bool) -> None:
    for line in change_lines(diff.changes):
        echo(line)
    if diff.unseen and not sends_connection:
        echo(f"{describe_unseen(diff)} --send-secrets sends them.")
    if diff.lost and sends_connection:
        names = ", ".join(".".join(path) for path in diff.lost)
        echo(f"The platform also has {names}, which the file does not contain: sending the connection may remove it.")


def update(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    return apply_file("target update", arguments, environ)


def add_delete_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    parser.add_argument(
        "--tag",
        metavar="TAG",
        help="delete the target only if its name begins with this run tag, as that of a temporary target does",
    )


def delete(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target delete", arguments, environ)
    target_id = one_target(settings)
    if not arguments.yes and not _is_interactive():
        raise ConfigError(
            f"Deleting target {target_id} needs confirmation, and there is no terminal to ask on.",
            "Give --yes. Nothing was deleted.",
        )
    # read first: only for a target that existed can a later 404 mean that it was deleted
    name = as_map(read_target_from(settings, target_id).get("settings")).get("name")
    target = Target(target_id, name if isinstance(name, str) else None)
    if arguments.tag is not None:
        _check_tag(target, arguments.tag.strip())
    if not arguments.yes and not _confirm(f"Delete {name_of(target)}, with all its test runs and scores? [y/N] "):
        raise ConfigError("Nothing was deleted.")

    async def question(platform: Platform, _clock: Clock, deadline: float) -> None:
        await delete_target(platform, target_id, deadline)

    ask(settings, question)
    if is_json(settings):
        print_json({"targetId": target_id, "action": "deleted"})
    else:
        text = name_of(target)
        echo(f"{text[0].upper()}{text[1:]} was deleted.")
    return 0


def _check_tag(target: Target, text: str) -> None:
    tag = parse_run_tag(text)
    if tag is None or tag != parse_run_tag(target.name):
        raise ConfigError(
            f"The name of {name_of(target)} does not begin with the run tag {quoted(text)}.", "Nothing was deleted."
        )


def _is_interactive() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _confirm(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    with _signals_interrupt():
        answer = sys.stdin.readline()
    return answer.strip().casefold() in ("y", "yes")


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let a signal end the wait for an answer immediately."""

    def interrupt() -> None:
        raise CancelledError(STOP_SIGNAL.signal_number or 2)

    STOP_SIGNAL.on_stop(interrupt)
    try:
        yield
    finally:
        STOP_SIGNAL.on_stop(None)


MAX_BYTES = 1024 * 1024


def read_target(path: Path, environ: Mapping[str, str], settings: Settings) -> TargetFile:
    """Return the target file.

    Raises:
        ConfigError: The file is missing, unreadable or invalid (with all of its problems), or its id is the address of a
            page of another workspace or platform.
    """
    from probe_gate.files.target_file import parse_target_file
    from probe_gate.settings.files import describe_read_error, read_small_file

    try:
        data = read_small_file(path, MAX_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: {describe_read_error(error)}.", "Name the target file.") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.") from None
    file = parse_target_file(data, str(path), environ)
    if file.page is not None and settings.connection is not None and not is_of(file.page, settings.connection):
        raise ConfigError(
            f"{file.name}: id: the page is not of workspace {settings.connection.workspace_id} "
            f"at {settings.connection.api_url}.",
            "Use the same workspace and region in both.",
        )
    return file


def reject_other_target(file: TargetFile, settings: Settings, *, is_flag: bool) -> None:
    """Raise `ConfigError` if the file is for another target than the flag or the base policy names.

    The change under test may have edited the file; it must not choose which target is changed and evaluated.

    Args:
        file: The target file.
        settings: The settings of the command.
        is_flag: Whether --target-id was given; a variable may be meant for other gates.
    """
    about = f"{file.name} is for {'a new target' if file.id is None else f'target {file.id}'}"
    named, base = settings.named_target_ids, settings.plans.base
    if is_flag and named != (file.id,):
        raise ConfigError(
            f"{about}, but --target-id is {', '.join(map(str, named[:5]))}.", "Use the same target in both."
        )
    if base is not None and base.targets and file.id is not None and base.entry_of(file.id) is None:
        raise ConfigError(
            f"{about}, which is not among the targets of {base.name}.",
            "The targets come from the base policy: list it there, or use a base policy without targets for previews.",
        )
