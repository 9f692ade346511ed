"""Making a target, once.

There is no idempotency key and no list of targets: whether an answer that was lost stands for a target cannot be found
out. So the request is sent again only when it is proven that it was not taken; otherwise it is said what to look for.
"""

from __future__ import annotations

from collections.abc import Callable

from probe_gate.domain.target_state import TargetState
from probe_gate.errors import CancelledError, PlatformError
from probe_gate.gate.streak import backoff_seconds
from probe_gate.ports import Clock, NotStartedError, Platform, UnconfirmedRequestError
from probe_gate.timings import DEFAULT_TIMINGS, Timings


async def create_target(
    platform: Platform,
    clock: Clock,
    random: Callable[[], float],
    state: TargetState,
    deadline: float,
    timings: Timings = DEFAULT_TIMINGS,
) -> int:
    """The id of the target that now exists. Raises `PlatformError` also when it is not known whether one was made."""
    refusals = 0
    while True:
        try:
            answer = await platform.create_target(state.body, deadline)
            return int(answer["id"])
        except NotStartedError as error:
            pause = backoff_seconds(error, refusals, random(), timings)
            if clock.monotonic() + pause >= deadline:
                raise PlatformError(f"No target was made: {error.message}", error.advice) from error
            refusals += 1
            await clock.sleep(pause)
        except UnconfirmedRequestError as error:
            raise PlatformError(
                f"It is not known whether a target was made: {error.message}", what_to_look_for(state)
            ) from error
        except CancelledError as error:
            if error.never_begun:
                raise
            raise CancelledError(
                error.signal_number, "It is not known whether a target was made.", what_to_look_for(state)
            ) from None


def what_to_look_for(state: TargetState) -> str:
    """How a person finds a target of which it is not known whether it was made."""
    return (
        f"Look on the platform for a target called {state.shown_name}; if it is there and nobody needs it, delete it with: "
        "probe-gate target delete --target-id ID"
    )
