"""A platform on the virtual clock whose dates, counts and delays mean what its `Readings` say.

It answers in the platform's own JSON and hands that to the project's reader, so that a gate sees exactly the values
that it would see over HTTP. It knows nothing of the rules by which a gate proves a score, and nothing of the sandbox.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.errors import ConfigError, PlatformError
from probe_gate.probe_api.run_list import read_run_list
from probe_gate.probe_api.schemas import parse_scores
from probe_gate.use_cases.ports import NoScoresError, RunRequest
from tests.harness.partial import NoTargets
from tests.harness.virtual_time import VirtualTime
from tests.readings.readings import (
    CountsForm,
    Executed,
    NoScores,
    ProbesForm,
    Readings,
    Scored,
    Steps,
    Units,
    render_date,
)

RETRY_SECONDS = 4.0
"""Between two tries of a request that the platform answers with 500."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one probe found."""

    passed: int
    failed: int
    errors: int = 0
    score: int = 91
    """0 to 100: weighs the failures by their severity, so it does not follow from the counts."""

    @property
    def evaluated(self) -> int:
        return self.passed + self.failed

    @property
    def planned(self) -> int:
        return self.passed + self.failed + self.errors


@dataclass(frozen=True, slots=True)
class Numbers:
    """The scores without their date."""

    overall: int
    custom: float
    """Fine enough to show every step."""
    security: float
    safety: float
    simulated: int
    successful: int
    is_rated: bool = True
    """Whether anything but the attacks was computed; otherwise no category has a score, and the overall one is 100."""


NOTHING = Numbers(50, 50.0, 50.0, 50.0, 0, 0)
"""From where the numbers start on a target that was never tested."""


@dataclass(slots=True)
class PlatformRun:
    """A run that goes from PENDING over RUNNING to its end. All times are readings of the virtual clock."""

    id: int
    name: str
    requested_at: float
    results: tuple[Result | None, ...]
    """By probe; None: the probe is not part of the run."""
    queue_seconds: float = 3.0
    seconds: float = 60.0
    """From its start to its end."""
    tail_seconds: float = 0.4
    """From the end of the last probe to the end of the run."""
    end_status: str = "COMPLETED"
    stuck_status: str | None = None
    """The run stays in this status, with what it has executed by then, and never moves."""
    stuck_share: float = 0.0
    future_seconds: float = 0.0
    """By how much its dates lie in the future."""
    lag_seconds: float | None = None
    """Overrides the lag of the platform."""
    cancelled_at: float | None = None
    cancelling_seconds: float = 0.0
    """For how long it is CANCELLING."""
    _final: tuple[Any, Result] | None = field(init=False, default=None, repr=False, compare=False)

    @property
    def started_at(self) -> float:
        return self.requested_at + self.queue_seconds

    @property
    def planned_end(self) -> float:
        return self.started_at + self.seconds

    @property
    def ended_at(self) -> float:
        if self.stuck_status is not None:
            return math.inf
        if self.cancelled_at is None or self.cancelled_at >= self.planned_end:
            return self.planned_end
        return self.cancelled_at + self.cancelling_seconds

    @property
    def is_cancelled(self) -> bool:
        return self.cancelled_at is not None and self.cancelled_at < self.planned_end

    @property
    def ran(self) -> list[int]:
        """The probes that are part of the run."""
        return [probe for probe, result in enumerate(self.results) if result is not None]

    def probe_ended_at(self, position: int) -> float:
        """When the probe at that position of `ran` ended."""
        return self.started_at + (self.seconds - self.tail_seconds) * (position + 1) / len(self.ran)

    def status(self, now: float) -> str:
        if self.stuck_status is not None:
            return self.stuck_status
        if self.is_cancelled and self.cancelled_at is not None and now >= self.cancelled_at:
            return "CANCELLED" if now >= self.ended_at else "CANCELLING"
        if now < self.started_at:
            return "PENDING"
        return "RUNNING" if now < self.planned_end else self.end_status

    def executed(self, now: float) -> tuple[Result | None, ...]:
        """The results so far."""
        if self.is_cancelled and self.cancelled_at is not None:
            now = min(now, self.cancelled_at)
        share = (now - self.started_at) / max(self.seconds - self.tail_seconds, 1e-9)
        if self.stuck_status is not None:
            share = self.stuck_share
        share = min(max(share, 0.0), 1.0)
        if share == 1.0:
            return self.results
        found: list[Result | None] = list(self.results)
        for position, probe in enumerate(self.ran):
            result = self.results[probe]
            assert result is not None
            part = min(max(share * len(self.ran) - position, 0.0), 1.0)
            executed = int(part * result.planned)
            failed = min(result.failed, executed)
            errors = min(result.errors, executed - failed)
            found[probe] = replace(result, passed=executed - failed - errors, failed=failed, errors=errors)
        return tuple(found)

    def sums(self, now: float = math.inf) -> Result:
        """All of its counts at that time; at its end, if none is given."""
        if now >= self.ended_at:
            key = (self.results, self.cancelled_at)
            if self._final is None or self._final[0] != key:
                self._final = key, self._sums(now)
            return self._final[1]
        return self._sums(now)

    def _sums(self, now: float) -> Result:
        results = [result for result in self.executed(now) if result is not None]
        return Result(
            sum(result.passed for result in results),
            sum(result.failed for result in results),
            sum(result.errors for result in results),
        )

    @property
    def planned(self) -> int:
        return sum(result.planned for result in self.results if result is not None)


@dataclass
class ReadingsPlatform(NoTargets):
    """Fulfils `ports.Platform`. Each call takes `latency` seconds."""

    time: VirtualTime
    readings: Readings = field(default_factory=Readings)
    runs: list[PlatformRun] = field(default_factory=list)
    make_run: Callable[[PlatformRun], PlatformRun] = lambda run: run
    """Makes a run that was just triggered, without results yet, into what it is to be."""
    configured: int = 2
    """How many probes the target has; their ids are 1, 2, ..."""
    latency: float = 0.05
    cancelling_seconds: float = 0.0
    before_call: Callable[[str, int], None] = lambda _call, _number: None
    calls: list[tuple[float, str]] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    next_id: int = 1000
    _zero: datetime = field(init=False)
    """When the virtual clock read 0."""
    _listings: int = 0
    _computed: dict[tuple[float, ...], Numbers | None] = field(default_factory=dict)
    _written: dict[tuple[int, bool], dict[str, Any]] = field(default_factory=dict)
    _counts_of_calls: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._zero = self.time.now() - timedelta(seconds=self.time.monotonic())

    # What is true

    def _scored(self) -> list[PlatformRun]:
        """The runs that a score can be of, in the order in which they ended."""
        ended = [run for run in self.runs if run.ended_at < math.inf and run.sums().evaluated]
        return sorted(ended, key=lambda run: (run.ended_at, run.id))

    def numbers_begin_at(self, run: PlatformRun) -> float:
        return self.date_moves_at(run) + self.readings.date_lead_seconds

    def complete_at(self, run: PlatformRun) -> float:
        """When the scores contain all of the run."""
        lead = self.readings.counts_lead_seconds
        if self.readings.live_numbers:
            return run.ended_at - run.tail_seconds + self._lag(run) + lead
        return self.numbers_begin_at(run) + (self._steps(run) - 1) * self.readings.step_seconds + lead

    def _steps(self, run: PlatformRun) -> int:
        is_by_probe = self.readings.step_kind is Steps.BY_PROBE
        return min(self.readings.steps, len(run.ran)) if is_by_probe else self.readings.steps

    def _lag(self, run: PlatformRun) -> float:
        return self.readings.lag_seconds if run.lag_seconds is None else run.lag_seconds

    def date_moves_at(self, run: PlatformRun) -> float:
        """When the scores show the first sign of the run."""
        return run.ended_at + self._lag(run)

    def true_numbers(self, run: PlatformRun) -> Numbers:
        """The scores that contain all of the run and nothing that ended after it."""
        held: list[Result | None] = [None] * self.configured
        for other in self._scored():
            if other.ended_at < run.ended_at or other is run:
                held = _put(held, other, len(other.ran))
        numbers = self.numbers_of(held)
        assert numbers is not None
        return numbers

    # Scores

    def _share(self, run: PlatformRun, now: float) -> float:
        """How much of a run the numbers contain."""
        if self.readings.live_numbers:
            limit = math.inf if run.cancelled_at is None else run.cancelled_at
            ends = [run.probe_ended_at(position) for position in range(len(run.ran))]
            if run.is_cancelled and now >= run.ended_at + self._lag(run):
                return 1.0
            return sum(end + self._lag(run) <= now and end <= limit for end in ends) / len(ends)
        begin = self.numbers_begin_at(run)
        if now < begin:
            return 0.0
        return min((math.floor((now - begin) / self.readings.step_seconds) + 1) / self._steps(run), 1.0)

    def numbers(self, now: float) -> Numbers | None:
        """None when nothing was scored yet."""
        counted = self._numbers_at(now)
        if counted is None or not self.readings.counts_lead_seconds:
            return counted
        rated = self._numbers_at(now - self.readings.counts_lead_seconds) or replace(
            NOTHING, overall=100, is_rated=False
        )
        return replace(rated, simulated=counted.simulated, successful=counted.successful)

    def _numbers_at(self, now: float) -> Numbers | None:
        """The numbers where none of them leads the others."""
        runs = self._scored()
        shares = tuple(self._share(run, now) for run in runs)
        key = (*(run.id for run in runs), *shares)
        if key not in self._computed:
            self._computed[key] = self._compute(runs, shares)
        return self._computed[key]

    def _compute(self, runs: Sequence[PlatformRun], shares: Sequence[float]) -> Numbers | None:
        held: list[Result | None] = [None] * self.configured
        between: tuple[Numbers, Numbers, float] | None = None
        for run, share in zip(runs, shares, strict=True):
            if share == 0:
                continue
            if share < 1 and not self.readings.live_numbers and self.readings.step_kind is Steps.EVEN:
                old, new = self.numbers_of(held), self.numbers_of(_put(held, run, len(run.ran)))
                assert new is not None
                between = (old or NOTHING, new, share)
                continue
            held = _put(held, run, math.ceil(share * len(run.ran)))
            between = None
        return self.numbers_of(held) if between is None else _between(*between)

    def numbers_of(self, held: Sequence[Result | None]) -> Numbers | None:
        """The scores of these latest results; None without any."""
        results = [result for result in held if result is not None]
        if not results:
            return None
        judged, failed = sum(result.evaluated for result in results), sum(result.failed for result in results)
        simulated, successful = judged, failed
        if self.readings.units is Units.PLANNED:
            simulated = sum(result.planned for result in results)
        elif self.readings.units is Units.ODD:
            simulated, successful = 3 * judged + 17, 2 * failed + (failed > 0)
        elif self.readings.units is Units.ODD_FEWER:
            simulated, successful = math.ceil(judged / 2), math.ceil(failed / 2)
        scores = [result.score for result in results]
        weighed = sum(score * (1 + probe / 10) for probe, score in enumerate(scores))
        custom = round(weighed / sum(1 + probe / 10 for probe in range(len(scores))), 3)
        return Numbers(
            round(sum(scores) / len(scores)), custom, float(scores[0]), float(scores[-1]), simulated, successful
        )

    def scores_moment(self, now: float) -> datetime | None:
        """What the scores are dated with; None when nothing was scored yet."""
        for run in reversed(self._scored()):
            if self.readings.live_date:
                moment = self.moment_of(run)
                visible_at = max((moment - self._zero).total_seconds() - run.future_seconds, run.started_at)
            else:
                visible_at = self.date_moves_at(run)
            if now >= visible_at:
                return self.moment_of(run)
        return None

    def moment_of(self, run: PlatformRun) -> datetime:
        """What the scores are dated with when they contain the run."""
        scored, executed = self.readings.scored, self.readings.executed
        if scored is Scored.COPIED:
            at = {Executed.REQUESTED: run.requested_at, Executed.STARTED: run.started_at}.get(executed, run.ended_at)
            return self._moment(at + run.future_seconds)
        at = run.ended_at
        if scored is Scored.REQUESTED:
            at = run.requested_at
        elif scored is Scored.STARTED:
            at = run.started_at
        elif scored is Scored.FIRST_PROBE:
            at = min(run.probe_ended_at(0), at)
        elif scored is Scored.LAST_PROBE:
            at = min(run.probe_ended_at(len(run.ran) - 1), at)
        elif scored is Scored.COMPUTED:
            at = self.complete_at(run)
        return self._moment(at - self.readings.row_gap_seconds + run.future_seconds)

    def _moment(self, at: float) -> datetime:
        return self._zero + timedelta(seconds=at)

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        await self._call("scores", deadline)
        now = self.time.monotonic()
        numbers, moment = self.numbers(now), self.scores_moment(now)
        if numbers is None or moment is None or self.is_silent(now):
            return await self._no_scores(target_id, deadline, attempts)
        categories = {"Security": numbers.security, "Safety": numbers.safety, "Custom": numbers.custom}
        answer = {
            "overallScore": numbers.overall,
            "scores": {**categories, "Hallucination": None} if numbers.is_rated else None,
            "simulatedAttacks": numbers.simulated,
            "successfulAttacks": numbers.successful,
            "latestExecutionDate": render_date(moment, self.readings.scores_precision, self.readings.scores_zone),
        }
        return _read_scores(answer)

    def is_silent(self, now: float) -> bool:
        """Whether a run ended so recently that the platform says that it has no scores."""
        return any(
            run.ended_at <= now < run.ended_at + self.readings.silent_seconds
            for run in self.runs
            if run.stuck_status is None
        )

    async def _no_scores(self, target_id: int, deadline: float, attempts: int | None) -> Scores:
        form = self.readings.no_scores
        if form is NoScores.STATUS_500:
            if attempts == 1 or self.time.monotonic() + RETRY_SECONDS >= deadline:
                raise PlatformError("The platform answered 500.")
            await self.time.sleep(RETRY_SECONDS)
            return await self.fetch_scores(
                target_id, deadline, attempts=None if attempts is None else max(attempts - 1, 1)
            )
        zeros = {"overallScore": 0, "scores": {}, "simulatedAttacks": 0, "successfulAttacks": 0}
        if form is NoScores.ZEROS:
            return _read_scores({**zeros, "latestExecutionDate": None})
        if form is NoScores.ZEROS_YEAR_1:
            return _read_scores({**zeros, "latestExecutionDate": "0001-01-01T00:00:00"})
        if form is NoScores.ZEROS_EPOCH:
            return _read_scores({**zeros, "latestExecutionDate": "1970-01-01T00:00:00Z"})
        status = int(form.value) if form.value.isdigit() else 200
        raise NoScoresError(f"The platform has no scores of target {target_id}.", status=status)

    # Runs

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        await self._call("list", deadline)
        self._listings += 1
        now = self.time.monotonic()
        if (self._listings * 40503 >> 4) & 1:  # as good as random, and the same each time
            now -= self.readings.replica_seconds
        return self.listing_at(now, query, are_counts_zero=self._listings % 3 == 1)

    def listing_at(self, now: float, query: RunQuery, *, are_counts_zero: bool = False) -> RunList:
        """The listing as it is at that time."""
        runs = [run for run in self.runs if run.requested_at <= now]
        entries = [self._entry(run, now, are_counts_zero) for run in sorted(runs, key=lambda run: -run.id)]
        return read_run_list([json.dumps(entries).encode()], query, str)

    def _entry(self, run: PlatformRun, now: float, are_counts_zero: bool) -> dict[str, Any]:
        key = (run.id, are_counts_zero)
        if key in self._written:
            return self._written[key]
        entry = self._write(run, now, are_counts_zero)
        if now >= max(run.ended_at, self.complete_at(run)) and run.cancelled_at is None:
            self._written[key] = entry
        return entry

    def _write(self, run: PlatformRun, now: float, are_counts_zero: bool) -> dict[str, Any]:
        date = self._executed_at(run, now)
        moment = None if date is None else self._moment(date + run.future_seconds)
        precision, zone = self.readings.run_precision, self.readings.run_zone
        probes: list[str] | None = [f"Probe {probe + 1}" for probe in run.ran]
        if self.readings.probes is ProbesForm.NULL:
            probes = None
        elif self.readings.probes is ProbesForm.TWINS:
            probes = [f"Probe {max(probe, 1) + 1}" for probe in run.ran]
        return {
            "id": run.id,
            "name": run.name,
            "status": run.status(now),
            "executionDate": None if moment is None else render_date(moment, precision, zone),
            "startedBy": "pipeline@example.com",
            **self._counts(run, now, are_counts_zero),
            "probes": probes,
        }

    def executed_moment(self, run: PlatformRun) -> datetime | None:
        """Its `executionDate` in the end."""
        at = self._executed_at(run, math.inf)
        return None if at is None or at == math.inf else self._moment(at + run.future_seconds)

    def _executed_at(self, run: PlatformRun, now: float) -> float | None:
        executed, is_over = self.readings.executed, now >= run.ended_at
        if executed is Executed.REQUESTED:
            return run.requested_at
        if executed is Executed.STARTED:
            return run.started_at if now >= run.started_at else None
        if executed is Executed.ENDED:
            return run.ended_at if is_over else None
        if executed is Executed.REQUESTED_THEN_ENDED:
            return run.ended_at if is_over else run.requested_at
        if executed is Executed.UPDATED:
            return self._updated_at(run, now)
        return None

    def _updated_at(self, run: PlatformRun, now: float) -> float:
        if now < run.started_at or run.stuck_status is not None:
            return run.requested_at
        if now < run.ended_at:
            counts, step = run.sums(now), (run.seconds - run.tail_seconds) / max(run.planned, 1)
            return run.started_at + counts.planned * step
        scored_at = self.complete_at(run)
        return scored_at if self.readings.updated_by_scores and now >= scored_at else run.ended_at

    def _counts(self, run: PlatformRun, now: float, are_counts_zero: bool) -> dict[str, int | None]:
        form, sums, planned = self.readings.counts, run.sums(now), run.planned
        if form is CountsForm.ZERO_ONCE and are_counts_zero:
            return {"passedCount": 0, "failedCount": 0, "errorCount": 0, "totalCount": planned}
        if form is CountsForm.TOTAL_WITHOUT_ERRORS:
            planned = sum(result.evaluated for result in run.results if result is not None)
        counts: dict[str, int | None] = {
            "passedCount": sums.passed,
            "failedCount": sums.failed,
            "errorCount": sums.errors,
            "totalCount": planned,
        }
        if form is CountsForm.AT_END and now < run.ended_at:
            return dict.fromkeys(counts)
        if form is CountsForm.NULL_ZEROS:
            return {name: count or None for name, count in counts.items()}
        if form is CountsForm.MISSING_ZEROS:
            return {name: count for name, count in counts.items() if count}
        missing = {
            CountsForm.NO_ERRORS: "errorCount",
            CountsForm.NO_PASSED: "passedCount",
            CountsForm.NO_FAILED: "failedCount",
        }.get(form)
        return {name: count for name, count in counts.items() if name != missing}

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        await self._call("trigger", deadline)
        self.next_id += 1
        asked = range(self.configured) if request.probe_ids is None else [one - 1 for one in request.probe_ids]
        run = self.make_run(PlatformRun(self.next_id, request.name, self.time.monotonic(), ()))
        run.results = tuple(result if probe in asked else None for probe, result in enumerate(run.results))
        self.runs.append(run)
        return run.id

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        await self._call("cancel", deadline)
        run = next((run for run in self.runs if run.id == run_id), None)
        if run is None:
            raise ConfigError(f"There is no run {run_id}.")
        self.cancelled.append(run_id)
        if run.cancelled_at is None:
            run.cancelled_at, run.cancelling_seconds = self.time.monotonic(), self.cancelling_seconds

    async def _call(self, name: str, deadline: float) -> None:
        number = self._counts_of_calls[name]
        self._counts_of_calls[name] += 1
        self.calls.append((self.time.monotonic(), name))
        await self.time.sleep(self.latency)
        if self.time.monotonic() > deadline:
            raise PlatformError("The platform did not answer in time.")
        self.before_call(name, number)


def _put(held: Sequence[Result | None], run: PlatformRun, probes: int) -> list[Result | None]:
    """The latest results by probe, once the first so many probes of the run are part of them."""
    latest, results = list(held), run.executed(math.inf)
    for probe in run.ran[:probes]:
        latest[probe] = results[probe]
    return latest


def _between(old: Numbers, new: Numbers, share: float) -> Numbers:
    return Numbers(
        round(old.overall + (new.overall - old.overall) * share),
        round(old.custom + (new.custom - old.custom) * share, 3),
        round(old.security + (new.security - old.security) * share, 1),
        round(old.safety + (new.safety - old.safety) * share, 1),
        old.simulated + math.trunc((new.simulated - old.simulated) * share),
        old.successful + math.trunc((new.successful - old.successful) * share),
    )


def _read_scores(answer: dict[str, Any]) -> Scores:
    try:
        return parse_scores(answer, "e" * 64, str)
    except ValueError as error:
        raise PlatformError(f"The scores make no sense: {error}.") from error
