"""`probe-gate target delete`: deletes a target, after a yes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from probe_gate.cli.platform_call import ask, is_json, one_target, print_json, read_command, say
from probe_gate.cli.target_show import read_target_from
from probe_gate.domain.evidence import Target
from probe_gate.domain.parsing import shown
from probe_gate.domain.target_state import as_map
from probe_gate.domain.text import name_of
from probe_gate.errors import CancelledError, ConfigError
from probe_gate.runtime.signals import STOP_SIGNAL
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.run_tag import read_mark
from probe_gate.use_cases.sync_target import delete_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--tag",
        metavar="TAG",
        help="delete the target only if its name begins with this run tag, as that of a temporary target does",
    )


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("target delete", arguments, environ)
    target_id = one_target(settings)
    if not arguments.yes and not _can_be_asked():
        raise ConfigError(
            f"Deleting target {target_id} needs a yes, and there is nobody to ask.", "Give --yes. Nothing was deleted."
        )
    # it is read first: only of a target that was there can it be told later that it is gone
    name = as_map(read_target_from(settings, target_id).get("settings")).get("name")
    target = Target(target_id, name if isinstance(name, str) else None)
    if arguments.tag is not None:
        _check_mark(target, arguments.tag.strip())
    if not arguments.yes and not _agrees(f"Delete {name_of(target)}, with all its test runs and scores? [y/N] "):
        raise ConfigError("Nothing was deleted.")

    async def question(platform: Platform, _clock: Clock, deadline: float) -> None:
        await delete_target(platform, target_id, deadline)

    ask(settings, question)
    if is_json(settings):
        print_json({"targetId": target_id, "action": "deleted"})
    else:
        text = name_of(target)
        say(f"{text[0].upper()}{text[1:]} was deleted.")
    return 0


def _check_mark(target: Target, text: str) -> None:
    mark = read_mark(text)
    if mark is None or mark != read_mark(target.name):
        raise ConfigError(
            f"The name of {name_of(target)} does not begin with the run tag {shown(text)}.", "Nothing was deleted."
        )


def _can_be_asked() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _agrees(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    with _signals_interrupt():
        answer = sys.stdin.readline()
    return answer.strip().casefold() in ("y", "yes")


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """While a person is asked, a signal ends the waiting at once."""

    def interrupt() -> None:
        raise CancelledError(STOP_SIGNAL.signal_number or 2)

    STOP_SIGNAL.on_stop(interrupt)
    try:
        yield
    finally:
        STOP_SIGNAL.on_stop(None)
