"""The text of a report file as plain JSON values: bounded, and without the traps of JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from probe_gate.domain.text import plain_line
from probe_gate.errors import ConfigError

LARGEST_BYTES = 64 * 1024 * 1024
"""Of one report; a gate of a thousand targets writes about a quarter of it."""

WHAT_TO_GIVE = "Give a report.json that probe-gate wrote, unchanged."


def refuse(source: str, problem: str, advice: str = WHAT_TO_GIVE) -> NoReturn:
    """Raises the `ConfigError` that says which file cannot be read as a report, and why."""
    raise ConfigError(f"{plain_line(source)} cannot be read as a report: {problem}.", advice)


def read_text(path: Path) -> str:
    """The text of a report file. Raises `ConfigError` when it is not there, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        refuse(str(path), error.strerror or str(error))
    if len(content) > LARGEST_BYTES:
        _refuse_size(str(path))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        refuse(str(path), f"byte {error.start + 1} is not UTF-8 text")


def parse_json(text: str, source: str) -> dict[str, Any]:
    """The object that the text holds. Raises `ConfigError` when it is anything else."""
    if len(text) > LARGEST_BYTES:
        _refuse_size(source)
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        refuse(source, f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})")
    except _TrapError as trap:
        refuse(source, trap.problem)
    except RecursionError:
        refuse(source, "it is nested too deeply")
    except ValueError:
        refuse(source, "it holds a number with thousands of digits")
    if not isinstance(document, dict):
        refuse(source, "it is not a JSON object")
    return document


class _TrapError(Exception):
    """Something that JSON's readers disagree on."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _TrapError(f"the key {plain_line(twice, 80)} stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise _TrapError(f"{name} is not a number")


def _refuse_size(source: str) -> NoReturn:
    refuse(source, f"it is larger than {LARGEST_BYTES // 1024 // 1024} MiB")
