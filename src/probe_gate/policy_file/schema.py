"""The JSON Schema (2020-12) of the policy file, for editors."""

from __future__ import annotations

from typing import Any

from probe_gate.policy_file.model import FILE


def policy_schema() -> dict[str, Any]:
    """What an editor can check while the file is written. A file that is valid here can still be wrong.

    Whether a date is too far ahead, an id is there twice, or a waiver names a target of the file, only
    `probe-gate policy validate` tells.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "probe-gate policy file",
        "description": "What is good enough: the limits that probe-gate holds targets to.",
        **FILE.schema(),
    }
