"""Which of a run's dates the platform shows, by the reading."""

from __future__ import annotations

import math
from dataclasses import dataclass

from probe_gate.sandbox.readings import Reading
from probe_gate.sandbox.timestamps import write_date

_LAST_PROBE = 0.95
"""The last probe is finished at this share of the run, so that its date is not that of the end."""


@dataclass(frozen=True, slots=True)
class RunDates:
    """What happened to a run when, in epoch seconds; infinite for what has not happened yet."""

    asked: float
    began: float
    ended: float
    changed: float
    """When a test case was finished last, or else the run began or was asked for."""
    first_probe: float
    probes: float
    """When the probes that are finished by now were through."""
    shift: float = 0.0
    """How much later than true the platform dates the run."""

    @property
    def is_over(self) -> bool:
        return not math.isinf(self.ended)

    @property
    def last_probe(self) -> float:
        """When the last of the probes that are finished by now was."""
        return self.began + (self.probes - self.began) * _LAST_PROBE if self.is_over else self.probes


def execution_date(reading: Reading, dates: RunDates) -> float | None:
    """The moment that a run's `executionDate` stands for, or None where it is null."""
    moment = {
        "request": dates.asked,
        "start": dates.began,
        "end": dates.ended,
        "request-then-end": dates.ended if dates.is_over else dates.asked,
        "update": dates.ended if dates.is_over else dates.changed,
        "never": math.inf,
    }[reading.executed]
    return None if math.isinf(moment) else moment + dates.shift


def scores_date(reading: Reading, dates: RunDates, computed: float) -> float:
    """The moment that the scores' `latestExecutionDate` stands for when a run is the latest one in them."""
    if reading.scores == "run":
        own = execution_date(reading, dates)
        return own if own is not None else dates.probes + dates.shift
    moment = {
        "request": dates.asked,
        "start": dates.began,
        "first-probe": dates.first_probe,
        "last-probe": dates.last_probe,
        "end": dates.ended if dates.is_over else dates.probes,
        "computation": computed,
    }[reading.scores]
    return moment + dates.shift


def write_run_date(reading: Reading, dates: RunDates) -> str | None:
    """A run's `executionDate`."""
    moment = execution_date(reading, dates)
    return None if moment is None else write_date(moment, reading.precision[0], reading.zone[0])


def write_scores_date(reading: Reading, epoch_seconds: float) -> str:
    """The scores' `latestExecutionDate`."""
    return write_date(epoch_seconds, reading.precision[1], reading.zone[1])
