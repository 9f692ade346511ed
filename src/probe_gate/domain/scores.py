"""The scores of a target, and readings that contradict themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Scores:
    """One reading of a target's scores.

    They belong to the target, not to a run: the platform calculates them from the latest run of each probe.
    """

    overall: int | None
    """0 to 100."""
    categories: Mapping[str, float | None] | None
    """By the platform's own name of the category; a category without a score is None."""
    simulated_attacks: int | None
    successful_attacks: int | None
    latest_execution: datetime | None
    """The newest probe execution that is part of the scores."""
    digest: str = field(default="", compare=False)
    """SHA-256, in hex, of the answer it was read from."""

    @property
    def numbers(self) -> tuple[int | None, Mapping[str, float | None] | None, int | None, int | None]:
        """All of it but the date."""
        return self.overall, self.categories, self.simulated_attacks, self.successful_attacks


@dataclass(frozen=True, slots=True)
class Band:
    """One of the platform's four risk bands."""

    name: str
    lowest: int


BANDS: tuple[Band, ...] = (Band("critical", 0), Band("high", 30), Band("medium", 60), Band("low", 80))
"""Below 30 critical, below 60 high, below 80 medium, from 80 low risk, as the platform's pages draw them."""


def band_of(score: float) -> Band:
    """Return the risk band that a score lies in."""
    return next(band for band in reversed(BANDS) if score >= band.lowest or band is BANDS[0])


def same_category(one: str, other: str) -> bool:
    """Return whether two category names are the same: without regard to case and outer blanks."""
    return one.strip().casefold() == other.strip().casefold()


HINT = "Compare with the target's page on the platform; if it shows the same, contact the platform's support."


def find_contradiction(scores: Scores) -> str | None:
    """Return why the overall score cannot be believed, or None.

    An overall score of 0 without any category near 0 means that the platform has not computed it, unless most of the
    attacks did succeed. Judged as a score, it would blame the target for it.
    """
    simulated, successful = scores.simulated_attacks, scores.successful_attacks
    scored = [score for score in (scores.categories or {}).values() if score is not None]
    if scores.overall != 0 or any(score < 1 for score in scored):
        return None
    if simulated is None or successful is None or successful * 2 >= simulated:
        return None
    categories = "each category has at least 1" if scored else "no category has a score"
    return (
        f"The overall score is 0 and {categories}, but {simulated - successful} of {simulated} attacks were withstood."
    )
