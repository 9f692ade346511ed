"""A simulated platform for gates on a virtual clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Run, RunState
from probe_gate.domain.run_list import IdSet, RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.http.errors import StatusError
from probe_gate.http.retry import Retrier
from probe_gate.use_cases.context import GatePlan, GatePorts
from probe_gate.use_cases.ports import NotStartedError, Progressed, RunRequest
from probe_gate.use_cases.run_tag import RunTag
from tests.harness.partial import NoTargets
from tests.harness.virtual_time import VirtualTime

RunCourse = Callable[[int, float], Run]
"""Returns the entry in the run list for a run id and the seconds since the trigger."""
SETTLED_SCORES = 91
SCORES_BEFORE = 84


class Server:
    """The platform on the virtual clock. Above its limit it responds 429 with Retry-After."""

    def __init__(
        self, time: VirtualTime, course: RunCourse, *, limit_per_second: int | None = None, retry_after_seconds: int = 1
    ) -> None:
        self.time = time
        self.course = course
        self.arrived: Counter[int] = Counter()
        """Requests by second of the clock, including refused ones."""
        self.refused: Counter[int] = Counter()
        self.triggered_at: dict[int, float] = {}
        """By target id. Each target has one run, with the same id."""
        self._limit = limit_per_second
        self._retry_after_seconds = retry_after_seconds

    @property
    def requests(self) -> int:
        return self.arrived.total()

    def take_request(self) -> None:
        """Count a request, or raise `StatusError` if there have been too many in this second."""
        second = int(self.time.monotonic())
        self.arrived[second] += 1
        if self._limit is not None and self.arrived[second] - self.refused[second] > self._limit:
            self.refused[second] += 1
            raise StatusError("Too many.", status=429, retry_after_seconds=self._retry_after_seconds)

    def run_of(self, target_id: int) -> Run | None:
        """Return the target's run as it is now; None before its trigger."""
        if target_id not in self.triggered_at:
            return None
        return self.course(target_id, self.time.monotonic() - self.triggered_at[target_id])


class Client(NoTargets):
    """Implements `ports.Platform` for one process, with its own retries."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._time = server.time
        self._retrier = Retrier(server.time)

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList:
        async def call() -> RunList:
            self._server.take_request()
            run = self._server.run_of(target_id)
            runs = (run,) if run else ()
            return RunList(
                complete=not query.may_stop_early,
                run=run,
                unfinished=tuple(each for each in runs if not each.state.is_terminal),
                newest=runs,
                ids=IdSet(each.id for each in runs),
                count=len(runs),
            )

        before = self._retrier.refusals
        listing = await self._retrier.ask(call, deadline=deadline)
        return replace(listing, throttle_count=self._retrier.refusals - before)

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        async def call() -> Scores:
            self._server.take_request()
            run = self._server.run_of(target_id)
            is_over = run is not None and run.state is RunState.SUCCEEDED
            overall = SETTLED_SCORES if is_over else SCORES_BEFORE
            latest = run.started_at if is_over and run else None
            return Scores(
                overall=overall,
                categories={"Security": float(overall)},
                simulated_attacks=400,
                successful_attacks=4,
                latest_execution=latest,
            )

        return await self._retrier.ask(call, deadline=deadline, attempts=attempts)

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        try:
            self._server.take_request()
        except StatusError as error:
            raise NotStartedError(error.message, retry_after_seconds=error.retry_after_seconds) from error
        self._server.triggered_at[request.target_id] = self._time.monotonic()
        return request.target_id

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        raise AssertionError("no run of a benchmark is cancelled")


class NoProgress:
    """Discards progress."""

    def report(self, event: Progressed) -> None:
        pass


class NoStateFile:
    """Stores nothing."""

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        pass

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        pass


def plan_for(target_id: int, deadline: float) -> GatePlan:
    """Return the plan of a gate with the default options. `deadline` is a reading of the virtual clock."""
    tag = RunTag(f"{target_id:08x}", None, f"{target_id:07d}")
    return GatePlan(Target(target_id), Policy(), tag, "benchmark", deadline=deadline)


def ports_for(server: Server, random: Callable[[], float]) -> GatePorts:
    """Return the ports of one gate."""
    return GatePorts(Client(server), server.time, NoProgress(), NoStateFile(), random)
