"""A target's scores as the platform tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from probe_gate.domain.score import Scores
from probe_gate.probe_api.moments import NonsenseDateError, parse_moment
from probe_gate.probe_api.wire import LARGEST_ID, NonsenseError, Scrub, clean, read

MOST_CATEGORIES = 200
"""As many as a policy may name."""

_Tally = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_ID)]
_CATEGORY: Any = Annotated[float, msgspec.Meta(ge=0, le=100)] | None


class ScoresAnswer(msgspec.Struct, frozen=True, rename="camel"):
    """Anything may be null, and is then unknown."""

    overall_score: Annotated[int, msgspec.Meta(ge=0, le=100)] | None
    scores: Annotated[dict[str, Any], msgspec.Meta(max_length=MOST_CATEGORIES)] | None = None
    """Read one by one, since msgspec does not tell which one is wrong."""
    simulated_attacks: _Tally | None = None
    successful_attacks: _Tally | None = None
    latest_execution_date: Any = None


def read_scores(value: object, digest: str, scrub: Scrub) -> Scores:
    """The scores. Raises `NonsenseError`, also when two categories cannot be told apart."""
    answer = read(value, ScoresAnswer, scrub)
    return Scores(
        overall=answer.overall_score,
        categories=None if answer.scores is None else _by_category(answer.scores, scrub),
        simulated_attacks=answer.simulated_attacks,
        successful_attacks=answer.successful_attacks,
        latest_execution=_moment(answer.latest_execution_date),
        digest=digest,
    )


def _by_category(scores: dict[str, Any], scrub: Scrub) -> dict[str, float | None]:
    """Each by the clean name of its category."""
    found: dict[str, float | None] = {}
    for name, score in scores.items():
        category = clean(name, scrub)
        found[category] = read(score, _CATEGORY, scrub, f"scores.{category}")
    if len({category.casefold() for category in found}) != len(scores):
        raise NonsenseError("scores names the same category twice")
    return found


def _moment(date: object) -> datetime | None:
    try:
        return None if date is None else parse_moment(date if isinstance(date, str) else "")
    except NonsenseDateError:
        raise NonsenseError("latestExecutionDate is not a date") from None
