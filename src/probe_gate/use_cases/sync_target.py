"""Creating, updating and deleting a target.

There is no idempotency key and no list of targets: whether an answer that was lost stands for a target cannot be found
out. So the request is sent again only when it is proven that it was not taken; otherwise it is said what to look for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.formatting import few, plural
from probe_gate.domain.target_diff import Change, Kind, TargetDiff, build_update, compare_target
from probe_gate.domain.target_state import TargetState, is_secret
from probe_gate.errors import AuthError, CancelledError, ConfigError, PlatformError
from probe_gate.timings import DEFAULT_TIMINGS, Timings
from probe_gate.use_cases.context import TargetContext
from probe_gate.use_cases.polling import backoff_seconds
from probe_gate.use_cases.ports import Clock, NotStartedError, Platform, Step, UnconfirmedRequestError

MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Applied:
    """What was found, and done about it."""

    diff: TargetDiff
    was_updated: bool = False
    reads_otherwise: tuple[str, ...] = ()
    """Secrets that were sent and that the platform shows in another form than it usually masks them."""


async def apply_target(
    platform: Platform,
    target_id: int,
    state: TargetState,
    deadline: float,
    *,
    dry_run: bool = False,
    send_secrets: bool = False,
    on_diff: Callable[[TargetDiff], None] = lambda _diff: None,
) -> Applied:
    """Update what differs, if anything does. `send_secrets` sends the connection also when no difference is seen.

    `on_diff` is called with the differences before anything is sent.

    Raises:
        PlatformError: The platform accepted the update and still shows another state.
    """
    current = await platform.get_target(target_id, deadline)
    diff = compare_target(state, current)
    on_diff(diff)
    body = build_update(state, current, diff, send_secrets=send_secrets)
    if not body or dry_run:
        return Applied(diff)
    try:
        answer = await platform.update_target(target_id, body, deadline)
    except CancelledError as error:
        if error.never_begun:
            raise
        raise CancelledError(
            error.signal_number,
            f"It is not known whether target {target_id} was changed.",
            "Run probe-gate target apply again; applying a change twice does no harm.",
        ) from None
    left = _still_different(state, answer)
    if any(not is_secret(change.path) for change in left):
        # an answer to a change may be older than the change
        left = _still_different(state, await platform.get_target(target_id, deadline))
    plain = [change for change in left if not is_secret(change.path)]
    if plain:
        raise PlatformError(
            f"The platform accepted the change of target {target_id} but still shows other values: {name_fields(plain)}.",
            "Look at the target on the platform. If it shows a value in another form, write that form in the file.",
        )
    return Applied(diff, was_updated=True, reads_otherwise=tuple(change.field for change in left))


def _still_different(state: TargetState, answer: Mapping[str, Any]) -> list[Change]:
    return [change for change in compare_target(state, answer).changes if change.kind is Kind.CHANGED]


async def apply_state(context: TargetContext, state: TargetState) -> None:
    """Bring the target of a gate to the state of its file."""
    context.report(Step.PREPARING, f"Comparing target {context.plan.target.id} with its file.")
    applied = await apply_target(context.platform, context.plan.target.id, state, context.deadline)
    if applied.was_updated:
        text = f"The target was updated to match its file: {name_fields(applied.diff.changes)} changed."
    else:
        text = "The target already matches its file."
    context.note(text)
    context.report(Step.PREPARING, text)
    if applied.diff.unseen:
        context.note(describe_unseen(applied.diff))


def name_fields(changes: tuple[Change, ...] | list[Change]) -> str:
    """Return the fields, without their values."""
    return few([change.field for change in changes], MAX_NAMED)


def describe_unseen(diff: TargetDiff) -> str:
    """Return what could not be compared, in one sentence."""
    names = [".".join(path) for path in diff.unseen]
    return (
        f"The platform shows {plural(len(names), 'value')} masked or not at all, so they were not compared: "
        f"{few(names, MAX_NAMED)}."
    )


async def create_target(
    platform: Platform,
    clock: Clock,
    random: Callable[[], float],
    state: TargetState,
    deadline: float,
    timings: Timings = DEFAULT_TIMINGS,
) -> int:
    """Return the id of the target that now exists. Raises `PlatformError` also when it is not known whether one was made."""
    refusals = 0
    while True:
        try:
            answer = await platform.create_target(state.body, deadline)
            return int(answer["id"])
        except NotStartedError as error:
            pause = backoff_seconds(error, refusals, random(), timings)
            if clock.monotonic() + pause >= deadline:
                raise PlatformError(f"No target was created: {error.message}", error.hint) from error
            refusals += 1
            await clock.sleep(pause)
        except UnconfirmedRequestError as error:
            raise PlatformError(
                f"It is not known whether a target was created: {error.message}", what_to_look_for(state)
            ) from error
        except CancelledError as error:
            if error.never_begun:
                raise
            raise CancelledError(
                error.signal_number, "It is not known whether a target was created.", what_to_look_for(state)
            ) from None


def what_to_look_for(state: TargetState) -> str:
    """How a person finds a target of which it is not known whether it was made."""
    return (
        f"Look on the platform for a target called {state.shown_name}; if it is there and nobody needs it, delete it with: "
        "probe-gate target delete --target-id ID"
    )


async def delete_target(platform: Platform, target_id: int, deadline: float) -> None:
    """Return when the target is gone. Raises the refusal when that is not proven.

    The request is repeated until the deadline. When the answer to the first one was lost, the next one is refused
    because the target is gone; so a refusal is looked into.
    """
    try:
        await platform.delete_target(target_id, deadline)
    except (ConfigError, AuthError):
        if not await _is_gone(platform, target_id, deadline):
            raise


async def _is_gone(platform: Platform, target_id: int, deadline: float) -> bool:
    """Whether the target cannot be read any more, while the key is still good."""
    try:
        await platform.get_target(target_id, deadline)
    except ConfigError:
        return True
    except AuthError:
        return await _is_key_good(platform, deadline)
    except PlatformError:
        return False
    return False


async def _is_key_good(platform: Platform, deadline: float) -> bool:
    try:
        await platform.list_target_types(deadline)
    except (AuthError, ConfigError, PlatformError):
        return False
    return True
