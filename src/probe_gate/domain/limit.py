"""A limit: a value, and where it came from."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from probe_gate.quick_dataclass import dataclass

Value = TypeVar("Value", Decimal, int, bool, timedelta, str, covariant=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was set, as a report shows it."""

    text: str
    """`default`, `--min-score`, `PROBE_GATE_MIN_SCORE`, or a place such as `.probe-gate.yml:4:14`."""
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @staticmethod
    def in_file(file: str, line: int, column: int) -> Origin:
        """A place in a file; line and column count from 1."""
        return Origin(f"{file}:{line}:{column}", file, line, column)

    def __str__(self) -> str:
        return self.text


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Limit(Generic[Value]):
    """A value that something is held to, with its origin."""

    value: Value
    origin: Origin = DEFAULT
