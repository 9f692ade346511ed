"""What the models of the platform's answers have in common: new fields are let through, nonsense is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from probe_gate.domain.plain_text import plain_line

LONGEST_TEXT = 500
LARGEST_ID = 2**31 - 1

Scrub = Callable[[str], str]


class NonsenseError(ValueError):
    """A field of an answer makes no sense; the text names it, for people."""


def _clean(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    scrub: Scrub | None = info.context
    return plain_line(scrub(value) if scrub else value, LONGEST_TEXT)


def whole(value: object) -> object:
    """84.0 is an integer to JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Text = Annotated[str, BeforeValidator(_clean)]
Id = Annotated[int, BeforeValidator(whole), Field(ge=1, le=LARGEST_ID)]
Count = Annotated[int, BeforeValidator(whole), Field(ge=-(2**31), le=LARGEST_ID)]
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class WireModel(BaseModel):
    """Types as they stand, without conversion, but for what JSON itself takes for the same."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


Model = TypeVar("Model", bound=WireModel)

_PLAIN_REASONS = {
    "missing": "is missing",
    "int_type": "is not an integer",
    "int_from_float": "is not an integer",
    "float_type": "is not a number",
    "finite_number": "is not a number",
    "string_type": "is not text",
    "bool_type": "is not true or false",
    "dict_type": "is not an object",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "too_long": "has too many entries",
    "greater_than_equal": "is {input}, which is too small",
    "less_than_equal": "is {input}, which is too large",
}


def read_model(model: type[Model], value: object, scrub: Scrub) -> Model:
    """The value as that model. Raises `NonsenseError`, which names the first field that makes no sense."""
    if not isinstance(value, dict):
        raise NonsenseError("it is not an object")
    try:
        return model.model_validate(value, context=scrub)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
    # raised out here, so that nothing of pydantic's words, which quote the answer, hangs on it
    place = ".".join(str(part) for part in problem["loc"] if part != "[key]") or "it"
    template = _PLAIN_REASONS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
    reason = template.format(input=str(problem["input"])[:30]) if "{input}" in template else template
    raise NonsenseError(plain_line(scrub(f"{place} {reason}"), 200))
