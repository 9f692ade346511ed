"""The seconds that the program waits and allows, as one value: tests give it a faster one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timings:
    """How patient the program is with the platform. What users choose (`--timeout`, `--settle`, ...) is not here."""

    absence_seconds: float = 20.0
    """A run that has been missing from the listing for so long does not exist."""
    search_pauses_seconds: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0, 5.5)
    """Between the listings of a search by run tag; together a little more than `absence_seconds`."""
    max_backoff_seconds: float = 30.0
    """The longest pause before a request is sent again that was refused before it was carried out."""

    confirmation_seconds: float = 20.0
    """How long an odd answer must repeat itself before it is believed: replicas may lag by some seconds."""
    confirmation_pauses_seconds: tuple[float, ...] = (2.0, 6.0, 12.5)
    """Between these answers; together a little more than `confirmation_seconds`."""

    idle_watch_seconds: float = 5.0
    """How long a run in an unknown status, or one left over in an active status, is watched for movement."""
    start_spread_seconds: float = 10.0
    """Over how long gates are spread that waited for the same run."""
    min_start_seconds: float = 5.0
    """What a gate that waited must have left, beside its poll interval, to start a run and see it once."""
    first_scores_seconds: float = 15.0
    """How long the first reading of the scores before the trigger may take; then there is none."""
    max_earlier_scores_seconds: float = 120.0
    """How long the gate waits, at most, for the results of an earlier run to reach the scores."""
    min_scores_pause_seconds: float = 2.0
    """The shortest pause between two readings of the scores."""
    other_gate_seconds: float = 15.0
    """How long another gate, whose run was waited for, is left alone with its scores, beside two settle times."""

    never_listed_seconds: float = 300.0
    """A run that was started and has not been listed for so long will not be."""
    last_look_seconds: float = 1.0
    """How long before the end of its time the gate looks at its run for the last time."""
    unknown_status_seconds: float = 300.0
    """A run in an unknown status that has executed everything and has not moved for so long is taken for finished."""
    last_listing_seconds: float = 5.0
    """What the reading of the final scores leaves of the gate's time, at most, for the last listing."""

    cancel_seconds: float = 3.0
    """For cancelling a run, all in all: a CI system kills a job some seconds after it has asked it to stop."""
    cancel_answer_seconds: float = 1.5
    """For one answer while cancelling, so that a hanging one leaves time for another try."""
    cancel_pause_seconds: float = 0.5
    """Between two requests while cancelling."""
    look_seconds: float = 10.0
    """For a look at a run before it is cancelled by hand: a platform that cannot list runs may still cancel one."""
    delete_seconds: float = 60.0
    """For deleting a target; this comes on top of the gate's own time."""
    delete_after_signal_seconds: float = 2.5
    """The same after a signal: with the cancelling of the run, less than CI systems leave before they kill a job."""

    command_seconds: float = 60.0
    """For a command that a person waits for, such as `target show`, retries included."""
    listing_seconds: float = 300.0
    """The same for a command whose answer may be very long."""
    init_seconds: float = 20.0
    """For the current scores that `init` reads; it works without them, too."""
    comment_seconds: float = 20.0
    """For all requests for a comment: the verdict is known by then, and nobody should wait long for its picture."""


DEFAULT_TIMINGS = Timings()
