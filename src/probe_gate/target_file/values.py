"""What a target file says."""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate.domain.target_state import TargetState


@dataclass(frozen=True, slots=True)
class TargetFile:
    """A target file that has been read and checked."""

    name: str
    """The path, as it was given."""
    id: int | None
    """The target that the file is about; None: one that is to be made."""
    state: TargetState
    notes: tuple[str, ...] = ()
    """What a reader should know: what could not be checked, a secret that stands in the file."""
