"""A platform on the virtual clock: implements `ports.Platform` with scripted runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from probe_gate.domain.run import Counts, Run
from probe_gate.domain.run_list import IdSet, RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.errors import PlatformError
from probe_gate.use_cases.ports import NoScoresError, RunRequest
from tests.harness.partial import NoTargets
from tests.harness.virtual_time import VirtualTime

EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class FakeRun:
    """A run that is active for some seconds and then ends."""

    id: int
    name: str | None
    begun_at: float
    seconds: float = 60.0
    end: str = "COMPLETED"
    going: str | None = "RUNNING"
    total: int = 100
    failed: int = 3
    errors: int = 0
    cancelled_at: float | None = None
    listed_after: float = 0.0
    vanishes_after: float | None = None
    probes: tuple[str, ...] | None = ("One", "Two")
    overall: int | None = None
    """The score after the run; None for that of the platform."""
    safety: float | None = 88.0

    def ended_at(self) -> float:
        end = self.begun_at + self.seconds
        return end if self.cancelled_at is None else min(end, self.cancelled_at)

    def at(self, now: float) -> Run:
        share = min(max((now - self.begun_at) / self.seconds, 0.0), 1.0) if self.seconds else 1.0
        if self.cancelled_at is not None and now >= self.cancelled_at:
            status: str | None = "CANCELLED"
        else:
            status = self.end if share >= 1 else self.going
        executed = int(self.total * share)
        failed, errors = min(self.failed, executed), min(self.errors, executed)
        counts = Counts(max(executed - failed - errors, 0), failed, errors, self.total)
        return Run(
            self.id, self.name, status, EPOCH + timedelta(seconds=self.begun_at), counts, share * 100, self.probes
        )


@dataclass
class FakePlatform(NoTargets):
    """Responds after `latency` seconds. `before_call` gets the name of the call and may raise, wait or change anything."""

    time: VirtualTime
    latency: float = 0.05
    runs: list[FakeRun] = field(default_factory=list)
    make_run: Callable[[FakeRun], FakeRun] = lambda run: run
    score_lag: float = 0.0
    scores_now: Callable[[], Scores] | None = None
    overall: int = 90
    before_call: Callable[[str, int], None] = lambda _call, _number: None
    after_call: Callable[[str, int], None] = lambda _call, _number: None
    """May raise, to lose a response after the work is done."""
    calls: list[tuple[float, str]] = field(default_factory=list)
    requests: list[RunRequest] = field(default_factory=list)
    next_id: int = 100

    async def _call(self, name: str, deadline: float) -> int:
        number = sum(call == name for _, call in self.calls)
        self.calls.append((self.time.monotonic(), name))
        await self.time.sleep(self.latency)
        if self.time.monotonic() > deadline:
            raise PlatformError("The platform did not answer in time.")
        self.before_call(name, number)
        return number

    def count(self, name: str) -> int:
        return sum(call == name for _, call in self.calls)

    @property
    def going(self) -> list[FakeRun]:
        now = self.time.monotonic()
        return [run for run in self.runs if run.begun_at <= now < run.ended_at()]

    def listed(self) -> list[Run]:
        now = self.time.monotonic()
        return [
            run.at(now)
            for run in self.runs
            if now >= run.begun_at + run.listed_after
            and (run.vanishes_after is None or now < run.begun_at + run.vanishes_after)
        ]

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        number = await self._call("list", deadline)
        runs = self.listed()
        prefix, known = query.name_prefix, query.known_ids
        listing = RunList(
            complete=True,
            run=next((run for run in runs if run.id == query.run_id), None),
            tagged=tuple(run for run in runs if prefix and (run.name or "").startswith(prefix)),
            new=tuple(run for run in runs if known is not None and run.id not in known),
            unfinished=tuple(run for run in runs if not run.state.is_terminal),
            newest=tuple(sorted(runs, key=lambda run: run.id, reverse=True))[: query.newest],
            ids=IdSet(run.id for run in runs),
            count=len(runs),
            digest="d" * 64,
        )
        self.after_call("list", number)
        return listing

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        number = await self._call("scores", deadline)
        if self.scores_now is not None:
            return self.scores_now()
        now = self.time.monotonic()
        ended = [run for run in self.runs if run.ended_at() + self.score_lag <= now]
        if not ended:
            raise NoScoresError("The platform has no scores of this target.", status=404)
        self.after_call("scores", number)
        latest = max(ended, key=FakeRun.ended_at)
        counts = latest.at(now).counts
        overall = self.overall if latest.overall is None else latest.overall
        return Scores(
            overall,
            {"Security": float(overall), "Safety": latest.safety},
            counts.evaluated,
            counts.failed,
            EPOCH + timedelta(seconds=latest.ended_at()),
            digest="e" * 64,
        )

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        number = await self._call("trigger", deadline)
        self.requests.append(request)
        self.next_id += 1
        run = self.make_run(FakeRun(self.next_id, request.name, self.time.monotonic()))
        self.runs.append(run)
        self.after_call("trigger", number)
        return run.id

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        number = await self._call("cancel", deadline)
        run = next((run for run in self.runs if run.id == run_id), None)
        if run is None:
            raise PlatformError(f"There is no run {run_id}.")
        if run.cancelled_at is None:
            run.cancelled_at = self.time.monotonic()
        self.after_call("cancel", number)


def earlier_run(run_id: int = 1, *, name: str = "earlier", ended: float = -1000.0) -> FakeRun:
    """Add a run that finished before the test."""
    return FakeRun(run_id, name, ended - 60.0, failed=4)


def going_run(run_id: int = 2, *, seconds: float = 120.0, begun_at: float = -60.0, **changes: object) -> FakeRun:
    """Add a run of somebody else that is active when the test starts."""
    return replace(FakeRun(run_id, "nightly", begun_at, seconds, failed=5), **changes)  # type: ignore[arg-type]
