"""The model of policy files: keys, valid values and descriptions.

Files are validated with it, and their JSON Schema is generated from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from probe_gate.domain.page_address import PageAddress, looks_like_page, parse_page_address
from probe_gate.domain.parsing import (
    CONFIRMING_RUNS,
    HIGHEST_ID,
    MAX_IDS,
    parse_category,
    parse_confirm,
    parse_probes,
    parse_soft_fail,
    quoted,
    sort_ids,
)
from probe_gate.domain.policy import BEFORE, REST
from probe_gate.domain.probes import ChosenProbes, ProbeChoice, RiskLevel
from probe_gate.domain.suggestions import nearest
from probe_gate.errors import SOFTENABLE, Outcome
from probe_gate.files import scalars
from probe_gate.files.located_yaml import Scalar
from probe_gate.files.problems import Place
from probe_gate.options import BY_NAME

VERSION = 1
MAX_TARGETS = 2_000
MAX_WAIVERS = 1_000
MAX_CATEGORIES = 200
MAX_WAIVER_DURATION = timedelta(days=90)

CHECKS_WITHOUT_NAME = ("overall-score", "attack-success-rate")
CHECKS_WITH_NAME = ("category-score", "score-drop")
"""The checks that can be waived."""
NOT_WAIVABLE = ("run-completed", "scores-fresh", "test-cases", "error-rate")
"""Checks that fail because nothing could be evaluated, which cannot be waived."""

JsonSchema = dict[str, Any]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Located(Generic[Value]):
    """A parsed value and its place in the file."""

    value: Value
    place: Place


class ScalarField:
    """Annotation for a field that is a scalar."""

    def __init__(self, what: str, parse: Callable[[Scalar], Any], schema: JsonSchema) -> None:
        """Use `parse`, which raises `ValueError`. `what` describes the value: `a number from 0 to 100`."""
        self._what = what
        self._parse = parse
        self.schema = schema

    def validate(self, value: object) -> Located[Any]:
        """Return the value with its place."""
        if not isinstance(value, Scalar):
            raise ValueError(f"expected {self._what}, not a list or mapping")
        return Located(self._parse(value), value.place)

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, _core_schema: object, _handler: object) -> JsonSchema:
        return dict(self.schema)


class ScalarOr:
    """Annotation for a field that is a scalar, or else a list or mapping.

    Unlike a union of types, it does not report an error for each alternative.
    """

    def __init__(self, scalar: ScalarField, other: Any, convert: Callable[[Any], Any]) -> None:
        """Use `scalar` for a scalar, else the type `other`, whose value `convert` converts to the same type."""
        self._scalar = scalar
        self._other = other
        self._convert = convert

    def _validate(self, value: Any, handler: core_schema.ValidatorFunctionWrapHandler) -> Located[Any]:
        if isinstance(value, Scalar):
            return self._scalar.validate(value)
        return Located(self._convert(handler(value)), value.place)

    def __get_pydantic_core_schema__(self, _source: object, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._validate, handler.generate_schema(self._other))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> JsonSchema:
        return {"anyOf": [handler(schema), self._scalar.schema]}


def _in_any_case(word: str) -> str:
    """Return a case-insensitive pattern for the word, since patterns in JSON Schema have no flags."""
    return "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)


def _one_of(words: Iterable[str]) -> str:
    return "|".join(map(_in_any_case, words))


def parse_id(scalar: Scalar) -> int:
    return scalars.parse_integer(scalar, 1, HIGHEST_ID)


def parse_target_id(scalar: Scalar) -> int:
    """Return the id of a target, which may be given by the address of its page."""
    page = parse_page(scalar)
    return parse_id(scalar) if page is None or page.target_id is None else page.target_id


def parse_page(scalar: Scalar) -> PageAddress | None:
    """Return the address of a target's page; None if the scalar is not meant to be one.

    Raises:
        ValueError: The address is not valid.
    """
    return parse_page_address(scalar.strip(), "target-id") if looks_like_page(scalar) else None


def _parse_version(scalar: Scalar) -> int:
    number = scalars.parse_integer(scalar, 0, HIGHEST_ID)
    if number != VERSION:
        raise ValueError(f"version {number} of the policy file is not supported; this probe-gate supports {VERSION}")
    return number


def _parse_baseline(scalar: Scalar) -> str:
    path = scalars.parse_text(scalar)
    return BEFORE if path.lower() == BEFORE else path


def _parse_confirm(scalar: Scalar) -> int:
    return parse_confirm(str(scalars.parse_integer(scalar, 0, HIGHEST_ID)))


def _parse_outcome(scalar: Scalar) -> Outcome:
    return parse_soft_fail(scalars.parse_text(scalar))


def _parse_probes(scalar: Scalar) -> ProbeChoice:
    if scalars.is_null(scalar):
        raise ValueError("there is no value")
    return parse_probes(scalar.strip())


def parse_waiver_target(scalar: Scalar) -> str:
    return REST if scalar == REST else str(parse_target_id(scalar))


def parse_check(scalar: Scalar) -> str:
    check = scalars.parse_text(scalar)
    if problem := describe_unwaivable(check):
        raise ValueError(problem)
    return ":".join(part.strip() for part in check.split(":", 1))


def describe_unwaivable(check: str) -> str | None:
    """Return why the check cannot be waived; None if it can."""
    kind, colon, name = (part.strip() for part in check.partition(":"))
    if (kind.casefold() in CHECKS_WITHOUT_NAME and not colon) or (kind.casefold() in CHECKS_WITH_NAME and name):
        return None
    if kind.casefold() in CHECKS_WITH_NAME:
        return f"{kind} needs a name: {kind}:NAME"
    if kind.casefold() in CHECKS_WITHOUT_NAME:
        return f"{kind} has no names; write it without {quoted(colon + name)}"
    if kind.casefold() in NOT_WAIVABLE:
        return f"{kind} fails when something could not be evaluated, which cannot be waived"
    known = (*CHECKS_WITHOUT_NAME, *(f"{kind}:NAME" for kind in CHECKS_WITH_NAME))
    close = nearest(kind, CHECKS_WITHOUT_NAME + CHECKS_WITH_NAME)
    return f"{quoted(check)} is not a check; " + (f"did you mean {close}?" if close else f"known: {', '.join(known)}")


def _check_ahead(until: Located[date], info: core_schema.ValidationInfo) -> Located[date]:
    assert info.context is not None  # noqa: S101 - for the type checker
    latest = info.context["today"] + MAX_WAIVER_DURATION
    if until.value > latest:
        raise ValueError(
            f"{until.value} is more than {MAX_WAIVER_DURATION.days} days ahead; the latest is {latest.isoformat()}"
        )
    return until


def _check_categories(
    scores: Mapping[Located[str], Located[Decimal]],
) -> tuple[tuple[str, Located[Decimal]], ...]:
    names: set[str] = set()
    for name in scores:
        if name.value.casefold() in names:
            message = f"{quoted(name.value)} appears twice; upper and lower case make no difference"
            raise PydanticCustomError("twice", "{message}", {"message": message, "place": name.place})
        names.add(name.value.casefold())
    return tuple((name.value, score) for name, score in scores.items())


def _choose_probes(ids: Iterable[Located[int]]) -> ProbeChoice:
    return ChosenProbes(sort_ids([one.value for one in ids]))


DURATION_PATTERN = (
    r"^(?=.)([0-9]+(\.[0-9]+)?d)?([0-9]+(\.[0-9]+)?h)?([0-9]+(\.[0-9]+)?m)?([0-9]+(\.[0-9]+)?s)?$|^[0-9]+(\.[0-9]+)?$"
)
PROBES_PATTERN = (
    rf"^\s*({_one_of(('recommended', 'all'))}|{_in_any_case('risk')}\s*>=\s*"
    rf"({_one_of(level.value for level in RiskLevel)})|\[?[0-9,\s]+\]?)\s*$"
)
CHECK_PATTERN = rf"^\s*({_one_of(CHECKS_WITHOUT_NAME)}|({_one_of(CHECKS_WITH_NAME)})\s*:\s*\S.*)\s*$"

ID_SCHEMA: JsonSchema = {"type": "integer", "minimum": 1, "maximum": HIGHEST_ID}
TARGET_SCHEMA: JsonSchema = {"anyOf": [ID_SCHEMA, {"type": "string", "pattern": "/w/[1-9][0-9]*/target/[1-9][0-9]*"}]}
SCORE_SCHEMA: JsonSchema = {"type": "number", "maximum": 100, "anyOf": [{"const": 0}, {"minimum": 1}]}
OUTCOME_SCHEMA: JsonSchema = {"type": "string", "enum": sorted(outcome.value for outcome in SOFTENABLE)}
TEXT_SCHEMA: JsonSchema = {"type": "string", "minLength": 1}

Text = Annotated[Located[str], ScalarField("text", scalars.parse_text, TEXT_SCHEMA)]
Id = Annotated[Located[int], ScalarField("an id", parse_id, ID_SCHEMA)]
TargetId = Annotated[Located[int], ScalarField("an id, or the address of the page", parse_target_id, TARGET_SCHEMA)]
Boolean = Annotated[Located[bool], ScalarField("true or false", scalars.parse_boolean, {"type": "boolean"})]
Score = Annotated[Located[Decimal], ScalarField("a number from 0 to 100", scalars.parse_min_score, SCORE_SCHEMA)]
Percent = Annotated[
    Located[Decimal],
    ScalarField(
        "a number from 0 to 100",
        partial(scalars.parse_number, low=0, high=100),
        {"type": "number", "minimum": 0, "maximum": 100},
    ),
]
Confidence = Annotated[
    Located[Decimal],
    ScalarField(
        "a number above 0 and below 100",
        partial(scalars.parse_number, low=0, high=100, open_ends=True),
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 100},
    ),
]
Confirm = Annotated[
    Located[int],
    ScalarField("0, 2 or 4", _parse_confirm, {"enum": list(CONFIRMING_RUNS)}),
]
Duration = Annotated[
    Located[timedelta],
    ScalarField(
        "a time such as 24h",
        scalars.parse_duration,
        {"type": ["string", "number"], "pattern": DURATION_PATTERN, "exclusiveMinimum": 0},
    ),
]
SoftenedOutcome = Annotated[Located[Outcome], ScalarField("an outcome", _parse_outcome, OUTCOME_SCHEMA)]
Category = Annotated[Located[str], ScalarField("a category", parse_category, {"type": "string"})]


class Section(BaseModel):
    """A mapping of the file without unknown keys."""

    model_config = ConfigDict(extra="forbid", alias_generator=lambda name: name.replace("_", "-"))
    what: ClassVar[str]
    """Its name in messages."""


ABSENT: Any = None
"""The default of a key that may be absent but not null."""


def _policy_key(name: str, description: str = "") -> Any:
    """Return a field for a key that is also an option of that name."""
    return Field(ABSENT, description=description or BY_NAME[name].help)


class PolicySection(Section):
    """Limits."""

    what: ClassVar = "a policy"

    min_score: Score = _policy_key("min-score")
    min_category_score: Annotated[
        Located[tuple[tuple[str, Located[Decimal]], ...]],
        ScalarOr(
            ScalarField(
                "a number from 0 to 100",
                lambda scalar: ((REST, Located(scalars.parse_min_score(scalar), scalar.place)),),
                SCORE_SCHEMA,
            ),
            Annotated[dict[Category, Score], Field(min_length=1, max_length=MAX_CATEGORIES)],
            _check_categories,
        ),
    ] = _policy_key(
        "min-category-score",
        'Minimum score by category, such as {Security: 90, "*": 70}; * covers all others. '
        "A single number applies to each category that has a score.",
    )
    max_attack_success_rate: Percent = _policy_key("max-attack-success-rate")
    confidence: Confidence = _policy_key("confidence")
    max_error_rate: Percent = _policy_key("max-error-rate")
    min_test_cases: Id = _policy_key("min-test-cases")
    max_score_drop: Percent = _policy_key("max-score-drop")
    baseline: Annotated[Located[str], ScalarField("a path, or before", _parse_baseline, TEXT_SCHEMA)] = _policy_key(
        "baseline",
        "Path of the report.json of an earlier gate that passed, or the word before: the scores just before the run.",
    )
    allow_missing_baseline: Boolean = _policy_key("allow-missing-baseline")
    max_age: Duration = _policy_key("max-age")
    soft_fail: Annotated[
        Located[frozenset[Outcome]],
        ScalarOr(
            ScalarField("an outcome", lambda scalar: frozenset({_parse_outcome(scalar)}), OUTCOME_SCHEMA),
            Annotated[list[SoftenedOutcome], Field(max_length=len(SOFTENABLE))],
            lambda outcomes: frozenset(one.value for one in outcomes),
        ),
    ] = _policy_key("soft-fail")
    confirm: Confirm = _policy_key("confirm")


def _empty_as_none(value: object) -> object:
    """Return None for an empty section."""
    return None if isinstance(value, Scalar) and scalars.is_null(value) else value


OptionalPolicy = Annotated[PolicySection | None, BeforeValidator(_empty_as_none)]


class TargetSection(Section):
    """One target."""

    what: ClassVar = "a target"

    id: TargetId = Field(description="the target's id, or the address of its page, in which it is behind /target/")
    name: Text = Field(ABSENT, description="the target's name in reports")
    probe_ids: Annotated[
        Located[ProbeChoice],
        ScalarOr(
            ScalarField(
                "probes",
                _parse_probes,
                {
                    "type": ["string", "integer"],  # one id alone needs no brackets
                    "minimum": 1,
                    "pattern": PROBES_PATTERN,
                    "examples": ["recommended", *(f"risk>={level.value}" for level in RiskLevel), "all"],
                },
            ),
            Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS, json_schema_extra={"uniqueItems": True})],
            _choose_probes,
        ),
    ] = Field(ABSENT, description=BY_NAME["probe-ids"].help)
    policy: OptionalPolicy = Field(None, description="the limits that differ for this target")


class WaiverSection(Section):
    """One waiver."""

    what: ClassVar = "a waiver"

    check: Annotated[
        Located[str],
        ScalarField(
            "a check",
            parse_check,
            {
                "type": "string",
                "pattern": CHECK_PATTERN,
                "examples": [*CHECKS_WITHOUT_NAME, "category-score:Safety", "score-drop:overall"],
            },
        ),
    ] = Field(description="the check to waive, such as category-score:Safety")
    target: Annotated[
        Located[str],
        ScalarField(
            'a target\'s id, or "*"', parse_waiver_target, {"anyOf": [*TARGET_SCHEMA["anyOf"], {"const": REST}]}
        ),
    ] = Field(description='the target\'s id or the address of its page, or "*" for every target')
    until: Annotated[
        Located[date],
        ScalarField(
            "a day such as 2027-01-31",
            scalars.parse_day,
            {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        ),
        AfterValidator(_check_ahead),
    ] = Field(description="the last day (UTC) of the waiver, at most 90 days ahead")
    reason: Text = Field(description="the reason, shown in reports")
    approved_by: Text = Field(ABSENT, description="who approved it")


class PolicyDocument(Section):
    """The limits that probe-gate holds targets to."""

    model_config = ConfigDict(title="probe-gate policy file")
    what: ClassVar = "a policy file"

    version: Annotated[Located[int], ScalarField("the number 1", _parse_version, {"const": VERSION})] = Field(
        description=f"the version of this format: {VERSION}"
    )
    policy: OptionalPolicy = Field(None, description="the limits for every target")
    targets: Annotated[
        Annotated[list[TargetSection], Field(max_length=MAX_TARGETS)] | None, BeforeValidator(_empty_as_none)
    ] = Field(None, description="the targets to gate")
    waivers: Annotated[
        Annotated[list[WaiverSection], Field(max_length=MAX_WAIVERS)] | None, BeforeValidator(_empty_as_none)
    ] = Field(None, description="failed checks that are accepted for a limited time")


class _SchemaGenerator(GenerateJsonSchema):
    """Omits defaults, which all represent absent keys, and titles derived from names."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchema:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, _schema: object) -> bool:
        return False


def policy_schema() -> JsonSchema:
    """Return the JSON Schema (2020-12) of policy files, for editors.

    A file that conforms to it can still be invalid: only `parse_policy_file` finds dates too far ahead, duplicate IDs and
    waivers for targets that are not in the file.
    """
    schema = PolicyDocument.model_json_schema(schema_generator=_SchemaGenerator)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def policy_schema_text() -> str:
    """Return the schema as the file that editors load."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"
