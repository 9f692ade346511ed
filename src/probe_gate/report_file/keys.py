"""The names of `report.json`: what each field of a value is called in the document.

A field is called as in the code, in camelCase; where the platform has a name for the same thing, it is
the platform's. The names are an interface: they change only by adding.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from probe_gate.domain.evidence import Missing
from probe_gate.domain.policy import Policy
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.scores import Scores

SCHEMA_VERSION = "2"
"""Changes when a reader of the former version would misread the document; never for an addition."""

MISSING_KEY = "missing"
"""The one key of an object that stands where something could not be had; its value says why."""

_OTHER_NAMES: dict[tuple[type, str], str] = {
    (Missing, "reason"): MISSING_KEY,
    (Run, "started_at"): "executionDate",
    (Counts, "passed"): "passedCount",
    (Counts, "failed"): "failedCount",
    (Counts, "errors"): "errorCount",
    (Counts, "total"): "totalCount",
    (Scores, "overall"): "overallScore",
    (Scores, "categories"): "scores",
    (Scores, "latest_execution"): "latestExecutionDate",
    (Scores, "digest"): "sha256",
    (Policy, "max_age"): "maxAgeSeconds",
}

NEVER_WRITTEN: frozenset[tuple[type, str]] = frozenset({(Run, "started_by")})
"""Who started a run is an e-mail address: it stands in no report."""

ADDED_LATER: frozenset[tuple[type, str]] = frozenset()
"""Fields that reports of earlier releases do not have: where the key is not there, the field's default holds.
Without an entry here, a new field makes every stored baseline unreadable. Nothing of this kind yet."""


@cache
def keys_of(kind: Any) -> tuple[tuple[str, str], ...]:
    """The fields of a dataclass (the class, not a value) that the document has, each with its key, in order."""
    return tuple(
        (field.name, _OTHER_NAMES.get((kind, field.name)) or _camel_case(field.name))
        for field in fields(kind)
        if (kind, field.name) not in NEVER_WRITTEN
    )


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
