"""The platform's nine operations: fulfils `ports.Platform` and `ports.TargetPlatform` over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.domain.score import Scores
from probe_gate.errors import PlatformError
from probe_gate.http.abort import Abort
from probe_gate.http.failures import Kind, LostError, lost
from probe_gate.http.retry import Retrier
from probe_gate.http.session import Answer, HttpSession
from probe_gate.http.status import StatusError
from probe_gate.ports import Clock, InDoubtError, NotStartedError, RunRequest, Workers
from probe_gate.probe_api.json_text import JsonError, parse_json
from probe_gate.probe_api.listing import read_listing
from probe_gate.probe_api.refusals import RefusedError, refusal
from probe_gate.probe_api.wire import (
    NonsenseError,
    TargetAnswer,
    TargetType,
    TriggerAnswer,
    read_model,
    read_scores,
)

Result = TypeVar("Result")

ANSWER_SECONDS = 60.0
"""The most that one answer may take."""
LISTING_SECONDS = 300.0
"""The most that one listing may take, which may be very long."""
GRACE_SECONDS = 1.5
"""How long after a signal the answer to a request that starts or makes something may still come."""


class ProbeApi:
    """The API of one workspace."""

    def __init__(
        self,
        session: HttpSession,
        workers: Workers,
        clock: Clock,
        workspace_id: int,
        *,
        on_retry: Callable[[PlatformError, float], None] | None = None,
    ) -> None:
        """`on_retry` is told each failure that will be asked again, and the seconds until then."""
        self._session = session
        self._workers = workers
        self._clock = clock
        self._workspace = f"/api/workspaces/{workspace_id:d}"
        self._workspace_v2 = f"/api/v2/workspaces/{workspace_id:d}"
        self._retrier = Retrier(clock, on_retry)

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> Listing:
        call = f"Listing the test runs of target {target_id} (listTestRuns)"
        path = f"{self._workspace}/target/{target_id:d}/test-runs"

        def read(answer: Answer) -> Listing:
            return read_listing(answer, query, call, self._session.scrub)

        return await self._read("GET", path, call, deadline, read, seconds=LISTING_SECONDS)

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        call = f"Reading the scores of target {target_id} (getScores)"
        path = f"{self._workspace}/target/{target_id:d}/scores"

        def read(answer: Answer) -> Scores:
            return read_scores(parse_json(answer.body), answer.sha256, self._session.scrub)

        return await self._read("GET", path, call, deadline, read, attempts=attempts)

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        body = {
            "targetId": request.target_id,
            "probeIds": list(request.probe_ids) if request.probe_ids is not None else None,
            "name": request.name,
            "notifyWhenFinished": request.notify_when_finished,
            "runAiAnalysis": request.run_ai_analysis,
        }
        call = f"Starting a test run on target {request.target_id} (triggerTestRun)"

        def read(answer: Answer) -> int:
            return read_model(TriggerAnswer, parse_json(answer.body), self._session.scrub).run_id

        return await self._send_once(f"{self._workspace}/test-run/trigger", call, body, deadline, read)

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        call = f"Cancelling test run {run_id} (cancelTestRun)"
        path = f"{self._workspace}/test-run/{run_id:d}/cancel"
        await self._read("POST", path, call, deadline, _nothing)

    async def get_target(self, target_id: int, deadline: float) -> Mapping[str, Any]:
        call = f"Reading target {target_id} (getTarget)"
        return await self._read("GET", self._target(target_id), call, deadline, self._read_target)

    async def create_target(self, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        call = "Making a target (createTarget)"
        return await self._send_once(f"{self._workspace_v2}/target", call, body, deadline, self._read_target)

    async def update_target(self, target_id: int, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        call = f"Changing target {target_id} (updateTarget)"
        return await self._read("PATCH", self._target(target_id), call, deadline, self._read_target, body=body)

    async def delete_target(self, target_id: int, deadline: float) -> None:
        call = f"Deleting target {target_id} (deleteTarget)"
        await self._read("DELETE", f"{self._workspace}/target/{target_id:d}", call, deadline, _nothing)

    async def list_target_types(self, deadline: float) -> Sequence[Mapping[str, Any]]:
        call = "Reading the target types (listTargetTypes)"

        def read(answer: Answer) -> Sequence[Mapping[str, Any]]:
            types = parse_json(answer.body)
            if not isinstance(types, list):
                raise NonsenseError("it is not a list")
            found = [read_model(TargetType, entry, self._session.scrub) for entry in types]
            return [entry.model_dump(by_alias=True) for entry in found]

        return await self._read("GET", "/api/target/types", call, deadline, read)

    def _target(self, target_id: int) -> str:
        return f"{self._workspace_v2}/target/{target_id:d}"

    def _read_target(self, answer: Answer) -> Mapping[str, Any]:
        value = parse_json(answer.body)
        read_model(TargetAnswer, value, self._session.scrub)
        found: Mapping[str, Any] = value
        return found

    async def _read(
        self,
        method: str,
        path: str,
        call: str,
        deadline: float,
        read: Callable[[Answer], Result],
        *,
        body: Mapping[str, Any] | None = None,
        attempts: int | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> Result:
        """A request that may be repeated without harm."""

        async def once() -> Result:
            abort = Abort()

            def work() -> Result:
                until = min(deadline, self._clock.monotonic() + seconds)
                try:
                    answer = self._session.exchange(method, path, json=body, deadline=until, abort=abort)
                    return self._understood(answer, call, read)
                except LostError as error:
                    error.message = f"{call}: {error.message}"
                    raise

            return await self._workers.run(work, wake=abort.trip)

        return await self._retrier.ask(once, deadline=deadline, attempts=attempts)

    async def _send_once(
        self, path: str, call: str, body: Mapping[str, Any], deadline: float, read: Callable[[Answer], Result]
    ) -> Result:
        """A request that starts or makes something: sent once, and what is not known to have failed is in doubt."""
        abort = Abort()

        def work() -> Result:
            until = min(deadline, self._clock.monotonic() + ANSWER_SECONDS)
            answer = self._session.exchange("POST", path, json=body, deadline=until, abort=abort)
            return self._understood(answer, call, read)

        try:
            return await self._workers.run(work, wake=abort.trip, grace_seconds=GRACE_SECONDS)
        except LostError as error:
            doubt = InDoubtError if error.maybe_sent else NotStartedError
            raise doubt(f"{call}: {error.message}", error.advice) from None
        except StatusError as error:
            if error.status == 429:
                raise NotStartedError(error.message, error.advice, error.retry_after_seconds) from None
            raise InDoubtError(error.message, error.advice) from None
        except PlatformError as error:
            raise InDoubtError(error.message, error.advice, may_retry=not isinstance(error, RefusedError)) from None

    def _understood(self, answer: Answer, call: str, read: Callable[[Answer], Result]) -> Result:
        """What an answer says. Raises the error that it stands for."""
        self._retrier.has_answered = True
        scrub, road = self._session.scrub, self._session.road
        if not 200 <= answer.status <= 299:
            raise refusal(answer, call, scrub, self._clock.now())
        try:
            return read(answer)
        except JsonError as error:
            if error.is_page:
                raise lost(Kind.PAGE, road, maybe_sent=True) from None
            if error.is_cut:
                raise lost(Kind.CUT_OFF, road, maybe_sent=True) from None
            raise PlatformError(f"{call}: the answer {error}.") from None
        except NonsenseError as error:
            raise PlatformError(f"{call}: the answer makes no sense: {error}.") from None


def _nothing(answer: Answer) -> None:
    """The answer has nothing that is needed."""
