"""Targets and their types as the platform tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from probe_gate.probe_api.wire import Id, NonsenseError, Scrub, clean, mended, read


class TargetAnswer(msgspec.Struct):
    """What must hold of a target; its other fields are compared with a file, which has models of its own."""

    id: Id
    connection: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None


class Probe(msgspec.Struct, rename="camel"):
    """A probe that fits a target type. Risk levels are an open set."""

    probe_id: Id
    is_recommended: bool
    weight: str


class TargetType(msgspec.Struct):
    """A type that a target may be of."""

    id: str
    label: str
    details: list[Probe]


def read_target(value: object, scrub: Scrub, target_id: int | None = None) -> Mapping[str, Any]:
    """A target as the platform tells it, with our secrets out of its texts. Raises `NonsenseError`.

    Its texts are left as they are otherwise, since they are compared with a file: what shows them must clean them.
    """
    target: Mapping[str, Any] = mended(value, scrub)
    found_id = read(target, TargetAnswer, scrub).id
    if target_id is not None and found_id != target_id:
        raise NonsenseError(f"it is target {found_id}")
    return target


def read_target_types(value: object, scrub: Scrub) -> list[Mapping[str, Any]]:
    """The target types, by their fields' own names. Raises `NonsenseError`."""
    if not isinstance(value, list):
        raise NonsenseError("it is not a list")
    types = mended(value, lambda text: clean(text, scrub))
    return [msgspec.to_builtins(read(entry, TargetType, scrub)) for entry in types]
