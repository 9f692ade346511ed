"""What `doctor` asks the platform: only for information. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.evidence import Target
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.errors import CancelledError, GateError
from probe_gate.use_cases.ports import Clock, Platform

QUESTION_SECONDS = 20.0
"""For one answer of the platform: a person waits."""
LIST_SECONDS = 60.0
"""The same for a list of runs, which may be long."""
SCORES_ATTEMPTS = 3
"""A platform may answer with an error for a target that has no scores yet."""
RECENT_RUNS = 30
"""How many of the latest runs are looked at."""


@dataclass(frozen=True, slots=True)
class TargetReading:
    """What the platform answered about one target, each an error where it answered with one."""

    target: Target
    description: Mapping[str, Any] | GateError
    listing: RunList | GateError | None = None
    """None if it was not asked for, since the target could not be read."""
    scores: Scores | GateError | None = None


async def read_target(
    platform: Platform, clock: Clock, target: Target, completed_statuses: frozenset[str]
) -> TargetReading:
    """Return what the platform answers about a target. Raises only `CancelledError`."""
    try:
        description = await platform.get_target(target.id, clock.monotonic() + QUESTION_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        return TargetReading(target, error)
    listing: RunList | GateError
    scores: Scores | GateError
    query = RunQuery(newest=RECENT_RUNS, completed_statuses=completed_statuses)
    try:
        listing = await platform.list_runs(target.id, query, clock.monotonic() + LIST_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        listing = error
    try:
        scores = await platform.fetch_scores(target.id, clock.monotonic() + QUESTION_SECONDS, attempts=SCORES_ATTEMPTS)
    except CancelledError:
        raise
    except GateError as error:
        scores = error
    return TargetReading(target, description, listing, scores)


async def read_target_types(platform: Platform, clock: Clock) -> Sequence[Mapping[str, Any]] | GateError:
    """Return the target types, which every valid key may read, or why they cannot be read. Raises only `CancelledError`."""
    try:
        return await platform.list_target_types(clock.monotonic() + QUESTION_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        return error
