"""Schemas of the platform's responses, and their conversion to domain values.

Types are checked strictly, unknown fields are ignored, and errors name the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from probe_gate.domain.run import Counts, Run
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import plain_line, without_lone_surrogates
from probe_gate.probe_api.timestamps import parse_timestamp, timestamp_or_none

MAX_TEXT_LENGTH = 500
MAX_PROBLEM_LENGTH = 200
MAX_ID = 2**31 - 1
"""The API description gives ids and counts as 32-bit integers."""
MAX_PROBES = 10_000
MAX_CATEGORIES = 200
"""The same maximum as in a policy."""
MAX_ROUNDING_ERROR = 1e-9
"""By how much a category's score may be beyond 0 or 100."""

Redact = Callable[[str], str]
"""Masks secrets in a text."""
Model = TypeVar("Model", bound=BaseModel)

_PROBLEMS = {
    "bool_type": "is not true or false",
    "date": "is not a date",
    "dict_type": "is not an object",
    "float_type": "is not a number",
    "greater_than_equal": "is {value}, which is too small",
    "int_type": "is not an integer",
    "less_than_equal": "is {value}, which is too large",
    "list_type": "is not a list",
    "missing": "is missing",
    "model_type": "is not an object",
    "string_type": "is not text",
    "too_long": "has too many entries",
}
"""The message for a value, by the type of pydantic's error."""


class SchemaError(ValueError):
    """A value in a response is invalid; the message names its field."""


class _Schema(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        allow_inf_nan=False,
        defer_build=True,  # most commands use only two of them
        hide_input_in_errors=True,
        strict=True,
    )


def _date(value: object) -> datetime | None:
    try:
        return None if value is None else parse_timestamp(value if isinstance(value, str) else "")
    except ValueError:
        raise PydanticCustomError("date", "not a date") from None


def _without_rounding_error(value: object) -> object:
    """Return 100 for 100.00000000000001 and 0 for -1e-15, which averages of floating-point numbers may come to."""
    if isinstance(value, float) and -MAX_ROUNDING_ERROR <= value <= 100 + MAX_ROUNDING_ERROR:
        return min(max(value, 0.0), 100.0)
    return value


_Id = Annotated[int, Field(ge=1, le=MAX_ID)]
_Count = Annotated[int, Field(ge=-(2**31), le=MAX_ID)]
_Tally = Annotated[int, Field(ge=0, le=MAX_ID)]
_Score = Annotated[float, BeforeValidator(_without_rounding_error), Field(ge=0, le=100)]


class RunSchema(_Schema):
    """One entry of the run list."""

    id: _Id
    name: str | None = None
    status: str | None = None
    execution_date: Any = None
    """Only orders the runs, so an invalid date counts as none."""
    started_by: str | None = None
    passed_count: _Count | None = None
    failed_count: _Count | None = None
    error_count: _Count | None = None
    total_count: _Count | None = None
    progress: float | None = None
    probes: Annotated[list[str], Field(max_length=MAX_PROBES)] | None = None


RunSchema.model_rebuild()  # the first one to be built loads a module: not later, when no file may be left


class TriggeredSchema(_Schema):
    """The response to a trigger."""

    test_run_id: _Id


class ScoresSchema(_Schema):
    """The scores of a target. A null value means unknown."""

    overall_score: Annotated[int, Field(ge=0, le=100)] | None
    scores: Annotated[dict[str, _Score | None], Field(max_length=MAX_CATEGORIES)] | None = None
    simulated_attacks: _Tally | None = None
    successful_attacks: _Tally | None = None
    latest_execution_date: Annotated[datetime | None, PlainValidator(_date)] = None


class TargetSchema(_Schema):
    """The fields of a target that are validated. The others are only compared with a file, which has its own schema."""

    id: _Id
    connection: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None


class ProbeSchema(_Schema):
    """A probe for a target type. Risk levels (`weight`) are an open set."""

    probe_id: _Id
    is_recommended: bool
    weight: str


class TargetTypeSchema(_Schema):
    """A target type."""

    id: str
    label: str
    details: list[ProbeSchema]


def validate(value: object, schema: type[Model], redact: Redact) -> Model:
    """Return the value as an instance of its schema.

    Raises:
        SchemaError: The value is invalid.
    """
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    raise SchemaError(plain_line(redact(_describe(first)), MAX_PROBLEM_LENGTH))


def parse_run(value: object, redact: Redact, completed_statuses: frozenset[str] = frozenset()) -> Run:
    """Return the run in an entry of the run list, with its texts cleaned.

    Args:
        value: The entry.
        redact: Masks secrets.
        completed_statuses: Additional run statuses that mean completed, in upper case.

    Raises:
        SchemaError: It is not a valid run.
    """
    found = validate(value, RunSchema, redact)

    def clean_or_none(text: str | None) -> str | None:
        return None if text is None else clean(text, redact)

    status = clean_or_none(found.status)
    return Run(
        id=found.id,
        name=clean_or_none(found.name),
        status=status,
        started_at=timestamp_or_none(found.execution_date),
        counts=Counts(found.passed_count, found.failed_count, found.error_count, found.total_count),
        progress=found.progress,
        probes=None if found.probes is None else tuple(clean(probe, redact) for probe in found.probes),
        started_by=clean_or_none(found.started_by),
        is_completed_by_option=bool(completed_statuses) and (status or "").strip().upper() in completed_statuses,
    )


def parse_triggered(value: object, redact: Redact) -> int:
    """Return the id of the run that a trigger started.

    Raises:
        SchemaError: The response does not hold one.
    """
    return validate(value, TriggeredSchema, redact).test_run_id


def parse_scores(value: object, digest: str, redact: Redact) -> Scores:
    """Return the scores of a target.

    Raises:
        SchemaError: They are invalid, or two categories have the same name.
    """
    found = validate(value, ScoresSchema, redact)
    categories = None
    if found.scores is not None:
        categories = {clean(name, redact): score for name, score in found.scores.items()}
        if len({name.casefold() for name in categories}) != len(found.scores):
            raise SchemaError("scores names the same category twice")
    return Scores(
        overall=found.overall_score,
        categories=categories,
        simulated_attacks=found.simulated_attacks,
        successful_attacks=found.successful_attacks,
        latest_execution=found.latest_execution_date,
        digest=digest,
    )


def parse_target(value: object, redact: Redact, target_id: int | None = None) -> Mapping[str, Any]:
    """Return a target with the platform's field names and with our secrets masked.

    Its texts are otherwise unchanged, because they are compared with a file. Clean them before printing.

    Args:
        value: The response.
        redact: Masks secrets.
        target_id: The requested target; None for a new one.

    Raises:
        SchemaError: It is not a target, or not that one.
    """
    target: Mapping[str, Any] = _map_texts(value, lambda text: without_lone_surrogates(redact(text)))
    found_id = validate(target, TargetSchema, redact).id
    if target_id is not None and found_id != target_id:
        raise SchemaError(f"it is target {found_id}")
    return target


def parse_target_types(value: object, redact: Redact) -> Sequence[Mapping[str, Any]]:
    """Return the target types with the platform's field names.

    Raises:
        SchemaError: They are not a list of target types.
    """
    if not isinstance(value, list):
        raise SchemaError("it is not a list")
    types = _map_texts(value, lambda text: clean(text, redact))
    return [validate(item, TargetTypeSchema, redact).model_dump(by_alias=True) for item in types]


def clean(text: str, redact: Redact) -> str:
    """Return the text on one line, shortened to the maximum length, with secrets masked."""
    return plain_line(redact(text), MAX_TEXT_LENGTH)


def _map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return the value with `change` applied to all of its texts and field names.

    Raises:
        SchemaError: Two fields have the same name afterwards.
    """
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_map_texts(item, change) for item in value]
    if isinstance(value, dict):
        found = {change(name): _map_texts(item, change) for name, item in value.items()}
        if len(found) != len(value):
            raise SchemaError("it names the same field twice")
        return found
    return value


def _describe(error: ErrorDetails) -> str:
    place, value = ".".join(map(str, error["loc"])) or "it", error["input"]
    number = str(value)[:30] if isinstance(value, int | float) else ""
    return f"{place} {_PROBLEMS.get(error['type'], 'is invalid').format(value=number)}"
