"""Which probes of a target a test run is to run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class RiskLevel(Enum):
    """The platform's risk level of a probe for a type of target, lowest first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(RiskLevel).index(self)


@dataclass(frozen=True, slots=True)
class AllProbes:
    """Every probe that is configured for the target."""

    def __str__(self) -> str:
        return "all configured probes"


@dataclass(frozen=True, slots=True)
class ChosenProbes:
    """These probes, by id."""

    ids: tuple[int, ...]
    """Not empty, ascending, none twice."""

    def __str__(self) -> str:
        return f"probes {','.join(map(str, self.ids))}"


@dataclass(frozen=True, slots=True)
class RecommendedProbes:
    """The probes that the platform recommends for the target's type."""

    def __str__(self) -> str:
        return "recommended probes"


@dataclass(frozen=True, slots=True)
class ProbesByRisk:
    """The probes whose risk level for the target's type is at least this."""

    least: RiskLevel

    def __str__(self) -> str:
        return f"probes with risk>={self.least.value}"


ProbeChoice = AllProbes | ChosenProbes | RecommendedProbes | ProbesByRisk

CHOSEN_BY_ID = "chosen by id"
"""Why these probes, where the user named them: then each of them has to run."""
ALL_PROBES = AllProbes()
