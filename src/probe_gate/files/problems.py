"""Problems of a file, each with its line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from probe_gate.domain.policy import Origin

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

MAX_REPORTED = 100
"""Further problems are only counted."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Line and column in a file, both counted from 1."""

    line: int
    column: int


TOP = Place(1, 1)


class Problems:
    """Collects the problems of a file."""

    def __init__(self, file: str, repository_path: str | None = None) -> None:
        """Start without problems.

        Args:
            file: Path of the file, as the user gave it.
            repository_path: Path from the root of the repository; None if unknown.
        """
        self.file = file
        self._repository_path = repository_path
        self._found: list[tuple[Place, str | Callable[[], str]]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str | Callable[[], str]) -> None:
        """Add a problem: what is wrong at `place` and, unless it is obvious, what to write instead.

        A message that is expensive to make, such as one with a suggestion, can be a function, which is called only if the
        problem is reported.
        """
        self._found.append((place, message))

    def origin(self, place: Place) -> Origin:
        """Return the origin of a value at a place in the file."""
        return Origin.in_file(self.file, place.line, place.column, file=self._repository_path)

    def lines(self) -> tuple[str, ...]:
        """Return `FILE:LINE:COLUMN: message` for each problem, from top to bottom."""
        found = sorted(self._found, key=lambda problem: problem[0])
        lines = [
            f"{self.origin(place)}: {message if isinstance(message, str) else message()}"
            for place, message in found[:MAX_REPORTED]
        ]
        rest = len(found) - len(lines)
        return (*lines, f"{self.file}: and {rest} more problems") if rest else tuple(lines)


def names_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of a model's fields as written in files."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def field_at(model: type[BaseModel], path: Sequence[str | int]) -> FieldInfo:
    """Return the field at the path of an error, which ends with a name."""
    fields = model_at(model, path[:-1]).model_fields
    found: FieldInfo = next(field for name, field in fields.items() if (field.alias or name) == path[-1])
    return found


def model_at(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    """Return the model at the path of an error."""
    for index, part in enumerate(path):
        if isinstance(part, str):
            model = next(_models_in(field_at(model, path[index : index + 1]).annotation))
    return model


def _models_in(annotation: Any) -> Iterator[Any]:
    if hasattr(annotation, "model_fields"):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def required_names(model: type[BaseModel]) -> frozenset[str]:
    """Return the names of a model's required fields."""
    return frozenset(field.alias or name for name, field in model.model_fields.items() if field.is_required())
