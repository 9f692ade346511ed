"""Reads the platform's answers into models: what does not fit is refused by name, and new fields are let through.

msgspec's models and not pydantic's, which cost more at the start of each gate than all of its requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec

from probe_gate.domain.plain_text import plain_line

LONGEST_TEXT = 500
LARGEST_ID = 2**31 - 1

Scrub = Callable[[str], str]
"""Takes secrets out of a text."""
Id = Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
Count = Annotated[int, msgspec.Meta(ge=-(2**31), le=LARGEST_ID)]
Model = TypeVar("Model")

_COMPLAINT = (  # compiled when there is one
    r"(?:Expected `(?P<kind>\w+)[^`]*`(?: (?P<bound>of length|[<>]=).*?|, got .*?)?"
    r"|Object missing required field `(?P<missing>\w+)`)(?: - at `\$\.?(?P<path>.*)`)?"
)
_KINDS = {
    "int": "is not an integer",
    "float": "is not a number",
    "str": "is not text",
    "bool": "is not true or false",
    "array": "is not a list",
    "object": "is not an object",
}


class NonsenseError(ValueError):
    """A field of an answer makes no sense; the text names it, for people."""


def read(value: object, model: type[Model], scrub: Scrub, place: str = "") -> Model:
    """The value as what it must be, mended only where it must be. Raises `NonsenseError`.

    Types are taken as they stand. `place`: where in the answer the value stands, for people.
    """
    try:
        return msgspec.convert(value, model)
    except (msgspec.ValidationError, UnicodeEncodeError):
        value = mended(value)
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as error:
        raise NonsenseError(plain_line(scrub(_in_words(str(error), value, place)), 200)) from None


def mended(value: Any, scrub: Scrub = str) -> Any:
    """The value with its texts scrubbed, halves of surrogate pairs replaced, and 84.0 as 84, the same to JSON.

    Raises `NonsenseError` when two fields come to have the same name.
    """
    if isinstance(value, str):
        text = scrub(value)
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [mended(item, scrub) for item in value]
    if isinstance(value, dict):
        found = {mended(name, scrub): mended(item, scrub) for name, item in value.items()}
        if len(found) != len(value):
            raise NonsenseError("it names the same field twice")
        return found
    return value


def clean(text: str, scrub: Scrub) -> str:
    """The text on one line, bounded, without secrets."""
    return plain_line(scrub(text), LONGEST_TEXT)


def _in_words(complaint: str, value: Any, place: str) -> str:
    """What msgspec says of a value, as a person would say it."""
    found = re.fullmatch(_COMPLAINT, complaint)
    if found is None:
        return f"{place or 'it'} makes no sense"
    steps = re.findall(r"\w+", found["path"] or "")
    for step in steps:
        value = value[int(step)] if isinstance(value, list) else value[step]
    path = ".".join(filter(None, (place, *steps, found["missing"]))) or "it"
    if found["missing"]:
        return f"{path} is missing"
    if found["bound"] == "of length":
        return f"{path} has too many entries"
    if found["bound"]:
        return f"{path} is {str(value)[:30]}, which is too {'small' if found['bound'] == '>=' else 'large'}"
    return f"{path} {_KINDS.get(found['kind'], 'makes no sense')}"
