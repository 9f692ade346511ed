"""A target's scores as the platform tells of them."""

from __future__ import annotations

from datetime import datetime

from probe_gate.domain.score import Scores
from probe_gate.probe_api.moments import NonsenseDateError, parse_moment
from probe_gate.probe_api.wire import Fields, Scrub

MOST_CATEGORIES = 200
"""As many as a policy may name."""
HIGHEST = 100


def read_scores(value: object, digest: str, scrub: Scrub) -> Scores:
    """The scores; anything may be null, and is then unknown. Raises `NonsenseError`, also when two categories cannot
    be told apart."""
    fields = Fields(value, scrub)
    fields.require("overallScore")
    categories = fields.nested("scores", MOST_CATEGORIES)
    return Scores(
        overall=fields.integer("overallScore", 0, HIGHEST),
        categories=None if categories is None else categories.numbers_by_category(0, HIGHEST),
        simulated_attacks=fields.integer("simulatedAttacks", 0),
        successful_attacks=fields.integer("successfulAttacks", 0),
        latest_execution=_moment(fields, "latestExecutionDate"),
        digest=digest,
    )


def _moment(fields: Fields, name: str) -> datetime | None:
    value = fields.get(name)
    if value is None:
        return None
    try:
        return parse_moment(value if isinstance(value, str) else "")
    except NonsenseDateError:
        pass
    raise fields.nonsense(name, "is not a date with a time")
