"""The kinds of values in a reading. Each parses a value from text and renders it again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Protocol

from probe_gate.sandbox.timestamps import is_zone

MAX_DURATION_SECONDS = 3660 * 86_400.0
MAX_COUNT = 1_000_000

_DURATION = re.compile(r"(?P<number>\d{1,12}(?:\.\d{1,9})?)(?P<unit>ms|s|m|h|d)?", re.ASCII)
_UNIT_SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
_COUNTS = re.compile(r"(\d{1,7})/(\d{1,7})(?:/(\d{1,7}))?", re.ASCII)
_STATUS = re.compile(r"[^\s,=+/]+( [^\s,=+/]+)*")
_MAX_STATUS_CHARACTERS = 64


def did_you_mean(text: str, known: tuple[str, ...]) -> str:
    """Return a hint with the nearest known name; empty if none is similar."""
    near = get_close_matches(text, known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


class Kind(Protocol):
    """One kind of value."""

    @property
    def expected(self) -> str:
        """What to write, for messages and documentation."""

    def parse(self, text: str) -> Any:
        """Return the value of `text`, or raise `ValueError`."""

    def render(self, value: Any) -> str:
        """Return the text that `parse` turns into this value."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names."""

    names: tuple[str, ...]

    @property
    def expected(self) -> str:
        return " | ".join(self.names)

    def parse(self, text: str) -> str:
        if text not in self.names:
            raise ValueError(f"{text!r} is not one of {', '.join(self.names)}.{did_you_mean(text, self.names)}")
        return text

    def render(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Zone:
    """How the time zone is written."""

    expected: str = "Z | OFFSET | none | local | localOFFSET"

    def parse(self, text: str) -> str:
        if not is_zone(text):
            raise ValueError(
                f"{text!r} is not a time zone: write Z, an offset such as +02:00, none, local or local-05:00."
            )
        return text

    def render(self, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class Pair:
    """One value for the runs' dates and one for the scores' date, or one for both."""

    each: Kind

    @property
    def expected(self) -> str:
        return f"{self.each.expected}; RUN/SCORES"

    def parse(self, text: str) -> tuple[Any, Any]:
        parts = text.split("/")
        if len(parts) > 2:
            raise ValueError(f"{text!r} has {len(parts)} parts: write one value for both dates, or RUN/SCORES.")
        return self.each.parse(parts[0]), self.each.parse(parts[-1])

    def render(self, value: tuple[Any, Any]) -> str:
        run, scores = (self.each.render(item) for item in value)
        return run if run == scores else f"{run}/{scores}"


@dataclass(frozen=True, slots=True)
class Several:
    """Any number of names, joined by `+`; names of one group exclude each other."""

    none: str
    names: tuple[str, ...]
    exclusive: tuple[frozenset[str], ...] = ()

    @property
    def expected(self) -> str:
        return f"{self.none} | {' | '.join(self.names)}; several with +"

    def parse(self, text: str) -> frozenset[str]:
        if text == self.none:
            return frozenset()
        known = (self.none, *self.names)
        found: set[str] = set()
        for part in text.split("+"):
            if part not in self.names:
                raise ValueError(f"{part!r} is not one of {', '.join(known)}.{did_you_mean(part, known)}")
            found.add(part)
        for group in self.exclusive:
            if len(found & group) > 1:
                raise ValueError(f"{' and '.join(sorted(found & group))} exclude each other.")
        return frozenset(found)

    def render(self, value: frozenset[str]) -> str:
        return "+".join(name for name in self.names if name in value) or self.none


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration in seconds, or a keyword for another value."""

    keywords: Mapping[str, float | None]

    @property
    def expected(self) -> str:
        return " | ".join((*self.keywords, "DURATION"))

    def parse(self, text: str) -> float | None:
        if text in self.keywords:
            return self.keywords[text]
        match = _DURATION.fullmatch(text)
        if match is None:
            keywords = "".join(f" or {word}" for word in self.keywords)
            raise ValueError(
                f"{text!r} is not a duration: write a number with ms, s, m, h or d, such as 30s{keywords}."
                f"{did_you_mean(text, tuple(self.keywords))}"
            )
        seconds = float(Decimal(match["number"]) * _UNIT_SECONDS[match["unit"] or "s"])
        if seconds > MAX_DURATION_SECONDS:
            raise ValueError(f"{text!r} is too long: at most 3660d.")
        return seconds

    def render(self, value: float | None) -> str:
        for word, meaning in self.keywords.items():
            if value == meaning:
                return word
        assert value is not None  # noqa: S101 - a reading holds only what `parse` returns
        return f"{Decimal(repr(value)):f}".removesuffix(".0") + "s"


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number in a range, or a keyword for another value."""

    low: int
    high: int
    keywords: Mapping[str, int | None]

    @property
    def expected(self) -> str:
        return " | ".join((*self.keywords, f"{self.low} to {self.high}"))

    def parse(self, text: str) -> int | None:
        if text in self.keywords:
            return self.keywords[text]
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and self.low <= int(text) <= self.high):
            keywords = "".join(f", or {word}" for word in self.keywords)
            raise ValueError(f"{text!r} is not a whole number from {self.low} to {self.high}{keywords}.")
        return int(text)

    def render(self, value: int | None) -> str:
        for word, meaning in self.keywords.items():
            if value == meaning:
                return word
        return str(value)


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Passed, failed and errored test cases, or a keyword."""

    keywords: tuple[str, ...]

    @property
    def expected(self) -> str:
        return " | ".join((*self.keywords, "COUNTS"))

    def parse(self, text: str) -> tuple[int, int, int] | str:
        if text in self.keywords:
            return text
        match = _COUNTS.fullmatch(text)
        if match is None:
            raise ValueError(
                f"{text!r} is not PASSED/FAILED or PASSED/FAILED/ERRORS, such as 190/10, or {' or '.join(self.keywords)}."
            )
        passed, failed, errors = (int(number or 0) for number in match.groups())
        if passed + failed + errors > MAX_COUNT:
            raise ValueError(f"{text!r} is more than {MAX_COUNT} test cases.")
        return passed, failed, errors

    def render(self, value: tuple[int, int, int] | str) -> str:
        if isinstance(value, str):
            return value
        passed, failed, errors = value
        return f"{passed}/{failed}" + (f"/{errors}" if errors else "")


@dataclass(frozen=True, slots=True)
class StatusName:
    """A status of the platform, or a keyword for None."""

    none: str

    @property
    def expected(self) -> str:
        return f"{self.none} | STATUS"

    def parse(self, text: str) -> str | None:
        if text == self.none:
            return None
        if len(text) > _MAX_STATUS_CHARACTERS or not text.isprintable() or _STATUS.fullmatch(text) is None:
            raise ValueError(
                f"{text!r} is not a status: write up to {_MAX_STATUS_CHARACTERS} characters without , = + and /."
            )
        return text

    def render(self, value: str | None) -> str:
        return self.none if value is None else value


NEVER: Mapping[str, float | None] = {"never": math.inf}
NONE: Mapping[str, float | None] = {"none": None}
