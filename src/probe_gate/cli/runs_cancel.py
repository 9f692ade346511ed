"""`probe-gate runs cancel`: cancel a test run, given its ID or the run tag in its name."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from probe_gate.cli.platform_call import ask, is_json, one_target, print_json, read_command, say
from probe_gate.domain.parsing import explain_address, read_id, shown
from probe_gate.errors import ConfigError
from probe_gate.settings import Settings
from probe_gate.use_cases.cancel import NoSuchRunError, Stopped, stop_run, stop_tagged
from probe_gate.use_cases.ports import Clock, Platform
from probe_gate.use_cases.run_tag import Mark, read_mark


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", nargs="?", metavar="N", help="the number of the test run")
    parser.add_argument(
        "--tag", metavar="TAG", help="the run tag at the start of the run's name, such as pg-3f9a2c1b.2.k4x7q2m9rwtv"
    )
    parser.add_argument("--if-exists", action="store_true", help="with --tag: exit 0 if the run does not exist")


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    settings = read_command("runs cancel", arguments, environ)
    if (arguments.run is None) == (arguments.tag is None):
        raise ConfigError("Which test run should be cancelled?", "Give its ID, or its run tag with --tag.")
    try:
        stopped = _stop(settings, arguments.run) if arguments.tag is None else _stop_marked(settings, arguments.tag)
    except NoSuchRunError as error:
        if not arguments.if_exists:
            raise
        if not is_json(settings):
            say(error.message)
        stopped = Stopped()
    if is_json(settings):
        print_json({"cancelled": list(stopped.cancelled), "over": [run.id for run in stopped.over]})
        return 0
    for run_id in stopped.cancelled:
        if _known_target(settings) is None:
            say(
                f"The platform accepted the request to cancel test run {run_id}. "
                "Whether the run was still active is checked only with --target-id."
            )
        else:
            say(f"Test run {run_id} was cancelled on the platform.")
    for run in stopped.over:
        nothing = "" if stopped.cancelled else " Nothing was cancelled."
        say(f"Test run {run.id} has already finished ({run.status}).{nothing}")
    return 0


def _stop(settings: Settings, text: str) -> Stopped:
    try:
        run_id = read_id(text.strip())
    except ValueError as error:
        wrong = explain_address(text, "test-run-id") or str(error)
        raise ConfigError(f"The number of a test run: {wrong}.", "probe-gate runs list shows them.") from None
    target_id = _known_target(settings)

    async def question(platform: Platform, clock: Clock, deadline: float) -> Stopped:
        return await stop_run(platform, clock, run_id, target_id, deadline)

    return ask(settings, question)


def _known_target(settings: Settings) -> int | None:
    return settings.named_target_ids[0] if len(settings.named_target_ids) == 1 else None


def _stop_marked(settings: Settings, text: str) -> Stopped:
    mark = _read_mark(text.strip())
    target_id = one_target(settings)

    async def question(platform: Platform, clock: Clock, deadline: float) -> Stopped:
        return await stop_tagged(platform, clock, target_id, mark, deadline)

    return ask(settings, question, seconds=settings.timings.listing_seconds)


def _read_mark(text: str) -> Mark:
    mark = read_mark(text)
    if mark is None or not text.startswith(mark.text):
        raise ConfigError(
            f"--tag: {shown(text)} is not a run tag.",
            "The name of a run that a gate started begins with its run tag, such as pg-3f9a2c1b.2.k4x7q2m9rwtv.",
        )
    return mark
