"""The fields of the platform's answers: each is read as what it must be, or refused by name; new ones are let through.

By hand: a library of models costs more at the start of each gate than all of its requests (docs/performance.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from probe_gate.domain.plain_text import plain_line

LONGEST_TEXT = 500
LARGEST_ID = 2**31 - 1
SMALLEST_COUNT = -(2**31)

Scrub = Callable[[str], str]


class NonsenseError(ValueError):
    """A field of an answer makes no sense; the text names it, for people."""


class Fields:
    """The fields of one JSON object. Types are taken as they stand, without conversion, but 84.0 is an integer to JSON.

    A field that is missing or null reads as None, unless it is required. Every reading raises `NonsenseError`.
    """

    def __init__(self, value: object, scrub: Scrub, place: str = "") -> None:
        """`scrub` takes secrets out of texts. `place`: where in the answer the object stands, for people."""
        self._scrub = scrub
        self._place = place
        if not isinstance(value, dict):
            raise NonsenseError(f"{place} is not an object" if place else "it is not an object")
        self._values: Mapping[Any, Any] = value

    def get(self, name: str) -> Any:
        """The field as it came."""
        return self._values.get(name)

    def require(self, name: str) -> Any:
        """The field as it came; it may be null, but not missing."""
        if name not in self._values:
            raise self.nonsense(name, "is missing")
        return self._values[name]

    def id(self, name: str) -> int:
        """A required id."""
        self.require(name)
        found = self.integer(name, 1, LARGEST_ID)
        if found is None:
            raise self.nonsense(name, "is not an integer")
        return found

    def integer(self, name: str, least: int = SMALLEST_COUNT, most: int = LARGEST_ID) -> int | None:
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self.nonsense(name, "is not an integer")
        self._check_bounds(name, value, least, most)
        return value

    def number(self, name: str, least: float = -math.inf, most: float = math.inf) -> float | None:
        """Finite, whatever the bounds."""
        value = self._values.get(name)
        if value is None:
            return None
        if type(value) not in (int, float) or not math.isfinite(value):
            raise self.nonsense(name, "is not a number")
        self._check_bounds(name, value, least, most)
        return float(value)

    def flag(self, name: str) -> bool:
        """A required true or false."""
        value = self.require(name)
        if not isinstance(value, bool):
            raise self.nonsense(name, "is not true or false")
        return value

    def text(self, name: str) -> str | None:
        """Clean, on one line, bounded, without secrets."""
        value = self._values.get(name)
        return None if value is None else self._clean(name, value)

    def required_text(self, name: str) -> str:
        return self._clean(name, self.require(name))

    def texts(self, name: str, most: int) -> tuple[str, ...] | None:
        values = self._list(name, most)
        if values is None:
            return None
        return tuple(self._clean(f"{name}.{place}", value) for place, value in enumerate(values))

    def nested_list(self, name: str) -> list[Fields]:
        """A required list of objects."""
        self.require(name)
        values = self._list(name)
        if values is None:
            raise self.nonsense(name, "is not a list")
        return [Fields(value, self._scrub, self._path(f"{name}.{place}")) for place, value in enumerate(values)]

    def nested(self, name: str, most: int | None = None) -> Fields | None:
        value = self._values.get(name)
        if value is None:
            return None
        found = Fields(value, self._scrub, self._path(name))
        if most is not None and len(found._values) > most:
            raise self.nonsense(name, "has too many entries")
        return found

    def numbers_by_category(self, least: float, most: float) -> dict[str, float | None]:
        """All fields as numbers, each by the clean name of its category; no two may be the same but for case."""
        found = {self._clean(name, name): self.number(name, least, most) for name in self._values}
        if len({name.casefold() for name in found}) != len(self._values):
            raise NonsenseError(f"{self._place or 'it'} names the same category twice")
        return found

    def nonsense(self, name: str, reason: str) -> NonsenseError:
        """The error for a field, in words that are fit to be shown."""
        return NonsenseError(plain_line(self._scrub(f"{self._path(name)} {reason}"), 200))

    def _list(self, name: str, most: int | None = None) -> list[Any] | None:
        value = self._values.get(name)
        if value is not None and not isinstance(value, list):
            raise self.nonsense(name, "is not a list")
        if value is not None and most is not None and len(value) > most:
            raise self.nonsense(name, "has too many entries")
        return value

    def _path(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def _check_bounds(self, name: str, value: float, least: float, most: float) -> None:
        if not least <= value <= most:
            raise self.nonsense(name, f"is {str(value)[:30]}, which is too {'small' if value < least else 'large'}")

    def _clean(self, name: str, value: object) -> str:
        if not isinstance(value, str):
            raise self.nonsense(name, "is not text")
        return plain_line(self._scrub(value), LONGEST_TEXT)
