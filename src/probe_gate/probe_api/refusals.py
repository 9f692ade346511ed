"""Answers that are not 200: which error each is, in words that help."""

from __future__ import annotations

from datetime import datetime

from probe_gate.domain.plain_text import plain_line
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.http.answer import Answer
from probe_gate.http.status import StatusError, is_passing, retry_after_seconds
from probe_gate.probe_api.json_text import JsonError, parse_json
from probe_gate.probe_api.wire import Scrub

MOST_PROBLEMS = 20
LONGEST_WORDS = 300
FINAL = frozenset({400, 404, 422})

_STATUS_WORDS = {
    400: "bad request",
    401: "not authorised",
    402: "payment required",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    408: "request timeout",
    409: "conflict",
    410: "gone",
    413: "too large",
    422: "not valid",
    425: "too early",
    429: "too many requests",
    500: "server error",
    502: "bad gateway",
    503: "unavailable",
    504: "gateway timeout",
}


class RefusedError(PlatformError):
    """A status that is final, but of which it is not known what it means for the request."""


def refusal(answer: Answer, call: str, scrub: Scrub, now: datetime) -> PlatformError | AuthError | ConfigError:
    """The error that an answer stands for whose status is not one of success.

    `call` names the operation and what it was about. A `StatusError` is one that may pass.
    """
    status = answer.status
    words, problems = platform_words(answer, scrub)
    said = f"{call}: the platform answered {status} ({_STATUS_WORDS.get(status, 'unexpected')})"
    message = f"{said}: {words}" if words else f"{said}."
    if status == 401:
        return AuthError(
            message,
            "Check the API key (SPLX_API_KEY): it may be wrong, have expired, or belong to the other region "
            "(--api-url eu or us).",
        )
    if status == 403:
        return AuthError(
            message,
            "The key is known, but may not do this: check the workspace id (--workspace-id), and that the key's owner "
            "has access to it.",
        )
    if status in FINAL:
        advice = "Check the ids of workspace, target and run." if status == 404 else "Correct what the platform names."
        return ConfigError(message, advice, problems)
    if is_passing(status):
        return StatusError(message, status=status, retry_after_seconds=retry_after_seconds(answer, now))
    return RefusedError(message)


def platform_words(answer: Answer, scrub: Scrub) -> tuple[str, tuple[str, ...]]:
    """What the platform itself says of a refusal, in one line, and its validation errors one by one."""
    try:
        body = parse_json(answer.body)
    except JsonError:
        return "", ()
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return plain_line(scrub(error), LONGEST_WORDS), ()
    if not isinstance(error, dict):
        return "", ()
    message = error.get("message")
    code = error.get("code")
    parts = [plain_line(scrub(part), LONGEST_WORDS) for part in (message, code) if isinstance(part, str) and part]
    words = f"{parts[0]} ({parts[1]})" if len(parts) == 2 else "".join(parts)
    problems = _validation_problems(error.get("validationErrors"), scrub)
    if problems:
        words = f"{words} {'; '.join(problems[:3])}".strip()
    return words, problems


def _validation_problems(found: object, scrub: Scrub) -> tuple[str, ...]:
    if not isinstance(found, dict):
        return ()
    problems: list[str] = []
    for name, reasons in found.items():
        for reason in reasons if isinstance(reasons, list) else [reasons]:
            if isinstance(reason, str) and len(problems) < MOST_PROBLEMS:
                problems.append(plain_line(scrub(f"{name}: {reason}"), LONGEST_WORDS))
    return tuple(problems)
