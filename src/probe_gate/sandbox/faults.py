"""Faults and the calls that they affect, parsed from `NAME[=VALUE][@WHERE][:WHEN]`.

The default kinds are in `fault_kinds`; tests pass more kinds to `FaultPlan`.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from probe_gate.sandbox.fault_kinds import FAULT_KINDS, CapturedResponse, Exchange, FaultKind, HeldResponses
from probe_gate.sandbox.operations import BY_NAME, OPERATIONS, Operation
from probe_gate.sandbox.recorder import OPERATION, RECORD

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_GROUPS: dict[str, frozenset[str]] = {
    "any": frozenset(operation.id for operation in OPERATIONS),
    "reads": frozenset(operation.id for operation in OPERATIONS if operation.is_read),
    "writes": frozenset(operation.id for operation in OPERATIONS if not operation.is_read),
}
_SPEC = re.compile(r"(?P<name>[a-z0-9-]+)(=(?P<value>.*?))?(@(?P<where>[A-Za-z,]+))?(:(?P<when>[0-9.%*-]+))?")
_WHEN = re.compile(r"(?P<all>\*)|(?P<chance>[0-9.]+)%|(?P<count>[0-9]+)|(?P<first>[0-9]+)-(?P<last>[0-9]*)")

SYNTAX = f"""NAME[=VALUE][@WHERE][:WHEN]
WHERE: {", ".join(operation.short for operation in OPERATIONS)}; reads, writes, any; several with commas
WHEN:  3 (the first three calls), 2-4 (the second to the fourth), 2- (from the second on), 20% (by chance), * (all)"""
WORK_FAULTS = "sandbox.faults"
"""The key of the ASGI scope for the faults that the application implements, by name."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and the calls that it affects."""

    name: str
    value: str
    operations: frozenset[str]
    """The operationIds that it may affect."""
    first: int = 1
    """The first call of these operations that it affects, counted from 1."""
    last: int | None = None
    """The last such call; None for no end."""
    chance: float | None = None
    """The probability, from 0 to 1, that it affects a call; None if `first` and `last` apply."""
    kind: FaultKind = field(kw_only=True, compare=False, repr=False)

    @property
    def number(self) -> float:
        """The value as a number."""
        return float(self.value)

    def may_strike(self, operation: Operation) -> bool:
        return operation.id in self.operations

    def strikes(self, call: int, dice: float) -> bool:
        """Return whether it affects a call, counted from 1 over its operations. `dice` is a random number from 0 to 1."""
        if self.chance is not None:
            return dice < self.chance
        return call >= self.first and (self.last is None or call <= self.last)


def parse_fault(text: str, kinds: Mapping[str, FaultKind] = FAULT_KINDS) -> Fault:
    """Return the fault that `text` describes.

    Raises:
        ValueError: It is not a valid fault.
    """
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a fault; write {SYNTAX.splitlines()[0]}")
    name = match["name"]
    if name not in kinds:
        near = get_close_matches(name, kinds, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no fault called {name!r}.{hint}")
    kind = kinds[name]
    value = kind.value if match["value"] is None else match["value"]
    if kind.value:
        _check_number(text, value)
    first, last, chance = _when(text, match["when"] or kind.when)
    return Fault(name, value, _where(text, match["where"] or kind.where), first, last, chance, kind=kind)


def _check_number(text: str, value: str) -> None:
    try:
        valid = float(value) >= 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(f"{value!r} in the fault {text!r} is not a number of 0 or more")


def _where(text: str, where: str) -> frozenset[str]:
    found: set[str] = set()
    for name in where.split(","):
        if name in _GROUPS:
            found |= _GROUPS[name]
        elif name in BY_NAME:
            found.add(BY_NAME[name].id)
        else:
            raise ValueError(f"{name!r} in the fault {text!r} is not an operation; {SYNTAX.splitlines()[1]}")
    return frozenset(found)


def _when(text: str, when: str) -> tuple[int, int | None, float | None]:
    match = _WHEN.fullmatch(when)
    if match is None:
        raise ValueError(f"{when!r} in the fault {text!r} does not name calls; {SYNTAX.splitlines()[2]}")
    if match["all"]:
        return 1, None, None
    if match["chance"]:
        return 1, None, float(match["chance"]) / 100
    if match["count"]:
        return 1, int(match["count"]), None
    return int(match["first"]), int(match["last"]) if match["last"] else None, None


class FaultPlan:
    """The faults of a sandbox, with a count of calls for each and a random number generator.

    The same seed and the same calls give the same faults. Faults are given as text; the methods raise `ValueError` for
    the first invalid one and then change nothing.
    """

    def __init__(
        self,
        faults: Iterable[str] = (),
        *,
        kinds: Mapping[str, FaultKind] = FAULT_KINDS,
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kinds = kinds
        self._random = random.Random(seed)  # noqa: S311 - dice, not a secret
        self._monotonic = monotonic
        self._outage_until = 0.0
        self._faults: list[tuple[Fault, list[int]]] = []
        self._reset = parse_fault("reset")
        self.add(faults)

    def add(self, faults: Iterable[str]) -> None:
        """Add faults. Their calls are counted from now on."""
        self._faults += [(parse_fault(text, self._kinds), [0]) for text in faults]

    def replace(self, faults: Iterable[str]) -> list[str]:
        """Replace all faults, and return the names of the new ones."""
        chosen = [parse_fault(text, self._kinds) for text in faults]
        self._faults = [(fault, [0]) for fault in chosen]
        self._outage_until = 0.0
        return [fault.name for fault in chosen]

    def strikes(self, operation: Operation) -> tuple[Fault, ...]:
        """Count a call of the operation, and return the faults that affect it."""
        if self._monotonic() < self._outage_until:
            return (self._reset,)
        struck = []
        for fault, calls in self._faults:
            if fault.may_strike(operation):
                calls[0] += 1
                if fault.strikes(calls[0], self._random.random()):
                    struck.append(fault)
        for fault in struck:
            if fault.name == "outage":
                self._outage_until = self._monotonic() + fault.number
                return (self._reset,)
        return tuple(struck)


class FaultLayer:
    """ASGI middleware that injects the faults."""

    def __init__(self, app: ASGIApp, plan: FaultPlan, holds: HeldResponses) -> None:
        self._app = app
        self._plan = plan
        self._holds = holds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = scope[OPERATION]
        faults = self._plan.strikes(operation) if operation else ()
        if not faults:
            await self._app(scope, receive, send)
            return
        scope[RECORD].fault = ",".join(fault.name for fault in faults)
        exchange = Exchange(scope, receive, send, self._holds)
        for fault in faults:
            if fault.kind.replace is not None:
                while (await receive()).get("more_body"):
                    pass
                await fault.kind.replace(exchange, fault.value)
                return
        await self._respond_with_faults(exchange, faults)

    async def _respond_with_faults(self, exchange: Exchange, faults: tuple[Fault, ...]) -> None:
        scope = exchange.scope
        scope[WORK_FAULTS] = {fault.name: fault for fault in faults}
        changes = [(fault.kind.change, fault.value) for fault in faults if fault.kind.change is not None]
        if changes:
            scope["headers"] = [item for item in scope["headers"] if item[0] != b"accept-encoding"]
        captured = CapturedResponse()
        await self._app(scope, exchange.receive, captured.catch)
        if captured.start["status"] == 200 and captured.body:
            for change, value in changes:
                captured.change(*change(captured.body, value))
        deliveries = [(fault.kind.deliver, fault.value) for fault in faults if fault.kind.deliver is not None]
        for deliver, value in deliveries[:1]:
            await deliver(exchange, value, captured)
        if not deliveries:
            await captured.send(exchange.send)
