"""A target's scores as the platform tells of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from probe_gate.domain.score import Scores
from probe_gate.probe_api.moments import NonsenseDateError, parse_moment
from probe_gate.probe_api.wire import Count, NonsenseError, Points, Scrub, Text, WireModel, read_model, whole

MOST_CATEGORIES = 1_000


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            return parse_moment(value)
        except NonsenseDateError:
            raise ValueError("is not a date with a time") from None
    return value


class ScoresAnswer(WireModel):
    """The scores of a target. Anything may be null, and is then unknown."""

    overall: Annotated[int, BeforeValidator(whole), Field(ge=0, le=100)] | None = Field(alias="overallScore")
    categories: dict[Text, Points | None] | None = Field(None, alias="scores", max_length=MOST_CATEGORIES)
    simulated: Annotated[Count, Field(ge=0)] | None = Field(None, alias="simulatedAttacks")
    successful: Annotated[Count, Field(ge=0)] | None = Field(None, alias="successfulAttacks")
    latest: Annotated[datetime | None, BeforeValidator(_moment)] = Field(None, alias="latestExecutionDate")

    def to_scores(self, digest: str) -> Scores:
        return Scores(self.overall, self.categories, self.simulated, self.successful, self.latest, digest)


def read_scores(value: object, digest: str, scrub: Scrub) -> Scores:
    """The scores. Raises `NonsenseError`, also when two categories cannot be told apart."""
    answer = read_model(ScoresAnswer, value, scrub)
    named = value.get("scores") if isinstance(value, dict) else None
    folded = {name.casefold() for name in answer.categories or ()}
    if len(folded) != len(named or ()):
        raise NonsenseError("scores names the same category twice")
    return answer.to_scores(digest)
