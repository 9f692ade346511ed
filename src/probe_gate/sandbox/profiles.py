"""How the share of finished test cases grows while a run is going.

Each profile maps the share of the run's time that is over (0 to 1) to the share of test cases
that the platform shows as executed (0 to 1). What is shown need not be what is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable

STUCK_AT = 0.9
_STUCK_FROM, _STUCK_TO = 0.6, 0.6 + 1 / 3
_STEPS = 5


def _linear(time_share: float) -> float:
    return time_share


def _s_shaped(time_share: float) -> float:
    return (1 - math.cos(math.pi * time_share)) / 2


def _steps(time_share: float) -> float:
    return math.floor(time_share * _STEPS) / _STEPS


def _stuck(time_share: float) -> float:
    """Reaches 90 % early, stays there for a third of the time, then goes on."""
    if time_share < _STUCK_FROM:
        return STUCK_AT * time_share / _STUCK_FROM
    if time_share < _STUCK_TO:
        return STUCK_AT
    return STUCK_AT + (1 - STUCK_AT) * (time_share - _STUCK_TO) / (1 - _STUCK_TO)


def _backwards(time_share: float) -> float:
    """Falls from 80 % to 20 % while the run goes on."""
    return 0.8 - 0.6 * time_share


def _silent(time_share: float) -> float:
    """Nothing is shown: the run also hides its counts and its progress."""
    del time_share
    return 0.0


PROFILES: dict[str, Callable[[float], float]] = {
    "linear": _linear,
    "s-shaped": _s_shaped,
    "steps": _steps,
    "stuck": _stuck,
    "backwards": _backwards,
    "silent": _silent,
}


def shown_share(profile: str, time_share: float) -> float:
    """The share of test cases shown as executed; 0 before the start, 1 from the end on."""
    if time_share >= 1:
        return 1.0
    if time_share <= 0:
        return 0.0
    return PROFILES[profile](time_share)
