"""Targets and their types as the platform tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probe_gate.probe_api.wire import Fields, NonsenseError, Scrub


def read_target(value: object, scrub: Scrub, target_id: int | None = None) -> Mapping[str, Any]:
    """A target as the platform tells it, with our secrets out of its texts. Raises `NonsenseError`.

    Its texts are left as they are otherwise, since they are compared with a file: what shows them must clean them.
    """
    fields = Fields(value, scrub)
    found_id = fields.id("id")
    if target_id is not None and found_id != target_id:
        raise NonsenseError(f"it is target {found_id}")
    for name in ("connection", "settings"):
        fields.nested(name)
    target: Mapping[str, Any] = _scrubbed(value, scrub)
    return target


def read_target_types(value: object, scrub: Scrub) -> list[Mapping[str, Any]]:
    """The target types, by their fields' own names; risk levels are an open set. Raises `NonsenseError`."""
    if not isinstance(value, list):
        raise NonsenseError("it is not a list")
    return [_read_target_type(Fields(entry, scrub)) for entry in value]


def _read_target_type(fields: Fields) -> Mapping[str, Any]:
    return {
        "id": fields.required_text("id"),
        "label": fields.required_text("label"),
        "details": [
            {
                "probeId": probe.id("probeId"),
                "isRecommended": probe.flag("isRecommended"),
                "weight": probe.required_text("weight"),
            }
            for probe in fields.nested_list("details")
        ],
    }


def _scrubbed(value: Any, scrub: Scrub) -> Any:
    if isinstance(value, str):
        text = scrub(value)
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrubbed(item, scrub) for item in value]
    if isinstance(value, dict):
        return {_scrubbed(key, scrub): _scrubbed(item, scrub) for key, item in value.items()}
    return value
