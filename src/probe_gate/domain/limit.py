"""A limit: a value, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Generic, TypeVar

Value = TypeVar("Value", Decimal, int, bool, timedelta, str, covariant=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was set, as a report shows it."""

    text: str
    """`default`, `--min-score`, `PROBE_GATE_MIN_SCORE`, or a place such as `.probe-gate.yml:4:14`."""
    file: str | None = None
    """From the root of the repository, as far as that is known."""
    line: int | None = None
    column: int | None = None

    @staticmethod
    def in_file(name: str, line: int, column: int, *, file: str | None = None) -> Origin:
        """A place in a file that people call `name`; line and column count from 1."""
        return Origin(f"{name}:{line}:{column}", file or name, line, column)

    def __str__(self) -> str:
        return self.text


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Limit(Generic[Value]):
    """A value that something is held to, with its origin."""

    value: Value
    origin: Origin = DEFAULT
