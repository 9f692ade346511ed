"""Targets and their types as the platform tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from probe_gate.probe_api.wire import Id, NonsenseError, Scrub, Text, WireModel, read_model


class TargetAnswer(WireModel):
    """As much of a target as every use of it needs."""

    id: Id
    connection: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None


class ProbeWeight(WireModel):
    """One probe of a target type."""

    probe_id: Id = Field(alias="probeId")
    is_recommended: bool = Field(alias="isRecommended")
    weight: Text


class TargetType(WireModel):
    """A target type. Its risk levels are an open set."""

    id: Text
    label: Text
    details: list[ProbeWeight]


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
