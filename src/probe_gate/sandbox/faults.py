"""Faults as values: which, where, when; read from `NAME[=VALUE][@WHERE][:WHEN]`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from probe_gate.sandbox.fault_kinds import KINDS, Kind
from probe_gate.sandbox.operations import BY_NAME, OPERATIONS, Operation

_GROUPS: dict[str, frozenset[str]] = {
    "any": frozenset(operation.id for operation in OPERATIONS),
    "reads": frozenset(operation.id for operation in OPERATIONS if operation.is_read),
    "writes": frozenset(operation.id for operation in OPERATIONS if not operation.is_read),
}
_SPEC = re.compile(r"(?P<name>[a-z0-9-]+)(=(?P<value>.*?))?(@(?P<where>[A-Za-z,]+))?(:(?P<when>[0-9.%*-]+))?")
_WHEN = re.compile(r"(?P<all>\*)|(?P<chance>[0-9.]+)%|(?P<count>[0-9]+)|(?P<first>[0-9]+)-(?P<last>[0-9]*)")

SYNTAX = """NAME[=VALUE][@WHERE][:WHEN]
WHERE: trigger, cancel, list, scores, create, update, get, delete, types; reads, writes, any; several with commas
WHEN:  3 (the first three calls), 2-4 (the second to the fourth), 2- (from the second on), 20% (by chance), * (all)"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and the calls that it strikes."""

    name: str
    value: str
    operations: frozenset[str]
    """The operationIds it may strike."""
    first: int = 1
    """The first call of these operations that it strikes, counted from 1."""
    last: int | None = None
    """The last one; None for no end."""
    chance: float | None = None
    """Between 0 and 1: strikes each call with that probability."""

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    @property
    def number(self) -> float:
        """The value as a number. Raises `ValueError` when it is none."""
        return float(self.value)

    def may_strike(self, operation: Operation) -> bool:
        return operation.id in self.operations

    def strikes(self, call: int, dice: float) -> bool:
        """Whether it strikes that call, the `call`th of its operations; `dice` is between 0 and 1."""
        if self.chance is not None:
            return dice < self.chance
        return call >= self.first and (self.last is None or call <= self.last)


def parse_fault(text: str) -> Fault:
    """A fault from its words. Raises `ValueError` with what is wrong."""
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a fault; write {SYNTAX.splitlines()[0]}")
    name = match["name"]
    if name not in KINDS:
        near = get_close_matches(name, KINDS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no fault called {name!r}.{hint}")
    kind = KINDS[name]
    value = kind.value if match["value"] is None else match["value"]
    if kind.value:
        _check_number(text, value)
    first, last, chance = _when(text, match["when"] or kind.when)
    return Fault(name, value, _where(text, match["where"] or kind.where), first, last, chance)


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
            raise ValueError(f"{name!r} in the fault {text!r} is no operation; {SYNTAX.splitlines()[1]}")
    return frozenset(found)


def _when(text: str, when: str) -> tuple[int, int | None, float | None]:
    match = _WHEN.fullmatch(when)
    if match is None:
        raise ValueError(f"{when!r} in the fault {text!r} says no calls; {SYNTAX.splitlines()[2]}")
    if match["all"]:
        return 1, None, None
    if match["chance"]:
        return 1, None, float(match["chance"]) / 100
    if match["count"]:
        return 1, int(match["count"]), None
    return int(match["first"]), int(match["last"]) if match["last"] else None, None


def parse_faults(faults: Iterable[str | Fault]) -> tuple[Fault, ...]:
    """Faults from words or values. Raises `ValueError` for the first that is wrong."""
    return tuple(parse_fault(fault) if isinstance(fault, str) else fault for fault in faults)
