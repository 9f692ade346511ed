"""Stopping a run by hand: by its number, or by the mark that a gate gave its name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.domain.numbers import format_duration, plural
from probe_gate.domain.run import Run
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.gate.mark import Mark, read_mark
from probe_gate.ports import Clock, Platform

SEARCH_READINGS = 3
SEARCH_SECONDS = 20.0
"""A mark that is absent from so many whole readings over so long is on no run: the trigger assumes the same."""
SEARCH_PAUSE_SECONDS = 2.0


LOOK_SECONDS = 10.0
"""For a look at a run before it is cancelled: a platform that cannot list runs may still cancel one."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What became of the runs that were to be stopped."""

    cancelled: tuple[int, ...] = ()
    """The platform took the request to cancel these."""
    over: tuple[Run, ...] = ()
    """These had ended before."""


async def stop_run(platform: Platform, clock: Clock, run_id: int, target_id: int | None, deadline: float) -> Stopped:
    """Cancel a run, unless it is seen to have finished: the platform says yes to cancelling such a one, too.

    Args:
        platform: The platform.
        clock: The clock.
        run_id: The run.
        target_id: Its target, whose listing is looked at; None if it is not known. A run is cancelled by its number
            alone, and only the listing tells whether it is active.
        deadline: A reading of the clock.

    Raises:
        GateError: If the platform refuses, and the run is not seen to have finished.
    """
    if target_id is not None:
        with suppress(ConfigError, AuthError, PlatformError):
            until = min(deadline, clock.monotonic() + LOOK_SECONDS)
            found = (await platform.list_runs(target_id, RunQuery(run_id=run_id), until)).run
            if found is not None and found.phase.is_terminal:
                return Stopped(over=(found,))
    try:
        await platform.cancel_run(run_id, deadline)
    except ConfigError:
        if target_id is None:
            raise
        listing = await platform.list_runs(target_id, RunQuery(run_id=run_id), deadline)
        if listing.run is None or not listing.run.phase.is_terminal:
            raise
        return Stopped(over=(listing.run,))
    return Stopped(cancelled=(run_id,))


async def stop_marked(platform: Platform, clock: Clock, target_id: int, mark: Mark, deadline: float) -> Stopped:
    """Cancels every run of the target that carries the mark and is not over.

    Raises `NoSuchRunError` when it is proven that there is none, and `PlatformError` when that cannot be proven.
    """
    runs = await _find_marked(platform, clock, target_id, mark, deadline)
    going = [run for run in runs if not run.phase.is_terminal]
    cancelled: list[int] = []
    over = [run for run in runs if run.phase.is_terminal]
    for run in going:
        stopped = await stop_run(platform, clock, run.id, target_id, deadline)
        cancelled += stopped.cancelled
        over += stopped.over
    return Stopped(tuple(cancelled), tuple(over))


async def _find_marked(platform: Platform, clock: Clock, target_id: int, mark: Mark, deadline: float) -> list[Run]:
    query = RunQuery(name_prefix=mark.text)
    began = clock.monotonic()
    readings = whole = 0
    while True:
        listing = await platform.list_runs(target_id, query, deadline)
        readings += 1
        whole += listing.whole
        found = [run for run in listing.marked if read_mark(run.name) == mark]
        if found:
            return found
        looked_for = clock.monotonic() - began
        if whole >= SEARCH_READINGS and looked_for >= SEARCH_SECONDS:
            raise _not_found(target_id, mark, listing, readings, looked_for)
        if clock.monotonic() + SEARCH_PAUSE_SECONDS >= deadline:
            raise PlatformError(
                f"Target {target_id} did not list a run marked {mark.text} in the time there was.", "Try again."
            )
        await clock.sleep(SEARCH_PAUSE_SECONDS)


class NoSuchRunError(ConfigError):
    """It is proven that no run of the target carries the mark."""


def _not_found(
    target_id: int, mark: Mark, listing: Listing, readings: int, seconds: float
) -> ConfigError | PlatformError:
    said = f"Target {target_id} has no test run marked {mark.text}"
    if listing.unreadable:
        return PlatformError(
            f"{said} among those that can be read; {plural(listing.unreadable, 'entry', 'entries')} of the listing "
            "cannot.",
            "Look for it on the platform.",
        )
    return NoSuchRunError(
        f"{said}: looked {readings} times over {format_duration(seconds)}. Nothing was cancelled.",
        "Check the mark and --target-id; probe-gate runs list shows the target's runs.",
    )
