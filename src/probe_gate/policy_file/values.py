"""What a policy file says."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from probe_gate.domain.policy import DEFAULT, NO_PART, Origin, PolicyPart, Waiver
from probe_gate.domain.probes import ProbeChoice


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """One target of the file."""

    id: int
    origin: Origin
    name: str | None = None
    probes: ProbeChoice | None = None
    probes_origin: Origin = DEFAULT
    part: PolicyPart = NO_PART
    """What the target's policy overrides."""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says."""

    name: str
    """The path, as it was given."""
    part: PolicyPart = NO_PART
    """For every target."""
    targets: tuple[TargetEntry, ...] = ()
    """Ascending by id; no id twice."""
    waivers: tuple[Waiver, ...] = ()

    def entry_of(self, target_id: int) -> TargetEntry | None:
        """The target's entry; None when the file does not name it."""
        position = bisect_left(self.targets, target_id, key=lambda entry: entry.id)
        found = self.targets[position : position + 1]
        return found[0] if found and found[0].id == target_id else None
