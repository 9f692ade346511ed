"""What is kept of one target's runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from probe_gate.sandbox.history import History
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenario import Scenario


@dataclass(slots=True)
class Track:
    """The runs of one target."""

    target_id: int
    scenario: Scenario
    history: History
    runs: list[Run] = field(default_factory=list)
    settled: dict[int, bytes] = field(default_factory=dict)
    """The bytes of runs that will not change again."""
    was_asked: bool = False
    """Whether anybody has asked about the target yet."""
    is_new: bool = False
    """Whether the target was created while the sandbox is up, so that it has no earlier runs."""
