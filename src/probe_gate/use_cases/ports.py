"""The protocols that the coroutines await. Adapters implement them, and so do the fakes of the tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar

from probe_gate.domain.evidence import Target
from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.domain.verdict import TargetVerdict
from probe_gate.errors import PlatformError

Result = TypeVar("Result")


class Clock(Protocol):
    """Time. Two readings of it are never mixed: durations by `monotonic`, moments by `now`."""

    def monotonic(self) -> float:
        """Seconds since some moment; never runs backwards."""
        ...

    def now(self) -> datetime:
        """Return the present moment, in UTC, with its zone."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that time. Raises `CancelledError` as soon as a signal arrives."""
        ...


class AbandonedError(Exception):
    """A blocking call took longer than it may, and nobody waits for it any more."""


class Workers(Protocol):
    """Runs blocking calls away from the loop."""

    async def run(
        self,
        call: Callable[[], Result],
        *,
        deadline: float = math.inf,
        max_seconds: float = math.inf,
        cancel: Callable[[], object] | None = None,
        grace_seconds: float = 0.0,
        is_reserved: bool = False,
    ) -> Result:
        """Return the result of a call, or raise its exception.

        A call that hangs cannot be ended. It is abandoned: nobody waits for it any more. Each coroutine is interrupted
        by a signal once; what it calls after that runs as usual.

        Args:
            call: Blocks.
            deadline: When the call is abandoned, as a reading of `Clock.monotonic`.
            max_seconds: How long the call may take from its start.
            cancel: Called when the call is abandoned, to prevent what it has not done yet.
            grace_seconds: How long after a signal the call's result is still waited for.
            is_reserved: Whether the call may use one of the workers that are reserved for what must not wait.

        Raises:
            AbandonedError: The time was over.
            CancelledError: A signal arrived. `never_begun` says whether the call had not begun.
            PlatformError: Too many abandoned calls still hang.
        """
        ...


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A test run to start."""

    target_id: int
    name: str
    """With the run tag in front."""
    probe_ids: tuple[int, ...] | None
    """None: all that are configured."""
    notify_when_finished: bool = False
    run_ai_analysis: bool = False


class NotStartedError(PlatformError):
    """The trigger was refused in a way that proves that nothing was started: it may be sent again."""

    def __init__(self, message: str, hint: str = "", retry_after_seconds: float | None = None) -> None:
        super().__init__(message, hint)
        self.retry_after_seconds = retry_after_seconds


class UnconfirmedRequestError(PlatformError):
    """Whether something was started (or made, or changed) is not known: the answer was lost or made no sense.

    `may_retry` is False when the same request would only be refused again.
    """

    def __init__(self, message: str, hint: str = "", *, may_retry: bool = True) -> None:
        super().__init__(message, hint)
        self.may_retry = may_retry


class NoScoresError(PlatformError):
    """The platform answered, and has no scores of this target: it never ran, or its results are not in yet."""

    def __init__(self, message: str, hint: str = "", *, status: int = 200) -> None:
        super().__init__(message, hint)
        self.status = status
        """The HTTP status of the answer."""


class Platform(Protocol):
    """The operations of the platform's API.

    Every call takes a `deadline`, a reading of `Clock.monotonic`: reads are retried until then, and end
    in `PlatformError` when it has passed. Every call raises `AuthError` (401, 403), `ConfigError` (400, 404,
    422) and `PlatformError` (the rest), and `CancelledError` on a signal. A refusal of a request that was answered
    before may be a gateway's: it is repeated before it is believed, and is never a `ConfigError`.
    """

    async def list_runs(self, target_id: int, query: RunQuery, deadline: float) -> RunList: ...

    async def fetch_scores(self, target_id: int, deadline: float, *, attempts: int | None = None) -> Scores:
        """Return the target's scores as they are now.

        Args:
            target_id: The target.
            deadline: When to give up, as a reading of `Clock.monotonic`.
            attempts: How often to ask; None: as often as the deadline allows.

        Raises:
            NoScoresError: The platform answered that it has none (400, 404, 409, 422, or nothing in the answer).
        """
        ...

    async def trigger_run(self, request: RunRequest, deadline: float) -> int:
        """Send the trigger exactly once and return the id of the run.

        Raises `NotStartedError` or `UnconfirmedRequestError` beside the others. Not interrupted by a signal while its
        answer may still come: the one who awaits it decides how long to wait.
        """
        ...

    async def cancel_run(self, run_id: int, deadline: float) -> None:
        """Return when the platform has taken the request. Retried until the deadline."""
        ...

    async def get_target(self, target_id: int, deadline: float) -> Mapping[str, Any]: ...

    async def create_target(self, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        """Sent exactly once; raises `NotStartedError` or `UnconfirmedRequestError` beside the others."""
        ...

    async def update_target(self, target_id: int, body: Mapping[str, Any], deadline: float) -> Mapping[str, Any]: ...

    async def delete_target(self, target_id: int, deadline: float) -> None: ...

    async def list_target_types(self, deadline: float) -> Sequence[Mapping[str, Any]]: ...


class Step(Enum):
    """Where a target's gate is."""

    PREPARING = "preparing the target"
    READING = "reading scores"
    BUSY = "waiting for another run"
    TRIGGERING = "triggering"
    SEARCHING = "searching for a run whose start is unconfirmed"
    WAITING = "waiting"
    SETTLING = "settling"
    CANCELLING = "cancelling"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Progressed:
    """Something that a person who watches would want to know."""

    target: Target
    step: Step
    message: str
    """One plain sentence without a line break."""
    run: Run | None = None
    remaining_seconds: float | None = None
    """An estimate; None when there is none."""
    scores: Scores | None = None
    verdict: TargetVerdict | None = None
    is_warning: bool = False


class Progress(Protocol):
    """Who is told how it goes."""

    def report(self, event: Progressed) -> None:
        """Never blocks and never raises."""
        ...


class StateFile(Protocol):
    """Where what was started or made is written down at once, so that it can be found when the job is killed."""

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        """Record a run before the trigger by its run tag, and after it with its id as well. Never raises."""
        ...

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        """Record that a target has been created for one run, and that it is gone. Never raises."""
        ...
