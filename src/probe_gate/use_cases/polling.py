"""When to poll next.

The expected end is a window, not a moment: progress of 0.4 in one response and 0.6 in the next changed somewhere in
between, and a run may recently have been faster than on average. Each estimate of its speed gives an end; the window
spans them all. Before the window, sleep most of the way; inside it, poll often, but less often the wider it is; after it,
back off the later the run is, because the progress was wrong.

A run without progress, or whose progress falls, is polled after delays that grow with its age: its end is then noticed
within a fifth of its duration, however long that is.

Nothing here trusts the platform: every delay is within the two bounds, whatever was observed. Only a platform that
throttles moves them: then all delays grow, beyond the upper bound if necessary, and shrink again slowly.

Also here: how often an unexpected response must be repeated before it counts, and how long to wait before a retry.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from probe_gate.timings import Timings
from probe_gate.use_cases.ports import NotStartedError

_SHARE_WITHOUT_PROGRESS = 0.18
"""Share of the elapsed time to sleep while the run reports no progress at all."""
_SHARE_BEFORE_PROGRESS = 0.36
"""The same while it reports that nothing is done yet: it will not finish in a moment."""
_SHARE_TO_WINDOW_START = 0.8
"""Share of the time until the window starts to sleep. Less than all of it, because the window may be wrong."""
_SHARE_TO_WINDOW_END = 0.4
"""Share of the time until the window ends to sleep, if that is longer."""
_MIN_SHARE_OF_WINDOW = 0.25
"""Share of the window's width that is the minimum delay inside it."""
_SHARE_OF_LATENESS = 0.3
"""Share of the lateness to sleep after the window."""
_MIN_DELAY_FACTOR = 0.17
"""The minimum delay near the end, as a share of the geometric mean of lower bound and elapsed time: 2.6 s after 2 minutes,
5.3 s after 8, 14 s after an hour. A few seconds matter less on a long run."""
_RECENT_SHARE = 0.1
"""Share of the elapsed time that counts as recent."""
_SPREAD = 0.05
"""By how much jitter moves a delay up or down."""
_EARLY_SPREAD = 0.25
"""The same until twice the upper bound has passed, so that gates started together do not stay in step."""
_STRETCH_PER_THROTTLE = 1.5
"""By how much each refusal (429) stretches the delays."""
_STRETCH_DECAY = 0.95
"""By how much each other response shrinks them again."""
_MAX_STRETCH = 4.0
_MIN_CHANGE = 1e-6
"""A smaller change of the progress does not count."""
_MIN_PROGRESS_FOR_ESTIMATE = 0.05
"""From this progress on, the estimated remaining time is shown; before, it would mostly reflect rounding."""
_FOREVER_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class _Rise:
    """The progress rose to `progress` after `after` and at `seen` at the latest (both in elapsed seconds)."""

    after: float
    seen: float
    progress: float

    @property
    def middle(self) -> float:
        return (self.after + self.seen) / 2


@dataclass(frozen=True, slots=True)
class _Window:
    """The times between which the end is expected, in elapsed seconds."""

    earliest: float
    latest: float


class PollSchedule:
    """How often one run is polled. The wait for a busy target uses another one.

    Times are seconds since the run was triggered. For a run that was active before, they are seconds since it was first
    seen: then call `observe` with its progress at once, at 0.
    """

    def __init__(self, low_seconds: float, high_seconds: float) -> None:
        """Keep every delay between the two, both included, unless `throttle` stretches it.

        Equal bounds make a fixed interval.

        Raises:
            ValueError: Not `0 < low_seconds <= high_seconds < infinity`.
        """
        if not 0 < low_seconds <= high_seconds < math.inf:
            raise ValueError(f"bounds out of order: {low_seconds} to {high_seconds} s")
        self._low = low_seconds
        self._high = high_seconds
        self._last: tuple[float, float] | None = None
        """The latest observation: elapsed seconds and progress."""
        self._origin = (0.0, 0.0)
        """The elapsed seconds and progress from which the speed is estimated."""
        self._first_rise: _Rise | None = None
        self._rises: list[_Rise] = []
        """Those of the recent past, and one before."""
        self._smallest_rise = 1.0
        self._fell = False
        self._stretch = 1.0

    def observe(self, elapsed_seconds: float, progress: float | None) -> None:
        """Record the progress, 0 to 1, at that time; None if the run does not report it.

        Invalid values, and times not later than the latest one, are ignored.
        """
        if progress is None or not math.isfinite(progress) or not 0 <= elapsed_seconds <= _FOREVER_SECONDS:
            return
        progress = min(max(progress, 0.0), 1.0)
        if self._last is None:
            self._observe_first(elapsed_seconds, progress)
        elif elapsed_seconds <= self._last[0]:
            return
        elif progress <= self._last[1] - _MIN_CHANGE:
            self._restart(elapsed_seconds, progress)
            self._fell = True
        elif progress >= self._last[1] + _MIN_CHANGE:
            self._add_rise(_Rise(self._last[0], elapsed_seconds, progress), progress - self._last[1])
            self._fell = False
        else:
            progress = self._last[1]
        self._last = (elapsed_seconds, progress)

    def throttle(self, refusals: int) -> None:
        """Stretch the delays for each refusal (429) before the latest response, or shrink them again."""
        if refusals > 0:
            self._stretch = min(self._stretch * _STRETCH_PER_THROTTLE ** min(refusals, 10), _MAX_STRETCH)
        else:
            self._stretch = max(self._stretch * _STRETCH_DECAY, 1.0)

    def next_delay(self, elapsed_seconds: float, jitter: float) -> float:
        """Return the seconds until the next poll. `jitter` is a random number from 0 to 1."""
        elapsed = _clamp(elapsed_seconds, 0.0, _FOREVER_SECONDS)
        delay = _clamp(self._wanted_delay(elapsed), self._low, self._high)
        spread = _EARLY_SPREAD if elapsed < 2 * self._high else _SPREAD
        least = max(self._low, delay * (1 - spread))
        most = min(self._high, delay * (1 + spread))
        jittered = _clamp(least + (most - least) * _clamp(jitter, 0.0, 1.0), self._low, self._high)
        return jittered * self._stretch

    def remaining_seconds(self, elapsed_seconds: float) -> float | None:
        """Return the estimated remaining time, for display; None without an estimate, or if the run is later than estimated."""
        window = self._expected_end()
        elapsed = _clamp(elapsed_seconds, 0.0, _FOREVER_SECONDS)
        if (
            window is None
            or elapsed >= window.latest
            or self._rises[-1].progress < self._origin[1] + _MIN_PROGRESS_FOR_ESTIMATE
        ):
            return None
        return (max(window.earliest, elapsed) + window.latest) / 2 - elapsed

    def _observe_first(self, elapsed: float, progress: float) -> None:
        if elapsed < self._low:  # seen before the first delay: the run was active already
            self._restart(elapsed, progress)
        elif progress >= _MIN_CHANGE:
            self._add_rise(_Rise(0.0, elapsed, progress), progress)

    def _restart(self, elapsed: float, progress: float) -> None:
        self._origin = (elapsed, progress)
        self._first_rise = None
        self._rises = []
        self._smallest_rise = 1.0

    def _add_rise(self, rise: _Rise, height: float) -> None:
        self._first_rise = self._first_rise or rise
        self._smallest_rise = min(self._smallest_rise, height)
        self._rises.append(rise)
        recent = rise.seen * (1 - _RECENT_SHARE)
        while len(self._rises) > 1 and self._rises[1].seen <= recent:
            del self._rises[0]

    def _wanted_delay(self, elapsed: float) -> float:
        window = self._expected_end()
        if window is None:
            is_untouched = self._last is not None and self._last[1] == 0 and not self._fell
            return elapsed * (_SHARE_BEFORE_PROGRESS if is_untouched else _SHARE_WITHOUT_PROGRESS)
        near = _MIN_DELAY_FACTOR * math.sqrt(self._low * elapsed)
        width = _MIN_SHARE_OF_WINDOW * (window.latest - window.earliest)
        if elapsed < window.latest:
            wanted = max(
                _SHARE_TO_WINDOW_START * (window.earliest - elapsed),
                _SHARE_TO_WINDOW_END * (window.latest - elapsed),
                width,
                near,
            )
        else:
            wanted = max(_SHARE_OF_LATENESS * (elapsed - window.latest), width, near)
        return min(wanted, elapsed)  # early estimates are uncertain: never sleep longer than the run has been active

    def _expected_end(self) -> _Window | None:
        if not self._rises or self._first_rise is None:
            return None
        ends: tuple[float, ...] = self._ends_by_speed_since(self._work_started_at(self._first_rise), self._origin[1])
        base = self._rises[0]
        if len(self._rises) > 2 and base.seen <= self._rises[-1].seen * (1 - _RECENT_SHARE):
            # One step in the recent past says nothing about the recent speed: hence two rises after the base.
            recent = self._ends_by_speed_since(base.middle, base.progress)
            ends += (*recent, self._end_when_slowing(max(ends), max(recent)))
        return _Window(min(ends), max(ends))

    def _work_started_at(self, first: _Rise) -> float:
        """Return when the work began: at the origin, or after a time in the queue that the later rises reveal."""
        since, progress_then = self._origin
        last = self._rises[-1]
        fraction = (first.progress - progress_then) / (last.progress - progress_then)
        was_even = (
            since + fraction * (last.after - since) <= first.seen
            and since + fraction * (last.seen - since) >= first.after
        )
        return since if was_even else first.after

    def _end_when_slowing(self, end_by_whole_speed: float, end_by_recent_speed: float) -> float:
        """Return the end of a run that keeps slowing down, at most to half of its recent speed."""
        seen = self._rises[-1].seen
        left, left_by_whole_speed = end_by_recent_speed - seen, end_by_whole_speed - seen
        slowing = _clamp(left / left_by_whole_speed if left_by_whole_speed > 0 else 1.0, 1.0, 2.0)
        return seen + left * slowing

    def _ends_by_speed_since(self, since: float, progress_then: float) -> tuple[float, float]:
        """Return the earliest and the latest end if the run keeps its speed since then."""
        last = self._rises[-1]
        seconds_per_progress = (last.seen - since) / (last.progress - progress_then)
        # At that speed, the smallest rise so far takes this long, so the latest rise is not older.
        risen_after = max(last.after, last.seen - self._smallest_rise * seconds_per_progress, since)
        left = (1 - last.progress) / (last.progress - progress_then)
        return risen_after + left * (risen_after - since), last.seen + left * (last.seen - since)


def _clamp(value: float, low: float, high: float) -> float:
    """Return the nearest value within the bounds; the lower one for NaN."""
    return min(max(low, value), high)


MIN_RESPONSES = 3


class Streak:
    """Counts unexpected responses in a row."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._count = 0
        self._first_at = 0.0

    def add(self, now: float) -> None:
        """Add an unexpected response, received at `now` in seconds of the monotonic clock."""
        if self._count == 0:
            self._first_at = now
        self._count += 1

    def clear(self) -> None:
        """Start again, after an expected response."""
        self._count = 0

    def is_conclusive(self, now: float) -> bool:
        """Return whether there were enough of them, over a long enough time, to count."""
        return self._count >= MIN_RESPONSES and now - self._first_at >= self._timings.confirmation_seconds

    @property
    def pause_seconds(self) -> float:
        """How long to wait before the next request: longer each time."""
        pauses = self._timings.confirmation_pauses_seconds
        return pauses[min(max(self._count - 1, 0), len(pauses) - 1)]


def backoff_seconds(error: NotStartedError, attempts: int, random: float, timings: Timings) -> float:
    """Return how long to wait before repeating a request that is known to have had no effect.

    Args:
        error: Why it was not carried out. Its `Retry-After` takes precedence.
        attempts: How often it was sent before.
        random: A number from 0 to 1 that spreads the retries of gates that were refused together.
        timings: The longest pause.
    """
    if error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, 0.0) + random
    return min(2.0**attempts, timings.max_backoff_seconds) * (0.5 + random / 2)
