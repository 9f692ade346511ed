"""Making a target, once.

There is no idempotency key and no list of targets: whether an answer that was lost stands for a target cannot be found
out. So the request is sent again only when it is proven that it was not taken; otherwise it is said what to look for.
"""

from __future__ import annotations

from collections.abc import Callable

from probe_gate.domain.target_state import TargetState
from probe_gate.errors import CancelledError, PlatformError
from probe_gate.ports import Clock, NotStartedError, TargetPlatform, UnconfirmedRequestError

MOST_PAUSE_SECONDS = 30.0


async def create_target(
    targets: TargetPlatform, clock: Clock, random: Callable[[], float], state: TargetState, deadline: float
) -> int:
    """The id of the target that now exists. Raises `PlatformError` also when it is not known whether one was made."""
    refusals = 0
    while True:
        try:
            answer = await targets.create_target(state.body, deadline)
            return int(answer["id"])
        except NotStartedError as error:
            pause = min(2.0**refusals, MOST_PAUSE_SECONDS) * (0.5 + random() / 2)
            if error.retry_after_seconds is not None:
                pause = max(error.retry_after_seconds, 0.0) + random()
            if clock.monotonic() + pause >= deadline:
                raise PlatformError(f"No target was made: {error.message}", error.advice) from error
            refusals += 1
            await clock.sleep(pause)
        except UnconfirmedRequestError as error:
            raise PlatformError(
                f"It is not known whether a target was made: {error.message}", what_to_look_for(state)
            ) from error
        except CancelledError as error:
            if not error.never_begun:
                error.message += " It is not known whether a target was made."
                error.advice = what_to_look_for(state)
            raise


def what_to_look_for(state: TargetState) -> str:
    """How a person finds a target of which it is not known whether it was made."""
    return (
        f"Look on the platform for a target called {state.shown_name}; if it is there and nobody needs it, delete it with: "
        "probe-gate target delete --target-id ID"
    )
