"""Sends a request again: after what, after how long, and until when. For requests that do no harm twice only."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, wait_random_exponential
from tenacity.retry import retry_base
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from probe_gate.domain.text import as_sentence
from probe_gate.errors import AuthError, GateError, PlatformError
from probe_gate.http.errors import Kind, StatusError, TransportError, UnexpectedAuthError, UnexpectedRefusalError
from probe_gate.http.session import Response
from probe_gate.use_cases.ports import Clock

RETRYABLE_STATUSES = frozenset({408, 425, 429})
"""Beside every 5xx: worth asking again for a read."""
MAX_RETRY_AFTER_SECONDS = 24 * 3600.0


Result = TypeVar("Result")

MIN_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 30.0
LAST_TRY_SECONDS = 0.5
"""What a wait leaves of the time, for a last try."""

PATIENCE_SECONDS: dict[Kind, float] = {
    Kind.CERTIFICATE_UNTRUSTED: 0.0,
    Kind.CERTIFICATE_NOT_NAMED: 0.0,
    Kind.CERTIFICATE_REFUSED: 0.0,
    Kind.CERTIFICATE_EXPIRED: 0.0,
    Kind.CERTIFICATE_EARLY: 0.0,
    Kind.CERTIFICATE_NAME: 0.0,
    Kind.PROXY_LOGIN: 0.0,
    Kind.PROXY_TLS: 0.0,
    Kind.TOO_LARGE: 0.0,
    Kind.REDIRECT: 0.0,
    Kind.NO_THREAD: 5.0,
    Kind.NO_DESCRIPTOR: 5.0,
    Kind.NOT_JSON: 5.0,
    Kind.TLS: 5.0,
    Kind.NOT_HTTP: 5.0,
    Kind.PROXY_REFUSED: 5.0,
}
"""How long a server that never answered yet is asked again: such a failure is then more likely a wrong setting."""
USUAL_PATIENCE_SECONDS = 60.0
REFUSAL_PAUSES_SECONDS = (1.0, 6.0, 13.0)
"""Before an unexpected refusal is believed, the request is repeated after each of these: three times over 20 s."""
REFUSAL_JITTER = 0.1
"""By which part a pause may be longer, so that gates that met the same gateway do not come back all at once."""
TOO_MANY = 429
NEVER_AGAIN = frozenset({Kind.CANCELLED, Kind.TOO_LARGE, Kind.NO_TIME})


class Retrier:
    """Asks one server again. It remembers whether that server ever answered: an outage after that is survived until
    the deadline, while a server that never answered is given up sooner."""

    def __init__(self, clock: Clock, on_retry: Callable[[GateError, float], None] | None = None) -> None:
        """`on_retry` is told the failure and the seconds until the next try."""
        self._clock = clock
        self._on_retry = on_retry
        self.has_answered = False
        self.refusals = 0
        """How often the server has asked to be asked less often: by 429, or by any Retry-After."""

    async def ask(
        self,
        call: Callable[[], Awaitable[Result]],
        *,
        deadline: float,
        attempts: int | None = None,
        on_again: Callable[[float], None] = lambda _seconds: None,
    ) -> Result:
        """The call's result, asked for until the deadline or for so many times. Raises its last error.

        Unexpected refusals are no attempts: they are asked about again before they are believed. `on_again` is told the
        seconds until the next try.
        """
        began = self._clock.monotonic()
        refusals = _Refusals()

        def tell(state: RetryCallState) -> None:
            on_again(state.upcoming_sleep)
            self._tell(state)

        retrying = AsyncRetrying(
            sleep=self._clock.sleep,
            retry=_Worth(self, began, refusals),
            wait=_Wait(self._clock, deadline, refusals),
            stop=_Stop(attempts, refusals),
            before_sleep=tell,
            reraise=True,
        )
        try:
            result: Result = await retrying(call)
        except (PlatformError, AuthError) as error:
            tries = int(retrying.statistics.get("attempt_number", 1))
            if tries > 1:
                seconds = round(self._clock.monotonic() - began)
                error.message = f"{as_sentence(error.message)} Asked {tries} times over {seconds} s."
            raise
        self.has_answered = True
        return result

    def is_worth_asking_again(self, error: BaseException | None, seconds_asked: float) -> bool:
        """Whether the same request may well succeed a little later."""
        if isinstance(error, StatusError):
            return True
        if not isinstance(error, TransportError) or error.kind in NEVER_AGAIN:
            return False
        return self.has_answered or seconds_asked < PATIENCE_SECONDS.get(error.kind, USUAL_PATIENCE_SECONDS)

    def monotonic(self) -> float:
        """The clock's reading."""
        return self._clock.monotonic()

    def _tell(self, state: RetryCallState) -> None:
        error = _error_of(state)
        if isinstance(error, StatusError) and (error.status == TOO_MANY or error.retry_after_seconds is not None):
            self.refusals += 1
        if self._on_retry is not None and isinstance(error, GateError):
            self._on_retry(error, state.upcoming_sleep)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


class _Refusals:
    """The unexpected refusals of one request."""

    def __init__(self) -> None:
        self.count = 0
        self.in_a_row = 0

    def add(self, error: BaseException | None) -> None:
        """Take note of how an attempt ended."""
        if is_unexpected_refusal(error):
            self.count += 1
            self.in_a_row += 1
        else:
            self.in_a_row = 0

    @property
    def are_believed(self) -> bool:
        return self.in_a_row > len(REFUSAL_PAUSES_SECONDS)

    @property
    def pause_seconds(self) -> float:
        return REFUSAL_PAUSES_SECONDS[self.in_a_row - 1] * random.uniform(1.0, 1.0 + REFUSAL_JITTER)  # noqa: S311


def is_unexpected_refusal(error: BaseException | None) -> bool:
    """Return whether the error may be a gateway's answer in the server's place."""
    return isinstance(error, (UnexpectedAuthError, UnexpectedRefusalError))


class _Worth(retry_base):
    def __init__(self, retrier: Retrier, began: float, refusals: _Refusals) -> None:
        self._retrier = retrier
        self._began = began
        self._refusals = refusals

    def __call__(self, retry_state: RetryCallState) -> bool:
        error = _error_of(retry_state)
        self._refusals.add(error)
        if self._refusals.in_a_row:
            return not self._refusals.are_believed
        return self._retrier.is_worth_asking_again(error, self._retrier.monotonic() - self._began)


class _Wait(wait_base):
    """Longer each time, at random so that many who wait spread; as long as the server asks for, if it does. Never so
    long that no time is left for a last try."""

    def __init__(self, clock: Clock, deadline: float, refusals: _Refusals) -> None:
        self._clock = clock
        self._deadline = deadline
        self._refusals = refusals
        self._growing = wait_random_exponential(multiplier=0.5, max=MAX_PAUSE_SECONDS)

    def __call__(self, retry_state: RetryCallState) -> float:
        error = _error_of(retry_state)
        asked = error.retry_after_seconds if isinstance(error, StatusError) else None
        if self._refusals.in_a_row:
            wait = self._refusals.pause_seconds
        else:
            wait = max(self._growing(retry_state), MIN_PAUSE_SECONDS)
        if asked is not None:
            wait = max(wait, asked + random.uniform(0, min(asked / 4, MAX_PAUSE_SECONDS)))  # noqa: S311
        return min(wait, self._deadline - self._clock.monotonic() - LAST_TRY_SECONDS)


class _Stop(stop_base):
    def __init__(self, attempts: int | None, refusals: _Refusals) -> None:
        self._attempts = attempts
        self._refusals = refusals

    def __call__(self, retry_state: RetryCallState) -> bool:
        counted = retry_state.attempt_number - self._refusals.count
        if self._attempts is not None and counted >= self._attempts:
            return True
        return retry_state.upcoming_sleep < MIN_PAUSE_SECONDS


def is_retryable(status: int) -> bool:
    """Whether the same read may be answered a little later."""
    return status in RETRYABLE_STATUSES or 500 <= status <= 599


def retry_after_seconds(answer: Response, now: datetime) -> float | None:
    """How long the server asks to wait, 0 to a day; None when it does not say, or nonsense.

    A moment is compared with the server's own clock when it tells it, since ours may be wrong by hours.
    """
    value = answer.headers.get("Retry-After", "").strip()
    if not value or len(value) > 100:
        return None
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return min(float(value), MAX_RETRY_AFTER_SECONDS)
    moment = _moment(value)
    if moment is None:
        return None
    seconds = (moment - (_moment(answer.headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _moment(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text[:100])
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
