"""Retry requests that are safe to repeat: after which errors, after which pauses, and until when."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    stop_never,
    wait_chain,
    wait_random,
    wait_random_exponential,
)
from tenacity.wait import wait_base

from probe_gate.domain.text import as_sentence
from probe_gate.errors import AuthError, GateError, PlatformError
from probe_gate.http.errors import Kind, StatusError, TransportError, UnexpectedAuthError, UnexpectedRefusalError
from probe_gate.http.session import Response
from probe_gate.use_cases.ports import Clock

RETRYABLE_STATUSES = frozenset({408, 425, 429})
"""A read is retried after these statuses and after every 5xx."""
MAX_RETRY_AFTER_SECONDS = 24 * 3600.0


Result = TypeVar("Result")

MIN_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 30.0
LAST_TRY_SECONDS = 0.5
"""A pause ends this long before the deadline, to leave time for a last attempt."""

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
"""How long to retry if the server never responded; a wrong setting is then the most likely cause."""
USUAL_PATIENCE_SECONDS = 60.0
REFUSAL_PAUSES_SECONDS = (1.0, 6.0, 13.0)
"""An unexpected refusal counts only after three more attempts, with these pauses before them: 20 s in all."""
MAX_REFUSAL_JITTER = 1.1
"""A pause is up to this factor longer, so that gates that were refused together do not retry together."""
UNEXPECTED_REFUSALS = (UnexpectedAuthError, UnexpectedRefusalError)
"""Refusals that may come from a gateway and not from the server."""
TOO_MANY = 429
NEVER_AGAIN = frozenset({Kind.CANCELLED, Kind.TOO_LARGE, Kind.NO_TIME})


class Retrier:
    """Retries the requests to one server.

    It remembers whether the server ever responded: after a response, an outage is retried until the deadline; without
    one, retrying stops sooner.
    """

    def __init__(self, clock: Clock, on_retry: Callable[[GateError, float], None] | None = None) -> None:
        """Start with a server that has not responded yet.

        Args:
            clock: The clock.
            on_retry: Called with each failure and the seconds until the next attempt.
        """
        self._clock = clock
        self._on_retry = on_retry
        self.has_answered = False
        self.refusals = 0
        """How often the server has throttled requests, with status 429 or a Retry-After header."""

    async def ask(
        self,
        call: Callable[[], Awaitable[Result]],
        *,
        deadline: float,
        attempts: int | None = None,
        on_again: Callable[[float], None] = lambda _seconds: None,
    ) -> Result:
        """Return the call's result.

        Args:
            call: Sends the request.
            deadline: When to give up, as a reading of the clock.
            attempts: The maximum number of attempts; None for no maximum before the deadline. Repeating a request to
                confirm an unexpected refusal does not count as an attempt.
            on_again: Called with the seconds until the next attempt.

        Raises:
            GateError: The last error of the call.
        """
        started_at = self._clock.monotonic()
        tries = 0

        def retrying(retry: retry_if_exception, wait: wait_base, max_tries: int | None) -> AsyncRetrying:
            def pause(state: RetryCallState) -> float:
                seconds = max(wait(state), _requested_pause(state))
                return min(seconds, deadline - self._clock.monotonic() - LAST_TRY_SECONDS)

            def before_sleep(state: RetryCallState) -> None:
                on_again(state.upcoming_sleep)
                self._report(state)

            enough = stop_never if max_tries is None else stop_after_attempt(max_tries)
            return AsyncRetrying(
                sleep=self._clock.sleep,
                retry=retry,
                wait=pause,
                stop=lambda state: enough(state) or state.upcoming_sleep < MIN_PAUSE_SECONDS,
                before_sleep=before_sleep,
                reraise=True,
            )

        async def send() -> Result:
            nonlocal tries
            tries += 1
            return await call()

        retrying_refusals = retrying(
            retry_if_exception_type(UNEXPECTED_REFUSALS),
            wait_chain(*(wait_random(seconds, seconds * MAX_REFUSAL_JITTER) for seconds in REFUSAL_PAUSES_SECONDS)),
            len(REFUSAL_PAUSES_SECONDS) + 1,
        )
        retrying_transient = retrying(
            retry_if_exception(lambda error: self.is_transient(error, self._clock.monotonic() - started_at)),
            wait_random_exponential(multiplier=0.5, min=MIN_PAUSE_SECONDS, max=MAX_PAUSE_SECONDS),
            attempts,
        )
        try:
            result: Result = await retrying_transient(retrying_refusals, send)
        except (PlatformError, AuthError) as error:
            if tries > 1:
                seconds = round(self._clock.monotonic() - started_at)
                error.message = f"{as_sentence(error.message)} Tried {tries} times over {seconds} s."
            raise
        self.has_answered = True
        return result

    def is_transient(self, error: BaseException, seconds_asked: float) -> bool:
        """Return whether the same request may succeed later. `seconds_asked` is how long it has been retried."""
        if isinstance(error, StatusError):
            return True
        if not isinstance(error, TransportError) or error.kind in NEVER_AGAIN:
            return False
        return self.has_answered or seconds_asked < PATIENCE_SECONDS.get(error.kind, USUAL_PATIENCE_SECONDS)

    def _report(self, state: RetryCallState) -> None:
        error = _error_of(state)
        if isinstance(error, StatusError) and (error.status == TOO_MANY or error.retry_after_seconds is not None):
            self.refusals += 1
        if self._on_retry is not None and isinstance(error, GateError):
            self._on_retry(error, state.upcoming_sleep)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _requested_pause(state: RetryCallState) -> float:
    """Return how long the server asks to wait, in seconds, with random jitter added; 0 if it does not ask."""
    error = _error_of(state)
    seconds = error.retry_after_seconds if isinstance(error, StatusError) else None
    return 0.0 if seconds is None else seconds + random.uniform(0, min(seconds / 4, MAX_PAUSE_SECONDS))  # noqa: S311


def is_retryable(status: int) -> bool:
    """Return whether a read that got this status is retried."""
    return status in RETRYABLE_STATUSES or 500 <= status <= 599


def retry_after_seconds(response: Response, now: datetime) -> float | None:
    """Return the value of `Retry-After` in seconds (RFC 9110, section 10.2.3), at most a day.

    None if there is no such header or its value is invalid. A date is compared with the response's `Date` if it has
    one, because the clock of this machine may be wrong.
    """
    value = response.headers.get("Retry-After", "").strip()
    if not value or len(value) > 100:
        return None
    if value.isascii() and value.replace(".", "", 1).isdigit():
        return min(float(value), MAX_RETRY_AFTER_SECONDS)
    date = _parse_date(value)
    if date is None:
        return None
    seconds = (date - (_parse_date(response.headers.get("Date", "")) or now)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _parse_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text[:100])
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        return None
