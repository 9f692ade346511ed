"""What `doctor` found: one line for each thing that it looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from probe_gate.domain.text import as_sentence
from probe_gate.errors import PRECEDENCE, GateError, Outcome

MAX_NAMED = 10


class Status(Enum):
    """What a finding means for the reader. The values appear in the JSON output."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    id: str
    title: str
    status: Status
    text: str
    hint: str = ""
    """What to do, in one line."""
    target_id: int | None = None
    outcome: Outcome | None = None
    """How a gate would end because of this problem; None if it is none."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Facts for programs."""


def problem(id: str, title: str, error: GateError, target_id: int | None = None) -> Finding:  # noqa: A002 - its name in the output
    """Return the finding that an error amounts to."""
    details = "; ".join(getattr(error, "problems", ()))
    text = f"{error.message} {as_sentence(details)}".strip() if details else error.message
    hint = error.hint or _FALLBACK_HINTS.get(error.outcome, "Run doctor again with --verbose.")
    return Finding(id, title, Status.PROBLEM, text, hint, target_id, error.outcome)


_FALLBACK_HINTS = {
    Outcome.CONFIG_ERROR: "Correct the options; docs/options.md lists them.",
    Outcome.AUTH_ERROR: "Check the key and what its owner may use.",
    Outcome.PLATFORM_ERROR: (
        "Check the network of this machine and the address of the platform (--api-url), then run doctor again."
    ),
}


def worst_outcome(findings: Sequence[Finding]) -> Outcome:
    """Return how a gate would end by these findings, by the same order as over several targets."""
    outcomes = {finding.outcome for finding in findings if finding.outcome is not None}
    return next((outcome for outcome in PRECEDENCE if outcome in outcomes), Outcome.PASSED)
