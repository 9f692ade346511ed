"""The run that a gate judges, as far as it is known: kept apart from the steps, so that it can be cancelled
wherever one of them is interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from probe_gate.domain.evidence import RunOrigin
from probe_gate.domain.run import Run


class StartState(Enum):
    """What is known of the start of a run."""

    NOT_STARTED = "not started"
    UNCONFIRMED = "unconfirmed"
    """The trigger is on its way, or its answer was lost."""
    STARTED = "started"


@dataclass(slots=True)
class OwnRun:
    """The run that a gate starts, reuses or was given."""

    origin: RunOrigin = RunOrigin.TRIGGERED
    state: StartState = StartState.NOT_STARTED
    id: int | None = None
    triggered_at: datetime | None = None
    """By our clock; None when this gate did not trigger it."""
    last_seen: Run | None = None
    """As it was last listed."""
    is_finished: bool = False
    """Whether it was seen to have finished: there is nothing to cancel."""

    @property
    def may_exist(self) -> bool:
        """Whether a run may have been started."""
        return self.state is not StartState.NOT_STARTED or self.last_seen is not None
