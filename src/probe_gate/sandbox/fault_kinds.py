"""The faults that can be asked for by name: what each does, and where it strikes unless told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """At which point of a request a fault strikes."""

    INSTEAD = "instead"
    """Nothing is done; the fault is all the answer there is."""
    WORK = "work"
    """The run that is triggered behaves differently."""
    ANSWER = "answer"
    """The work is done, and the body of its answer is changed."""
    DELIVERY = "delivery"
    """The work is done, and its answer does not arrive as it should."""


ONCE, ALWAYS = "1", "*"


@dataclass(frozen=True, slots=True)
class Kind:
    """One fault by name."""

    stage: Stage
    summary: str
    """One line for people."""
    where: str = "any"
    """The operations it strikes unless told."""
    when: str = ONCE
    """The calls it strikes unless told."""
    value: str = ""
    """What `=VALUE` is unless given; the summary says what it means. Seconds are real ones."""


def _instead(summary: str, where: str = "any", when: str = ONCE, value: str = "") -> Kind:
    return Kind(Stage.INSTEAD, summary, where, when, value)


def _delivery(summary: str, where: str = "any", value: str = "") -> Kind:
    return Kind(Stage.DELIVERY, summary, where, ONCE, value)


def _answer(summary: str, where: str, value: str = "") -> Kind:
    return Kind(Stage.ANSWER, summary, where, ALWAYS, value)


STATUSES: dict[str, str] = {
    "400": "the request is not valid",
    "401": "the API key is not accepted",
    "403": "no access to the workspace",
    "404": "no such thing",
    "408": "the request took too long",
    "409": "a conflict",
    "422": "the request cannot be processed",
    "425": "too early",
    "429": "too many requests",
    "500": "an error inside the platform",
    "502": "no answer from behind the gateway",
    "503": "no answer from behind the gateway",
    "504": "no answer from behind the gateway",
}

_RETRY = " VALUE is the Retry-After that it gives, in seconds."
_RETRIED = {"429": "1", "502": "", "503": "", "504": ""}

KINDS: dict[str, Kind] = {
    **{
        status: _instead(
            f"Answers {status}: {text}.{_RETRY if status in _RETRIED else ''}", value=_RETRIED.get(status, "")
        )
        for status, text in STATUSES.items()
    },
    "reset": _instead("Resets the connection before anything is done."),
    "hang": _instead("Never answers, and nothing is done; closes after VALUE seconds.", value="600"),
    "outage": _instead("From then on every connection is reset, for VALUE seconds.", value="10"),
    "page": _instead("An HTML page instead of JSON, with status VALUE.", value="200"),
    "redirect": _instead("302 to another host; VALUE is the address.", value=""),
    "key-echo": _instead("Answers VALUE with an error message that repeats the API key.", value="400"),
    "late-listing": Kind(
        Stage.WORK, "The run appears in the listing only after VALUE seconds.", "trigger", ALWAYS, "20"
    ),
    "stale-score": Kind(
        Stage.WORK, "The scores take up the run VALUE seconds after its end (inf: never).", "trigger", ALWAYS, "inf"
    ),
    "lost-answer": _delivery("The work is done, then the connection is closed without an answer.", "trigger"),
    "lost-reset": _delivery("The work is done, then the connection is reset.", "trigger"),
    "lost-hang": _delivery("The work is done, the answer never comes; closes after VALUE seconds.", "trigger", "600"),
    "lost-page": _delivery("The work is done, and a gateway answers VALUE with a page.", "trigger", "502"),
    "cut-off": _delivery("The answer is cut off in the middle of its body."),
    "cut-headers": _delivery("The answer is cut off inside its headers."),
    "drip": _delivery("The body comes byte by byte, one every VALUE seconds.", "any", "0.5"),
    "drip-headers": _delivery("The headers come byte by byte, one every VALUE seconds.", "any", "0.5"),
    "delay": _delivery("The answer comes VALUE seconds late.", "any", "3"),
    "hold": _delivery("The work is done; the response is held back until a test or POST /sandbox/release releases it."),
    "no-id": _answer("The trigger answers without a testRunId.", "trigger"),
    "other-id": _answer("The trigger answers with the id of a run that does not exist.", "trigger"),
    "id-text": _answer("Ids are text where numbers belong.", "trigger,list"),
    "id-missing": _answer("The runs in the listing have no id.", "list"),
    "id-changes": _answer("The runs have other ids each time they are listed.", "list"),
    "list-object": _answer("The listing is an object.", "list"),
    "status-number": _answer("The status of a run is a number.", "list"),
    "count-text": _answer("The counts of a run are words.", "list"),
    "count-negative": _answer("The counts of a run are below zero.", "list"),
    "count-huge": _answer("The counts of a run have 400 digits.", "list"),
    "huge-run": _answer("The name of a run is VALUE MiB long.", "list", "2"),
    "score-880": _answer("The overall score is 880.", "scores"),
    "score-negative": _answer("The overall score is -5.", "scores"),
    "score-nan": _answer("The overall score is NaN.", "scores"),
    "score-text": _answer("The overall score is a word.", "scores"),
    "score-null": _answer("The overall score is null.", "scores"),
    "score-fraction": _answer("The overall score is 80.5.", "scores"),
    "category-880": _answer("The score of a category is 880.", "scores"),
    "category-nan": _answer("The score of a category is NaN.", "scores"),
    "category-text": _answer("The score of a category is a word.", "scores"),
    "scores-list": _answer("The categories are a list.", "scores"),
    "attacks-negative": _answer("The numbers of attacks are below zero.", "scores"),
    "date-missing": _answer("The scores have no date.", "scores"),
    "date-garbage": _answer("Dates are words.", "list,scores"),
    "date-no-zone": _answer("Dates have no time zone.", "list,scores"),
    "clock-wrong": _answer("The platform's clock is VALUE hours off.", "list,scores", "5"),
    "empty": _answer("200 with an empty body.", "reads"),
    "null": _answer("The body is null.", "reads"),
    "not-json": _answer("The body is text.", "reads"),
    "half-json": _answer("The body is the first half of its JSON, and says so by its length.", "reads"),
    "trailing": _answer("Something follows the JSON.", "reads"),
    "duplicate-keys": _answer("Fields stand there twice, with different values.", "list,scores"),
    "deep": _answer("VALUE arrays inside one another.", "reads", "100000"),
    "huge-number": _answer("Numbers with an exponent that no float has.", "list,scores"),
    "surrogate": _answer("Text holds half of a character (a lone surrogate).", "list,scores"),
    "latin-1": _answer("Text is in another encoding than it says.", "list,scores"),
    "utf-16": _answer("The body is UTF-16.", "reads"),
    "bom": _answer("The body begins with a byte order mark.", "reads"),
    "extra-fields": _answer("Fields that the contract does not have yet. No fault of the platform's.", "any"),
    "hostile-text": _answer("Names are full of commands, markup, escape codes.", "list,scores,get"),
    "huge": _answer("The body is VALUE MiB long.", "reads", "80"),
    "gzip-bomb": _answer("A small compressed body that becomes VALUE MiB.", "reads", "100"),
}
