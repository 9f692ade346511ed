"""The platform without HTTP: targets and their runs, on a clock that is passed in.

Nothing sleeps or runs in the background. Every response is computed for the time of the request.
"""

from __future__ import annotations

import functools
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from probe_gate.sandbox.other_runs import (
    History,
    OtherRun,
    deflate,
    drawn_anew,
    runs_after_trigger,
    runs_at_first_request,
)
from probe_gate.sandbox.responses import ApiError, EmptyResponseError
from probe_gate.sandbox.runs import Run, json_bytes
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.scores import no_scores, score_overview, target_scores

OWN_NAME = "ci@example.com"
OTHER_NAME = "scheduler@example.com"
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_LAST_BLOCK = b"\x03\x00"
"""An empty block that ends a deflate stream."""
_GOLDEN_RATIO = (5**0.5 - 1) / 2


@dataclass(slots=True)
class TargetState:
    """The runs of one target."""

    target_id: int
    scenario: Scenario
    history: History
    runs: list[Run] = field(default_factory=list)
    settled: dict[int, bytes] = field(default_factory=dict)
    """The JSON of runs that will not change any more, by run id."""
    was_queried: bool = False
    """Whether there has been a request about the target."""
    is_new: bool = False
    """Whether the target was created through the API, so that it has no earlier runs."""


@dataclass(frozen=True, slots=True)
class RunListBody:
    """The JSON array of a target's runs: those since the start of the sandbox, and the history."""

    live: bytes
    """The JSON of the runs since the start, separated by commas."""
    history: History
    newest_first: bool

    @property
    def _around(self) -> tuple[bytes, bytes]:
        """What precedes and follows the history."""
        comma = b"," if self.live and self.history.count else b""
        if self.newest_first:
            return b"[" + self.live + comma, b"]"
        return b"[", comma + self.live + b"]"

    def plain(self) -> list[bytes]:
        """Return the parts of its JSON."""
        before, after = self._around
        return [before, self.history.joined(self.newest_first), after]

    def gzipped(self) -> list[bytes]:
        """Return the parts of its JSON as one gzip file (RFC 1952). The history is compressed only once."""
        before, after = self._around
        plain = self.plain()
        checksum = functools.reduce(lambda checksum, part: zlib.crc32(part, checksum), plain, 0)
        trailer = struct.pack("<II", checksum, sum(map(len, plain)) & 0xFFFFFFFF)
        deflated = [deflate(before), self.history.deflated(self.newest_first), deflate(after)]
        return [_GZIP_HEADER, *deflated, _LAST_BLOCK + trailer]

    @property
    def etag(self) -> str:
        """A value that changes whenever the list does."""
        digest = hashlib.sha256(self.live).hexdigest()[:32]
        return f'"{digest}-{self.history.first_id}-{self.history.count}-{int(self.newest_first)}"'


def _in_order(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=lambda run: (run.requested_at, run.id))


class Engine:
    """Runs and scores. Its methods raise `ApiError` where the platform responds with an error."""

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
        self._target_states: dict[int, TargetState] = {}
        self._runs: dict[int, Run] = {}
        self.next_run_id = 1
        self.started_at = now()

    def add_target(self, target_id: int, scenario: Scenario | None = None, *, is_new: bool = False) -> None:
        """Add a target. A new one has no earlier runs."""
        chosen = self.scenario if scenario is None else scenario
        count = chosen.history if self._history is None else self._history
        if is_new or chosen.reading.never_ran:
            count = 0
        earlier = History(chosen, count, self.next_run_id, self.started_at)
        self.next_run_id += count
        self._target_states[target_id] = TargetState(target_id, chosen, earlier, is_new=is_new)

    @property
    def target_states(self) -> list[TargetState]:
        return list(self._target_states.values())

    def restore(self, target_states: Iterable[TargetState], next_run_id: int) -> None:
        """Restore the state of an earlier engine."""
        self._target_states = {target_state.target_id: target_state for target_state in target_states}
        self._runs = {run.id: run for target_state in self._target_states.values() for run in target_state.runs}
        self.next_run_id = next_run_id

    def drop_target(self, target_id: int) -> None:
        for run in self._target_states.pop(target_id).runs:
            del self._runs[run.id]

    def set_scenario(self, scenario: Scenario, target_id: int | None = None) -> None:
        """Use another scenario for later runs of the target, or of all targets if it is None."""
        if target_id is None:
            self.scenario = scenario
        for target_state in [self.target_state(target_id)] if target_id is not None else self._target_states.values():
            target_state.scenario = scenario
            if target_state.history.scenario.reading != scenario.reading:
                target_state.history = target_state.history.with_reading(scenario.reading)
            if not target_state.runs:
                target_state.was_queried = False
                if scenario.reading.never_ran:
                    target_state.history = target_state.history.without_runs()

    def target_state(self, target_id: int) -> TargetState:
        try:
            return self._target_states[target_id]
        except KeyError:
            raise ApiError(self._not_found, "TARGET_NOT_FOUND", f"There is no target {target_id}.") from None

    @property
    def runs(self) -> list[Run]:
        """All runs since the start in the order of their requests, including other people's."""
        return _in_order(self._runs.values())

    def run(self, run_id: int) -> Run:
        try:
            return self._runs[run_id]
        except KeyError:
            raise ApiError(self._not_found, "TEST_RUN_NOT_FOUND", f"There is no test run {run_id}.") from None

    def trigger(
        self,
        target_id: int,
        probe_ids: Sequence[int] | None,
        name: str | None,
        *,
        listing_lag_seconds: float | None = None,
    ) -> int:
        """Start a run and return its id. Probes that are not configured on the target are left out.

        `listing_lag_seconds` overrides the scenario's value, in real seconds.
        """
        target_state = self._touch(target_id)
        earlier = sum(run.is_ours for run in target_state.runs)
        scenario = target_state.scenario.of_run(earlier)
        if listing_lag_seconds is not None:
            scenario = scenario.replace(listing_lag_seconds=listing_lag_seconds / self._pace)
        if not target_state.scenario.later_runs:
            scenario = scenario.replace(counts=drawn_anew(scenario.counts, earlier))
        wanted = [probe for probe in scenario.probes if probe_ids is None or probe.id in probe_ids]
        run = self._start(target_state, name, OWN_NAME, self.now(), scenario, wanted[: scenario.probes_run])
        for other in runs_after_trigger(scenario, run.requested_at, run.ended_at, self._pace):
            self._start_other(target_state, other)
        return run.id

    def _start(
        self,
        target_state: TargetState,
        name: str | None,
        started_by: str,
        requested_at: float,
        scenario: Scenario,
        probes: Sequence[Any],
        *,
        is_ours: bool = True,
        run_id: int | None = None,
    ) -> Run:
        run = Run(
            self.next_run_id if run_id is None else run_id, target_state.target_id, name, started_by, scenario, tuple(probes), requested_at, self._pace,
            is_ours=is_ours,
        )  # fmt: skip
        if run_id is None:
            self.next_run_id += 1
        target_state.runs.append(run)
        self._runs[run.id] = run
        return run

    def _start_other(self, target_state: TargetState, other: OtherRun) -> None:
        run_id = None
        if other.is_oldest and target_state.history.count:
            run_id = target_state.history.first_id
            target_state.history = target_state.history.without_oldest()
        run = self._start(
            target_state, other.name, OTHER_NAME, other.requested_at, other.scenario, other.scenario.probes,
            is_ours=False, run_id=run_id,
        )  # fmt: skip
        run.date_shift = other.date_shift

    def _touch(self, target_id: int) -> TargetState:
        """Return the state of a target. The first request adds the runs of other people."""
        target_state = self.target_state(target_id)
        if not target_state.was_queried:
            target_state.was_queried = True
            for other in runs_at_first_request(
                target_state.scenario, self.now(), self._pace, has_past=not target_state.is_new
            ):
                self._start_other(target_state, other)
        return target_state

    def cancel(self, run_id: int) -> None:
        """Cancel a run. A finished one is left unchanged."""
        run = self.run(run_id)
        if run.cancel_requested_at is None and not run.is_finished(self.now()):
            run.cancel_requested_at = self.now()

    def run_list(self, target_id: int) -> RunListBody:
        """Return the target's runs as seen by the replica that responds."""
        target_state = self._touch(target_id)
        now = self._replica_time(target_state.scenario)
        recent = [self._run_bytes(target_state, run, now) for run in _in_order(target_state.runs) if run.is_listed(now)]
        newest_first = target_state.scenario.order == "newest-first"
        if newest_first:
            recent.reverse()
        elif target_state.scenario.order == "shuffled":
            recent = recent[1::2] + recent[::2]
        return RunListBody(b",".join(recent), target_state.history, newest_first)

    def _run_bytes(self, target_state: TargetState, run: Run, now: float) -> bytes:
        if not run.is_settled(now):
            return json_bytes(run.to_json(now))
        if run.id not in target_state.settled:
            target_state.settled[run.id] = json_bytes(run.to_json(now))
        return target_state.settled[run.id]

    def _replica_time(self, scenario: Scenario) -> float:
        """Return the time up to which the responding replica is current. The two alternate irregularly, second by second."""
        now = self.now()
        behind = scenario.reading.replica * self._pace
        if not behind:
            return now
        turn = int((now - self.started_at) / self._pace) * _GOLDEN_RATIO % 1
        return now - behind if turn >= 1 / 2 else now

    def scores(self, target_id: int) -> Any:
        """Return the target's scores now.

        Raises:
            ApiError: The platform responds with an error instead.
            EmptyResponseError: It responds without a body.
        """
        target_state = self._touch(target_id)
        now = self.now()
        reading = target_state.scenario.reading
        found = target_scores(target_state.history, _in_order(target_state.runs), now)
        if not found.results or self._is_scoring(target_state, now):
            return _answer_without_scores(reading.no_scores, target_id)
        return score_overview(
            found, reading, skew_seconds=reading.skew * self._pace, scores_null=target_state.scenario.scores_null
        )

    def _is_scoring(self, target_state: TargetState, now: float) -> bool:
        """Return whether a run completed so recently that the platform responds as if there were no scores."""
        after = target_state.scenario.reading.no_scores_after * self._pace
        return any(run.ended_at <= now < run.ended_at + after for run in target_state.runs if run.cancelled_at is None)


def _answer_without_scores(answer: str, target_id: int) -> Any:
    match answer:
        case "zeros":
            return no_scores("0001-01-01T00:00:00Z")
        case "zeros-epoch":
            return no_scores("1970-01-01T00:00:00Z")
        case "zeros-undated":
            return no_scores(None)
        case "null":
            return None
        case "empty-object":
            return {}
        case "empty-array":
            return []
        case "empty-body":
            raise EmptyResponseError(200)
        case "204":
            raise EmptyResponseError(204)
        case status:
            raise ApiError(int(status), "SCORES_NOT_FOUND", f"Target {target_id} has no scores yet.")
