"""Statuses that pass: when a server asks to be asked again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from probe_gate.errors import AuthError, PlatformError
from probe_gate.http.answer import Response

RETRYABLE_STATUSES = frozenset({408, 425, 429})
"""Beside every 5xx: worth asking again for a read."""
MAX_RETRY_AFTER_SECONDS = 24 * 3600.0


class StatusError(PlatformError):
    """The server answered with a status that may pass."""

    def __init__(self, message: str, advice: str = "", *, status: int, retry_after_seconds: float | None) -> None:
        super().__init__(message, advice)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class UnexpectedRefusalError(PlatformError):
    """A refusal of a request that was answered before: a gateway may have sent it in the server's place."""


class UnexpectedAuthError(AuthError):
    """The same, for 401 and 403."""


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
