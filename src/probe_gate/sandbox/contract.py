"""The requests of the contract as pydantic models, and how they are read.

The models are the contract's and no stricter: closed objects, exact types, lengths, int32. They
are strict (`"1"` is no number), and every mistake is answered at once, as `validationErrors`.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, NoReturn, TypeVar

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from probe_gate.sandbox.problems import RefusalError, invalid

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
MOST_BODY_BYTES = 4 * 1024 * 1024

Int32 = Annotated[int, Field(ge=INT32_MIN, le=INT32_MAX)]
Uuid = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]

ABSENT: Any = None
"""The default of a field that may be left out, but not be null."""

WorkspaceId = Annotated[str, Path(alias="workspaceId")]
TargetId = Annotated[str, Path(alias="targetId")]
TestRunId = Annotated[str, Path(alias="testRunId")]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")


class Closed(BaseModel):
    """A closed object: a field that is not named is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class TriggerTestRunRequest(Closed):
    target_id: Int32
    probe_ids: list[Int32] | None
    name: str
    notify_when_finished: bool
    run_ai_analysis: bool


Model = TypeVar("Model", bound=BaseModel)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands there twice")
    return read


def read_json(body: bytes) -> Any:
    """The JSON value of a request body. Raises `RefusalError` (400) for what is none."""
    if len(body) > MOST_BODY_BYTES:
        raise invalid("$", "The body is too long.")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_unique_keys)
    except (ValueError, RecursionError) as error:
        raise invalid("$", f"The body is not JSON: {type(error).__name__}.") from None


def read_request(model: type[Model], body: bytes) -> tuple[Model, Any]:
    """The request, checked, and the plain JSON it was sent as. Raises `RefusalError` (400) with all mistakes."""
    value = read_json(body)
    try:
        return model.model_validate(value), value
    except ValidationError as error:
        raise RefusalError(400, "VALIDATION_ERROR", "The request is not valid.", _texts(error)) from None


def _texts(error: ValidationError) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        field = ".".join(str(part) for part in item["loc"]) or "$"
        texts.setdefault(field, []).append(item["msg"])
    return texts


def read_int32(text: str, name: str) -> int:
    """A path parameter. Raises `RefusalError` (400) for what is no int32."""
    if not _INTEGER.fullmatch(text) or not INT32_MIN <= (value := int(text[:12])) <= INT32_MAX or len(text) > 11:
        raise invalid(name, "The value is not a 32-bit integer.")
    return value
