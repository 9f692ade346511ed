"""Which faults strike which request."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable

from probe_gate.sandbox.faults import Fault, parse_fault
from probe_gate.sandbox.operations import Operation

_RESET = parse_fault("reset")


class FaultPlan:
    """Counts the calls of each fault and rolls its dice. The same seed and calls strike the same."""

    def __init__(
        self, faults: Iterable[Fault] = (), *, seed: int = 0, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._random = random.Random(seed)  # noqa: S311 - dice, not a secret
        self._monotonic = monotonic
        self._outage_until = 0.0
        self._faults: list[tuple[Fault, list[int]]] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        self._faults = [*self._faults, *((fault, [0]) for fault in faults)]

    def clear(self) -> None:
        self._faults = []
        self._outage_until = 0.0

    def strikes(self, operation: Operation) -> tuple[Fault, ...]:
        """The faults that strike this call of the operation."""
        if self._monotonic() < self._outage_until:
            return (_RESET,)
        struck = []
        for fault, calls in self._faults:
            if fault.may_strike(operation):
                calls[0] += 1
                if fault.strikes(calls[0], self._random.random()):
                    struck.append(fault)
        for fault in struck:
            if fault.name == "outage":
                self._outage_until = self._monotonic() + fault.number
                return (_RESET,)
        return tuple(struck)
