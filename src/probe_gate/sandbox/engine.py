"""The platform without HTTP: targets and their runs on a clock that is passed in.

Nothing sleeps and nothing runs in the background. Every answer is calculated for the moment at
which it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from probe_gate.sandbox.history import History
from probe_gate.sandbox.listing import Listing
from probe_gate.sandbox.problems import RefusalError
from probe_gate.sandbox.runs import Run, json_bytes
from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.scoring import NO_SCORES, latest_results, score_overview
from probe_gate.sandbox.track import Track

OWN_NAME = "ci@example.com"
OTHER_NAME = "scheduler@example.com"
OTHER_RUN = "Nightly scan"


def _in_order(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (run.asked_at, run.id))


class Engine:
    """Runs and scores. Raises `RefusalError` for what the platform refuses."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        now: Callable[[], float],
        speed: float = 1.0,
        not_found: int = 403,
        history: int | None = None,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.now = now
        self.scenario = scenario
        self._pace = 1.0 / speed
        self._not_found = not_found
        self._history = history
        self._tracks: dict[int, Track] = {}
        self._runs: dict[int, Run] = {}
        self.next_run_id = 1
        self.began_at = now()

    def add_target(self, target_id: int, scenario: Scenario | None = None, *, history: int | None = None) -> None:
        """Begin to keep runs for a target. `history` overrides the scenario's number of earlier runs."""
        chosen = self.scenario if scenario is None else scenario
        count = history if history is not None else chosen.history if self._history is None else self._history
        earlier = History(chosen, count, self.next_run_id, self.began_at)
        self.next_run_id += count
        self._tracks[target_id] = Track(target_id, chosen, earlier)

    @property
    def tracks(self) -> list[Track]:
        return list(self._tracks.values())

    def restore(self, tracks: Iterable[Track], next_run_id: int) -> None:
        """Take up what an earlier engine knew."""
        self._tracks = {track.target_id: track for track in tracks}
        self._runs = {run.id: run for track in self._tracks.values() for run in track.runs}
        self.next_run_id = next_run_id

    def drop_target(self, target_id: int) -> None:
        for run in self._tracks.pop(target_id).runs:
            del self._runs[run.id]

    def set_scenario(self, scenario: Scenario, target_id: int | None = None) -> None:
        """Later runs of the target, or of all targets, follow another scenario."""
        if target_id is None:
            self.scenario = scenario
        for track in [self.track(target_id)] if target_id is not None else self._tracks.values():
            track.scenario = scenario
            if not track.runs:
                track.was_asked = False

    def track(self, target_id: int) -> Track:
        try:
            return self._tracks[target_id]
        except KeyError:
            raise RefusalError(self._not_found, "TARGET_NOT_FOUND", f"There is no target {target_id}.") from None

    @property
    def runs(self) -> list[Run]:
        """All runs that were asked for since the start, in that order; other people's too."""
        return _in_order(self._runs.values())

    def run(self, run_id: int) -> Run:
        try:
            return self._runs[run_id]
        except KeyError:
            raise RefusalError(self._not_found, "TEST_RUN_NOT_FOUND", f"There is no test run {run_id}.") from None

    def trigger(
        self,
        target_id: int,
        probe_ids: Sequence[int] | None,
        name: str | None,
        *,
        listing_lag_seconds: float | None = None,
        score_lag_seconds: float | None = None,
    ) -> int:
        """Start a run; returns its id. Probes that are not configured on the target are left out.

        The two lags override the scenario's, and are real seconds.
        """
        track = self._touch(target_id)
        scenario = track.scenario
        if listing_lag_seconds is not None:
            scenario = scenario.replace(listing_lag_seconds=listing_lag_seconds / self._pace)
        if score_lag_seconds is not None:
            scenario = scenario.replace(score_lag_seconds=score_lag_seconds / self._pace)
        wanted = [probe for probe in scenario.probes if probe_ids is None or probe.id in probe_ids]
        run = self._start(track, name, OWN_NAME, self.now(), scenario, wanted[: scenario.probes_run])
        if scenario.overlap_after_seconds is not None:
            later = self.now() + scenario.overlap_after_seconds * self._pace
            other = scenario.replace(run_seconds=scenario.overlap_seconds, pending_seconds=0.0, listing_lag_seconds=0.0)
            self._start(track, OTHER_RUN, OTHER_NAME, later, other, scenario.probes, is_ours=False)
        return run.id

    def _start(
        self,
        track: Track,
        name: str | None,
        started_by: str,
        asked_at: float,
        scenario: Scenario,
        probes: Sequence[Any],
        *,
        is_ours: bool = True,
    ) -> Run:
        run = Run(
            self.next_run_id, track.target_id, name, started_by, scenario, tuple(probes), asked_at, self._pace,
            is_ours=is_ours,
        )  # fmt: skip
        self.next_run_id += 1
        track.runs.append(run)
        self._runs[run.id] = run
        return run

    def _touch(self, target_id: int) -> Track:
        """The target's track; the first time, whatever the scenario has going already is going."""
        track = self.track(target_id)
        if not track.was_asked:
            track.was_asked = True
            busy = track.scenario.busy_seconds
            if busy is not None:
                before = 5 * self._pace
                other = track.scenario.replace(
                    pending_seconds=0.0, run_seconds=busy + 5, listing_lag_seconds=0.0, vanish_after_seconds=None
                )
                started = self.now() - before
                self._start(track, OTHER_RUN, OTHER_NAME, started, other, other.probes, is_ours=False)
        return track

    def cancel(self, run_id: int) -> None:
        """Cancel a run; one that is over stays as it is."""
        run = self.run(run_id)
        if run.cancel_asked_at is None and not run.is_over(self.now()):
            run.cancel_asked_at = self.now()

    def listing(self, target_id: int) -> Listing:
        """The target's runs."""
        track = self._touch(target_id)
        now = self.now()
        recent = [self._run_bytes(track, run, now) for run in _in_order(track.runs) if run.is_listed(now)]
        newest_first = track.scenario.order == "newest-first"
        if newest_first:
            recent.reverse()
        elif track.scenario.order == "shuffled":
            recent = recent[1::2] + recent[::2]
        return Listing(b",".join(recent), track.history, newest_first)

    def _run_bytes(self, track: Track, run: Run, now: float) -> bytes:
        cached = track.settled.get(run.id)
        if cached is not None:
            return cached
        written = json_bytes(run.to_json(now))
        if run.is_settled(now):
            track.settled[run.id] = written
        return written

    def scores(self, target_id: int) -> dict[str, Any]:
        """The target's scores now."""
        track = self._touch(target_id)
        now = self.now()
        results = latest_results(track.history, [run for run in _in_order(track.runs) if run.asked_at <= now], now)
        if results:
            return score_overview(results, scores_null=track.scenario.scores_null)
        answer = track.scenario.scores_before
        if answer == "zeros":
            return dict(NO_SCORES)
        raise RefusalError(int(answer), "SCORES_NOT_FOUND", f"Target {target_id} has no scores yet.")
