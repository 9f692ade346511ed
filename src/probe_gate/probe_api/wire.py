"""The platform's answers as models: new fields are let through, nonsense is refused by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo

from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.score import Scores
from probe_gate.probe_api.moments import NonsenseDateError, parse_moment

LONGEST_TEXT = 500
MOST_PROBES = 10_000
MOST_CATEGORIES = 1_000
LARGEST_ID = 2**31 - 1

Scrub = Callable[[str], str]


class NonsenseError(ValueError):
    """A field of an answer makes no sense; the text names it, for people."""


def _clean(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    scrub: Scrub | None = info.context
    return plain_line(scrub(value) if scrub else value, LONGEST_TEXT)


def _whole(value: object) -> object:
    """84.0 is an integer to JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return parse_moment(value)
        except NonsenseDateError:
            raise ValueError("is not a date with a time") from None
    return value


def _moment_if_any(value: object) -> object:
    """A date that makes no sense is none: a listing's date only orders the runs."""
    try:
        return parse_moment(value) if isinstance(value, str) else None
    except NonsenseDateError:
        return None


Text = Annotated[str, BeforeValidator(_clean)]
Id = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=LARGEST_ID)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=-(2**31), le=LARGEST_ID)]
Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]

_STRICT = ConfigDict(strict=True, extra="ignore", frozen=True)


class RunAnswer(BaseModel):
    """One entry of the listing."""

    model_config = _STRICT
    id: Id
    name: Text | None = None
    status: Text | None = None
    execution_date: Annotated[datetime | None, BeforeValidator(_moment_if_any)] = Field(None, alias="executionDate")
    started_by: Text | None = Field(None, alias="startedBy")
    passed: Count | None = Field(None, alias="passedCount")
    failed: Count | None = Field(None, alias="failedCount")
    errors: Count | None = Field(None, alias="errorCount")
    total: Count | None = Field(None, alias="totalCount")
    progress: Annotated[float, Field(allow_inf_nan=False)] | None = None
    probes: list[Text] | None = Field(None, max_length=MOST_PROBES)

    def to_run(self) -> Run:
        return Run(
            id=self.id,
            name=self.name,
            status=self.status,
            started_at=self.execution_date,
            counts=Counts(self.passed, self.failed, self.errors, self.total),
            progress=self.progress,
            probes=tuple(self.probes) if self.probes is not None else None,
            started_by=self.started_by,
        )


class ScoresAnswer(BaseModel):
    """The scores of a target. Anything may be null, and is then unknown."""

    model_config = _STRICT
    overall: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100)] | None = Field(alias="overallScore")
    categories: dict[Text, Points | None] | None = Field(None, alias="scores", max_length=MOST_CATEGORIES)
    simulated: Annotated[Count, Field(ge=0)] | None = Field(None, alias="simulatedAttacks")
    successful: Annotated[Count, Field(ge=0)] | None = Field(None, alias="successfulAttacks")
    latest: Annotated[datetime | None, BeforeValidator(_moment)] = Field(None, alias="latestExecutionDate")

    def to_scores(self, digest: str) -> Scores:
        return Scores(self.overall, self.categories, self.simulated, self.successful, self.latest, digest)


class TriggerAnswer(BaseModel):
    """What a trigger answers."""

    model_config = _STRICT
    run_id: Id = Field(alias="testRunId")


class TargetAnswer(BaseModel):
    """As much of a target as every use of it needs."""

    model_config = _STRICT
    id: Id
    connection: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None


class ProbeWeight(BaseModel):
    """One probe of a target type."""

    model_config = _STRICT
    probe_id: Id = Field(alias="probeId")
    is_recommended: bool = Field(alias="isRecommended")
    weight: Text


class TargetType(BaseModel):
    """A target type. Its risk levels are an open set."""

    model_config = _STRICT
    id: Text
    label: Text
    details: list[ProbeWeight]


Model = TypeVar("Model", bound=BaseModel)

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
        place = ".".join(str(part) for part in problem["loc"] if part != "[key]") or "it"
        template = _PLAIN_REASONS.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        reason = template.format(input=str(problem["input"])[:30]) if "{input}" in template else template
        raise NonsenseError(plain_line(scrub(f"{place} {reason}"), 200)) from None


def read_scores(value: object, digest: str, scrub: Scrub) -> Scores:
    """The scores. Raises `NonsenseError`, also when two categories cannot be told apart."""
    answer = read_model(ScoresAnswer, value, scrub)
    named = value.get("scores") if isinstance(value, dict) else None
    folded = {name.casefold() for name in answer.categories or ()}
    if len(folded) != len(named or ()):
        raise NonsenseError("scores names the same category twice")
    return answer.to_scores(digest)


def read_target(value: object, scrub: Scrub, target_id: int | None = None) -> Mapping[str, Any]:
    """A target as the platform tells it, with our secrets out of its texts. Raises `NonsenseError`.

    Its texts are left as they are otherwise, since they are compared with a file: what shows them must clean them.
    """
    read = read_model(TargetAnswer, value, scrub)
    if target_id is not None and read.id != target_id:
        raise NonsenseError(f"it is target {read.id}")
    target: Mapping[str, Any] = _scrubbed(value, scrub)
    return target


def read_target_types(value: object, scrub: Scrub) -> list[Mapping[str, Any]]:
    """The target types, by their fields' own names. Raises `NonsenseError`."""
    if not isinstance(value, list):
        raise NonsenseError("it is not a list")
    return [read_model(TargetType, entry, scrub).model_dump(by_alias=True) for entry in value]


def _scrubbed(value: Any, scrub: Scrub) -> Any:
    if isinstance(value, str):
        text = scrub(value)
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrubbed(item, scrub) for item in value]
    if isinstance(value, dict):
        return {_scrubbed(key, scrub): _scrubbed(item, scrub) for key, item in value.items()}
    return value
