"""What a refused comment means: each kind of refusal in its own words, and which of them are worth another try."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from probe_gate.domain.formatting import format_duration
from probe_gate.domain.text import plain_line
from probe_gate.errors import PlatformError
from probe_gate.http.errors import StatusError
from probe_gate.http.retry import is_retryable, retry_after_seconds
from probe_gate.http.session import Response

FORBIDDEN = 403
TOO_MANY_REQUESTS = 429
MAX_QUOTED = 200
MAX_DEPTH = 3
NEXT_RUN = "The next run of the gate writes the comment."


@dataclass(frozen=True, slots=True)
class Service:
    """How messages name the service and what a token needs there."""

    name: str
    request: str
    """`pull request` or `merge request`."""
    permission_hint: str


class RefusedCommentError(PlatformError):
    """An answer that will be the same the next time."""

    def __init__(self, message: str, hint: str = "", *, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


def error_of(
    answer: Response, service: Service, *, now: datetime, seconds_left: float, redact: Callable[[str], str]
) -> PlatformError:
    """Return the error that an answer stands for.

    A `StatusError` is worth another try. A service that asks for more time than is left is not asked again: going on
    would only prolong the limit.
    """
    status = answer.status
    words = redact(_words_of(answer.body)).removeprefix(f"{status} ")
    said = f"{status}: {words}" if words else str(status)
    is_limit = _is_rate_limit(answer, words)
    if is_limit or is_retryable(status):
        wait = _wait_seconds(answer, now)
        message = f"{service.name} limits the requests of this token ({said})" if is_limit else ""
        message = message or f"{service.name} answered {said}"
        if wait is not None and wait >= seconds_left:
            return RefusedCommentError(f"{message}, for another {format_duration(wait)}.", NEXT_RUN, status=status)
        return StatusError(f"{message}.", NEXT_RUN, status=status, retry_after_seconds=wait)
    message, hint = _refusal(status, words, service)
    return RefusedCommentError(f"{message} ({said}).", hint, status=status)


def locked_error(service: Service, status: int) -> RefusedCommentError:
    """Return the error for a conversation that is locked, where the service itself does not say so."""
    message, hint = _refusal(status, "locked", service)
    return RefusedCommentError(f"{message} ({status}).", hint, status=status)


def _refusal(status: int, words: str, service: Service) -> tuple[str, str]:
    text = words.casefold()
    if status == 401:
        return (
            f"{service.name} does not accept the token",
            "Check PROBE_GATE_COMMENT_TOKEN: it may be wrong, expired or revoked.",
        )
    if status in (FORBIDDEN, 404) and "locked" in text:
        return f"The conversation of this {service.request} is locked", "Unlock it, or set --comment off."
    if status == FORBIDDEN and "archived" in text:
        return "The repository is archived, so nobody can comment in it", "Set --comment off."
    if status == FORBIDDEN:
        return "The token is not allowed to write comments here", service.permission_hint
    if status == 404:
        return f"{service.name} does not show this {service.request} to the token", service.permission_hint
    return f"{service.name} refused the comment", ""


def _is_rate_limit(answer: Response, words: str) -> bool:
    """GitHub answers with 403 or 429, and with 200 to a GraphQL query; only the words or a header tell the first apart."""
    if answer.status == TOO_MANY_REQUESTS:
        return True
    if answer.status not in (200, FORBIDDEN):
        return False
    text = words.casefold()
    return (
        "rate limit" in text
        or "abuse detection" in text
        or answer.headers.get("X-RateLimit-Remaining", "") == "0"
        or (answer.status == FORBIDDEN and "Retry-After" in answer.headers)
    )


def _wait_seconds(answer: Response, now: datetime) -> float | None:
    """How long the service asks to wait: `Retry-After`, or the time at which the limit is reset (Unix time)."""
    wait = retry_after_seconds(answer, now)
    if wait is not None:
        return wait
    remaining = answer.headers.get("X-RateLimit-Remaining", answer.headers.get("RateLimit-Remaining", ""))
    reset = answer.headers.get("X-RateLimit-Reset", answer.headers.get("RateLimit-Reset", ""))
    if remaining != "0" or not (reset.isascii() and reset.isdigit() and len(reset) <= 12):
        return None
    return max(int(reset) - now.timestamp(), 0.0)


def _words_of(body: bytes) -> str:
    """What the service itself says, in one short line; a page of HTML says nothing."""
    text = body[:100_000].decode("utf-8", "replace").strip()
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.startswith("<") else plain_line(text, MAX_QUOTED).rstrip(".")
    if not isinstance(answer, dict):
        return ""
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    found = (answer.get("message"), answer.get("error_description"), answer.get("error"), first.get("message"))
    return plain_line(_text_of(next((one for one in found if one), "")), MAX_QUOTED).rstrip(".")


def _text_of(value: Any, depth: int = 0) -> str:
    """GitLab puts objects and lists into a message: `{"note": ["is too long"]}`."""
    if isinstance(value, dict) and depth < MAX_DEPTH:
        texts = ((name, _text_of(item, depth + 1)) for name, item in value.items())
        return ", ".join(text if name == "error" else f"{name} {text}" for name, text in texts)
    if isinstance(value, list) and depth < MAX_DEPTH:
        return ", ".join(_text_of(item, depth + 1) for item in value[:5])
    return value if isinstance(value, str) else ""
