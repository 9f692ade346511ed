"""When to ask next.

The expected end is a window, not a moment. A share that was 0.4 at one asking and 0.6 at the next changed somewhere
in between, and a run may have been faster lately than over all; each way of reckoning gives an end, and the window
holds them all. Before the window most of the way to its beginning is slept; inside it the asking is close, but no
closer than a wide window deserves; after it the delays grow with how late the run is, for then the progress was wrong.

A run that says nothing, or whose share falls, is asked after delays that grow with the time it has taken so far: the
end is then noticed within a fifth of the run's own length, however long it is.

Nothing here trusts the platform: every delay lies between the two bounds, whatever was observed. Only a platform that
asks to be asked less often moves them: then all delays grow, beyond the high bound if need be, and shrink again slowly.

Beside it: how often an odd answer has to repeat itself before it is believed, and how long to wait before a request is
sent again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from probe_gate.timings import Timings
from probe_gate.use_cases.ports import NotStartedError

_SILENT_SHARE = 0.18
"""Part of the elapsed time to sleep when the run tells nothing."""
_UNTOUCHED = 0.36
"""The same while the run says that nothing is done yet: it will hardly be over in a moment."""
_AIM = 0.8
"""Part of the way to the window's beginning to sleep. Less than all of it: the window may be late."""
_DOUBT = 0.4
"""Part of the way to the window's end to sleep, when that is longer."""
_WIDTH = 0.25
"""Part of the window's width that is the least delay inside it."""
_LATE = 0.3
"""Part of how late the run is to sleep after the window."""
_NEAR = 0.17
"""The least delay near the end, as a part of the geometric mean of low bound and elapsed time: 2.6 s after 2 minutes,
5.3 s after 8, 14 s after an hour. A few seconds matter less on a long run."""
_RECENT = 0.1
"""Part of the elapsed time that counts as lately."""
_SPREAD = 0.05
"""By how much jitter moves a delay up or down."""
_EARLY_SPREAD = 0.25
"""The same until twice the high bound has passed, so that gates that began together part for good."""
_HOLD_BACK = 1.5
"""By how much each refusal stretches the delays."""
_EASE = 0.95
"""By how much each answer without a refusal shrinks them again."""
_MAX_STRETCH = 4.0
_MIN_CHANGE = 1e-6
"""A smaller change of the share is none."""
_TELLING_SHARE = 0.05
"""An estimate of the time left is shown from here on; before, it says more about rounding than about the run."""
_FOREVER_SECONDS = 1e9


@dataclass(frozen=True, slots=True)
class _Rise:
    """The share rose to `share` after `after` and, at the latest, at `seen` (elapsed seconds)."""

    after: float
    seen: float
    share: float

    @property
    def middle(self) -> float:
        return (self.after + self.seen) / 2


@dataclass(frozen=True, slots=True)
class _Window:
    """Between which moments the end is expected, in elapsed seconds."""

    earliest: float
    latest: float


class PollSchedule:
    """The pace of asking after one run; one more can pace the wait for a busy target.

    Times are seconds since the run was triggered, or since it was first seen: then `observe` its share at once, at 0.
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
        """The latest observation: elapsed seconds and share."""
        self._origin = (0.0, 0.0)
        """Elapsed seconds and share from which progress is estimated."""
        self._first_rise: _Rise | None = None
        self._rises: list[_Rise] = []
        """As far back as lately reaches, and one more."""
        self._smallest_rise = 1.0
        self._fell = False
        self._stretch = 1.0

    def observe(self, elapsed_seconds: float, share: float | None) -> None:
        """Record the share that is done, 0 to 1, at that time; None when the run does not report one.

        Values that make no sense, and times not later than the latest one, are passed over.
        """
        if share is None or not math.isfinite(share) or not 0 <= elapsed_seconds <= _FOREVER_SECONDS:
            return
        share = min(max(share, 0.0), 1.0)
        if self._last is None:
            self._observe_first(elapsed_seconds, share)
        elif elapsed_seconds <= self._last[0]:
            return
        elif share <= self._last[1] - _MIN_CHANGE:
            self._begin_anew(elapsed_seconds, share)
            self._fell = True
        elif share >= self._last[1] + _MIN_CHANGE:
            self._note_rise(_Rise(self._last[0], elapsed_seconds, share), share - self._last[1])
            self._fell = False
        else:
            share = self._last[1]
        self._last = (elapsed_seconds, share)

    def throttle(self, refusals: int) -> None:
        """Stretch the delays by how often the platform asked to be asked less often before its latest answer."""
        if refusals > 0:
            self._stretch = min(self._stretch * _HOLD_BACK ** min(refusals, 10), _MAX_STRETCH)
        else:
            self._stretch = max(self._stretch * _EASE, 1.0)

    def next_delay(self, elapsed_seconds: float, jitter: float) -> float:
        """Seconds until the next asking. `jitter` is a random number from 0 to 1 that the caller draws."""
        elapsed = _clamp(elapsed_seconds, 0.0, _FOREVER_SECONDS)
        delay = _clamp(self._wanted_delay(elapsed), self._low, self._high)
        spread = _EARLY_SPREAD if elapsed < 2 * self._high else _SPREAD
        least = max(self._low, delay * (1 - spread))
        most = min(self._high, delay * (1 + spread))
        jittered = _clamp(least + (most - least) * _clamp(jitter, 0.0, 1.0), self._low, self._high)
        return jittered * self._stretch

    def remaining_seconds(self, elapsed_seconds: float) -> float | None:
        """Return an estimate of the time left, for people; None when there is none, or the run is later than it promised."""
        window = self._expected_end()
        elapsed = _clamp(elapsed_seconds, 0.0, _FOREVER_SECONDS)
        if window is None or elapsed >= window.latest or self._rises[-1].share < self._origin[1] + _TELLING_SHARE:
            return None
        return (max(window.earliest, elapsed) + window.latest) / 2 - elapsed

    def _observe_first(self, elapsed: float, share: float) -> None:
        if elapsed < self._low:  # seen before the first delay was over: a run that was going already
            self._begin_anew(elapsed, share)
        elif share >= _MIN_CHANGE:
            self._note_rise(_Rise(0.0, elapsed, share), share)

    def _begin_anew(self, elapsed: float, share: float) -> None:
        self._origin = (elapsed, share)
        self._first_rise = None
        self._rises = []
        self._smallest_rise = 1.0

    def _note_rise(self, rise: _Rise, height: float) -> None:
        self._first_rise = self._first_rise or rise
        self._smallest_rise = min(self._smallest_rise, height)
        self._rises.append(rise)
        lately = rise.seen * (1 - _RECENT)
        while len(self._rises) > 1 and self._rises[1].seen <= lately:
            del self._rises[0]

    def _wanted_delay(self, elapsed: float) -> float:
        window = self._expected_end()
        if window is None:
            is_untouched = self._last is not None and self._last[1] == 0 and not self._fell
            return elapsed * (_UNTOUCHED if is_untouched else _SILENT_SHARE)
        near = _NEAR * math.sqrt(self._low * elapsed)
        width = _WIDTH * (window.latest - window.earliest)
        if elapsed < window.latest:
            wanted = max(_AIM * (window.earliest - elapsed), _DOUBT * (window.latest - elapsed), width, near)
        else:
            wanted = max(_LATE * (elapsed - window.latest), width, near)
        return min(wanted, elapsed)  # early progress is a guess: never sleep longer than the run has shown itself

    def _expected_end(self) -> _Window | None:
        if not self._rises or self._first_rise is None:
            return None
        ends: tuple[float, ...] = self._ends_by_speed_since(self._begun(self._first_rise), self._origin[1])
        base = self._rises[0]
        if len(self._rises) > 2 and base.seen <= self._rises[-1].seen * (1 - _RECENT):
            # Steps as rare as "lately" is long tell nothing about the speed lately: hence two rises after the base.
            lately = self._ends_by_speed_since(base.middle, base.share)
            ends += (*lately, self._end_when_slowing(max(ends), max(lately)))
        return _Window(min(ends), max(ends))

    def _begun(self, first: _Rise) -> float:
        """When the work began: at the origin, or after a time in the queue that the later rises give away."""
        since, share_then = self._origin
        last = self._rises[-1]
        part = (first.share - share_then) / (last.share - share_then)
        went_evenly = (
            since + part * (last.after - since) <= first.seen and since + part * (last.seen - since) >= first.after
        )
        return since if went_evenly else first.after

    def _end_when_slowing(self, end_by_whole_speed: float, end_by_late_speed: float) -> float:
        """Return the end of a run that goes on slowing down: one that has is expected to, at most to half of its speed lately."""
        seen = self._rises[-1].seen
        left, left_by_whole_speed = end_by_late_speed - seen, end_by_whole_speed - seen
        slowing = _clamp(left / left_by_whole_speed if left_by_whole_speed > 0 else 1.0, 1.0, 2.0)
        return seen + left * slowing

    def _ends_by_speed_since(self, since: float, share_then: float) -> tuple[float, float]:
        """Return the earliest and the latest end when the run goes on at its speed since then."""
        last = self._rises[-1]
        seconds_per_share = (last.seen - since) / (last.share - share_then)
        # At that speed the smallest rise seen so far takes so long: the latest rise is not older than that.
        risen_after = max(last.after, last.seen - self._smallest_rise * seconds_per_share, since)
        left = (1 - last.share) / (last.share - share_then)
        return risen_after + left * (risen_after - since), last.seen + left * (last.seen - since)


def _clamp(value: float, low: float, high: float) -> float:
    """Return the nearest value within the bounds; the lower one for NaN."""
    return min(max(low, value), high)


MIN_ANSWERS = 3


class Streak:
    """Counts odd answers in a row."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._count = 0
        self._first_at = 0.0

    def add(self, now: float) -> None:
        """Add an odd answer received at `now`, in seconds of the monotonic clock."""
        if self._count == 0:
            self._first_at = now
        self._count += 1

    def clear(self) -> None:
        """Start again, after an answer that makes sense."""
        self._count = 0

    def is_conclusive(self, now: float) -> bool:
        """Return whether the answers were so many, over so long, that they are to be believed."""
        return self._count >= MIN_ANSWERS and now - self._first_at >= self._timings.confirmation_seconds

    @property
    def pause_seconds(self) -> float:
        """How long to wait before asking again: longer each time."""
        pauses = self._timings.confirmation_pauses_seconds
        return pauses[min(max(self._count - 1, 0), len(pauses) - 1)]


def backoff_seconds(error: NotStartedError, attempts: int, random: float, timings: Timings) -> float:
    """Return how long to wait before a request is sent again that is known to have done nothing.

    Args:
        error: Why it was not carried out; how long the platform asks to wait goes first.
        attempts: How often it was sent before.
        random: A number from 0 to 1, so that gates that were refused together spread.
        timings: The longest pause.
    """
    if error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, 0.0) + random
    return min(2.0**attempts, timings.max_backoff_seconds) * (0.5 + random / 2)
