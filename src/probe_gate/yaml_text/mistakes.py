"""Every mistake of a file, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from probe_gate.domain.policy import Origin

MOST = 100
"""Nobody mends more at once; the rest is counted."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int


class Mistakes:
    """Gathers what is wrong with one file."""

    def __init__(self, file: str, repository_path: str | None = None) -> None:
        """`file` is its name for messages; `repository_path` its path from the root of the repository, if known."""
        self.file = file
        self._repository_path = repository_path
        self._found: list[tuple[Place, str]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str) -> None:
        """`message` says what is wrong there and, where it is not plain, what to write instead."""
        self._found.append((place, message))

    def origin(self, place: Place) -> Origin:
        """A place of the file as the origin of a value."""
        return Origin.in_file(self.file, place.line, place.column, file=self._repository_path)

    def problems(self) -> tuple[str, ...]:
        """`FILE:LINE:COLUMN: what is wrong`, from top to bottom."""
        lines = [f"{self.origin(place)}: {message}" for place, message in sorted(self._found)]
        rest = len(lines) - MOST
        return (*lines[:MOST], f"{self.file}: and {rest} more mistakes") if rest > 0 else tuple(lines)
