"""The faults of the tests by name, in the form of `probe_gate.sandbox.fault_kinds`."""

from __future__ import annotations

from probe_gate.sandbox.fault_kinds import (
    ALWAYS,
    FAULT_KINDS,
    CapturedResponse,
    Exchange,
    FaultKind,
    respond_with_status,
)
from probe_gate.sandbox.responses import error_body
from tests.platform_faults.malformed import change_body


async def _redirect(exchange: Exchange, location: str) -> None:
    """Redirect, by default to the same machine under another name: another host to any client, and recorded too."""
    _, _, port = exchange.headers.get(b"host", b"").decode("latin-1").rpartition(":")
    location = location or f"http://localhost:{port}/elsewhere"
    await exchange.respond(302, b"", {"location": location, "content-length": "0"})


async def _echo_key(exchange: Exchange, status: str) -> None:
    key = exchange.headers.get(b"x-api-key", b"").decode("latin-1")
    body = error_body("BAD_KEY", f"The request with X-Api-Key: {key} could not be handled.", {key: [key]})
    await exchange.respond_json(int(status), body)


async def _reset(exchange: Exchange, _value: str, _caught: CapturedResponse) -> None:
    await exchange.reset()


async def _hang(exchange: Exchange, seconds: str, _caught: CapturedResponse) -> None:
    await exchange.hang(float(seconds))


async def _gateway_page(exchange: Exchange, status: str, _caught: CapturedResponse) -> None:
    await respond_with_status(exchange, int(status))


async def _cut_headers(exchange: Exchange, _value: str, captured: CapturedResponse) -> None:
    await exchange.close(captured.head[: len(captured.head) // 2])


async def _drip_headers(exchange: Exchange, seconds: str, captured: CapturedResponse) -> None:
    await exchange.trickle(b"", captured.head + captured.body, float(seconds))


MALFORMED: dict[str, tuple[str, str, str]] = {
    "no-id": ("The trigger answers without a testRunId.", "trigger", ""),
    "other-id": ("The trigger answers with the id of a run that does not exist.", "trigger", ""),
    "id-text": ("Ids are text where numbers belong.", "trigger,list", ""),
    "id-missing": ("The runs in the listing have no id.", "list", ""),
    "id-changes": ("The runs have other ids each time they are listed.", "list", ""),
    "list-object": ("The listing is an object.", "list", ""),
    "status-number": ("The status of a run is a number.", "list", ""),
    "count-text": ("The counts of a run are words.", "list", ""),
    "count-negative": ("The counts of a run are below zero.", "list", ""),
    "count-huge": ("The counts of a run have 400 digits.", "list", ""),
    "huge-run": ("The name of a run is VALUE MiB long.", "list", "2"),
    "score-880": ("The overall score is 880.", "scores", ""),
    "score-negative": ("The overall score is -5.", "scores", ""),
    "score-nan": ("The overall score is NaN.", "scores", ""),
    "score-text": ("The overall score is a word.", "scores", ""),
    "score-null": ("The overall score is null.", "scores", ""),
    "score-fraction": ("The overall score is 80.5.", "scores", ""),
    "category-880": ("The score of a category is 880.", "scores", ""),
    "category-nan": ("The score of a category is NaN.", "scores", ""),
    "category-text": ("The score of a category is a word.", "scores", ""),
    "scores-list": ("The categories are a list.", "scores", ""),
    "attacks-negative": ("The numbers of attacks are below zero.", "scores", ""),
    "date-missing": ("The scores have no date.", "scores", ""),
    "date-garbage": ("Dates are words.", "list,scores", ""),
    "date-no-zone": ("Dates have no time zone.", "list,scores", ""),
    "clock-wrong": ("The platform's clock is VALUE hours off.", "list,scores", "5"),
    "empty": ("200 with an empty body.", "reads", ""),
    "null": ("The body is null.", "reads", ""),
    "not-json": ("The body is text.", "reads", ""),
    "half-json": ("The body is the first half of its JSON, and says so by its length.", "reads", ""),
    "trailing": ("Something follows the JSON.", "reads", ""),
    "duplicate-keys": ("Fields stand there twice, with different values.", "list,scores", ""),
    "deep": ("VALUE arrays inside one another.", "reads", "100000"),
    "huge-number": ("Numbers with an exponent that no float has.", "list,scores", ""),
    "surrogate": ("Text holds half of a character (a lone surrogate).", "list,scores", ""),
    "latin-1": ("Text is in another encoding than it says.", "list,scores", ""),
    "utf-16": ("The body is UTF-16.", "reads", ""),
    "bom": ("The body begins with a byte order mark.", "reads", ""),
    "extra-fields": ("Fields that the contract does not have yet. No fault of the platform's.", "any", ""),
    "injected-text": ("Names are full of commands, markup, escape codes.", "list,scores,get", ""),
    "huge": ("The body is VALUE MiB long.", "reads", "80"),
    "gzip-bomb": ("A small compressed body that becomes VALUE MiB.", "reads", "100"),
}
"""Changes of a real response's body: summary, operations, default value."""


def _malformed(name: str, summary: str, where: str, value: str) -> FaultKind:
    return FaultKind(summary, where, ALWAYS, value, change=lambda body, given: change_body(name, given, body))


TEST_KINDS: dict[str, FaultKind] = {
    "redirect": FaultKind("302 to another host; VALUE is the address.", replace=_redirect),
    "key-echo": FaultKind(
        "Answers VALUE with an error message that repeats the API key.", value="400", replace=_echo_key
    ),
    "dropped-reset": FaultKind("The work is done, then the connection is reset.", "trigger", deliver=_reset),
    "dropped-hang": FaultKind(
        "The work is done, the answer never comes; closes after VALUE seconds.", "trigger", value="600", deliver=_hang
    ),
    "dropped-page": FaultKind(
        "The work is done, and a gateway answers VALUE with a page.", "trigger", value="502", deliver=_gateway_page
    ),
    "truncated-headers": FaultKind("The answer is cut off inside its headers.", deliver=_cut_headers),
    "slow-headers": FaultKind(
        "The headers come byte by byte, one every VALUE seconds.", value="0.5", deliver=_drip_headers
    ),
    **{name: _malformed(name, *row) for name, row in MALFORMED.items()},
}
ALL_KINDS: dict[str, FaultKind] = {**FAULT_KINDS, **TEST_KINDS}
