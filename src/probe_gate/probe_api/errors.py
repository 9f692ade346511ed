"""Errors for responses whose status is not 2xx."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

from probe_gate.domain.text import plain_line
from probe_gate.errors import AuthError, ConfigError, PlatformError
from probe_gate.http.errors import StatusError, UnexpectedAuthError, UnexpectedRefusalError
from probe_gate.http.retry import is_retryable, retry_after_seconds
from probe_gate.http.session import Response
from probe_gate.probe_api.schemas import Redact
from probe_gate.probe_api.strict_json import JsonError, parse_json

MAX_PROBLEMS = 20
MAX_MESSAGE_LENGTH = 300
FINAL = frozenset({400, 404, 422})

_STATUS_NAMES = {
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


_AUTH_HINTS = {
    401: "Check the API key (SPLX_API_KEY): it may be wrong, have expired, or belong to the other region "
    "(--api-url eu or us).",
    403: "The workspace has no such target or test run, or the key has no access to it. Compare --workspace-id and "
    "--target-id with the address of the target's page, and a test run with probe-gate runs list; check that the key's "
    "owner is a member of the workspace.",
}
LATE_AUTH_HINT = (
    "The platform has answered this request before: the key may have expired or been revoked since, or a proxy or "
    "gateway on the way answered in its place."
)
LATE_REFUSAL_HINT = (
    "The platform has answered this request before: check there whether the target still exists. A proxy or gateway on "
    "the way may also have answered in its place."
)
PAGE_HINT = (
    "Ask whoever runs that proxy, firewall or gateway to let requests from this machine through. If nothing is in between, "
    "check the address (--api-url): it may be that of a web page."
)
MAX_TITLE = 80
_PAGE_BYTES = 16 * 1024
_TITLE = re.compile(r"<title[^>]*>([^<]*)</title", re.IGNORECASE)


class ApiError(PlatformError):
    """A final status that does not say whether the request was carried out."""


def api_error(
    response: Response,
    call: str,
    redact: Redact,
    now: datetime,
    *,
    answered_before: bool = False,
    has_answered: bool = False,
) -> PlatformError | AuthError | ConfigError:
    """Return the error for a response whose status is not 2xx.

    Args:
        response: The response.
        call: The operation and its subject, for messages.
        redact: Masks secrets.
        now: The current time, for a `Retry-After` that is a date.
        answered_before: Whether the platform has responded to this same request before.
        has_answered: Whether the platform has responded to any request before. A web page is then retried.

    Returns:
        A `StatusError` if the request should be retried, or an `UnexpectedRefusalError` or `UnexpectedAuthError` if a
        refusal must be confirmed by repeating it.
    """
    status = response.status
    status_text = f"{status} ({_STATUS_NAMES.get(status, 'unexpected')})"
    if is_retryable(status):
        detail, _ = parse_error_body(response, redact)
        message = _join(f"{call}: the platform answered {status_text}", detail)
        return StatusError(message, status=status, retry_after_seconds=retry_after_seconds(response, now))
    if is_page(response):
        return _page_error(
            response, f"{call}: {_describe_page(response, status_text, redact)}", has_answered=has_answered
        )
    detail, problems = parse_error_body(response, redact)
    message = _join(f"{call}: the platform answered {status_text}", detail)
    if status in _AUTH_HINTS:
        if answered_before:
            return UnexpectedAuthError(message, LATE_AUTH_HINT)
        return AuthError(message, _AUTH_HINTS[status], status=status)
    if answered_before:
        return UnexpectedRefusalError(message, LATE_REFUSAL_HINT)
    if status in FINAL:
        return ConfigError(message, _final_hint(status, has_problems=bool(problems)), problems)
    return ApiError(message)


def _final_hint(status: int, *, has_problems: bool) -> str:
    if status == 404:
        return "Check the ids: --workspace-id, --target-id, and the number of the test run if one was given."
    if has_problems:
        return "Correct what the platform objects to."
    return "Correct what the platform objects to, or check --workspace-id and --target-id."


def is_page(response: Response) -> bool:
    """Return whether the body is a web page. The platform responds in JSON, so something else sent the page."""
    return response.body[:_PAGE_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _page_error(response: Response, message: str, *, has_answered: bool) -> PlatformError | AuthError | ConfigError:
    if has_answered:
        return StatusError(message, PAGE_HINT, status=response.status, retry_after_seconds=None)
    if response.status in _AUTH_HINTS:
        return AuthError(message, PAGE_HINT)
    return ConfigError(message, PAGE_HINT) if response.status in FINAL else ApiError(message, PAGE_HINT)


def _describe_page(response: Response, status_text: str, redact: Redact) -> str:
    """Describe the sender of a web page by its title, which often names the product."""
    found = _TITLE.search(response.body[:_PAGE_BYTES].decode("utf-8", "replace"))
    title = plain_line(redact(unescape(found[1])), MAX_TITLE) if found else ""
    page = f'a web page, "{title}"' if title else "a web page"
    return (
        "something between this machine and the platform, such as a proxy or a firewall, "
        f"answered {status_text} with {page}."
    )


def _join(message: str, detail: str) -> str:
    return f"{message}: {detail}" if detail else f"{message}."


def parse_error_body(response: Response, redact: Redact) -> tuple[str, tuple[str, ...]]:
    """Return the platform's message on one line, and its validation errors."""
    try:
        body = parse_json(response.body)
    except JsonError:
        return "", ()
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, str):
        return plain_line(redact(error), MAX_MESSAGE_LENGTH), ()
    if not isinstance(error, dict):
        return "", ()
    message = error.get("message")
    code = error.get("code")
    parts = [plain_line(redact(part), MAX_MESSAGE_LENGTH) for part in (message, code) if isinstance(part, str) and part]
    detail = f"{parts[0]} ({parts[1]})" if len(parts) == 2 else "".join(parts)
    problems = _validation_problems(error.get("validationErrors"), redact)
    if problems:
        detail = f"{detail} {'; '.join(problems[:3])}".strip()
    return detail, problems


def _validation_problems(found: object, redact: Redact) -> tuple[str, ...]:
    if not isinstance(found, dict):
        return ()
    problems: list[str] = []
    for name, reasons in found.items():
        for reason in reasons if isinstance(reasons, list) else [reasons]:
            if isinstance(reason, str) and len(problems) < MAX_PROBLEMS:
                problems.append(plain_line(redact(f"{name}: {reason}"), MAX_MESSAGE_LENGTH))
    return tuple(problems)
