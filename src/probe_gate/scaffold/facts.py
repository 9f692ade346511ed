"""What is known of the repository and of its targets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from probe_gate.domain.score import Scores


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target to gate."""

    id: int
    name: str | None = None
    scores: Scores | None = None
    """The present ones; None when they could not be had."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files are written from."""

    today: date
    targets: tuple[TargetFacts, ...] = ()
    workspace_id: int | None = None
    api_url: str = ""
    """As an option takes it; empty when it is the default."""
    branch: str = "main"
    """The default branch."""

    @property
    def lock_name(self) -> str:
        """The name under which gates of the same targets wait for each other."""
        ids = "-".join(str(target.id) for target in self.targets[:5])
        return f"probe-target-{ids}" if ids else "probe-gate"
