"""What a report says twice: values that are written for readers and follow from others."""

from __future__ import annotations

from typing import Any

from probe_gate.domain.text import name_of
from probe_gate.domain.verdict import Verdict
from probe_gate.domain.verify import Difference
from probe_gate.report_file.encode import to_document

DERIVED_KEYS = ("softened", "exitCode")
"""Of each target; reading passes them over."""


def find_derived_differences(document: dict[str, Any], verdict: Verdict) -> list[Difference]:
    """Where a document's derived values are not those that the verdict read from it leads to."""
    return [
        Difference(name_of(target.target), key, str(said.get(key)), str(follows[key]))
        for target, said, follows in zip(
            verdict.targets, document["targets"], to_document(verdict)["targets"], strict=True
        )
        for key in DERIVED_KEYS
        if said.get(key) != follows[key] or type(said.get(key)) is not type(follows[key])
    ]
