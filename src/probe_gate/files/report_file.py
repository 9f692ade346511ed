"""Finding, parsing and verification of report files.

Report files are untrusted: whatever a file contains, parsing it returns a verdict or raises `ConfigError`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from probe_gate.domain.text import name_of, plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.domain.verify import Difference, find_differences
from probe_gate.errors import ConfigError
from probe_gate.files.report_document import SCHEMA_VERSION, to_document, written_by
from probe_gate.files.report_schema import DecodeError, decode_verdict

REPORT_NAME = "report.json"
MAX_REPORTS = 10_000
MAX_DEPTH = 5
"""The maximum depth of directories below the given one."""

MAX_BYTES = 64 * 1024 * 1024
"""The maximum size of a report; a thousand targets need about a quarter of it."""

HINT = "Give a report.json that probe-gate wrote, unchanged."

DERIVED_KEYS = ("softened", "exitCode")
"""Keys of each target that are derived from others and ignored by the parser."""


def reject_report(source: str, problem: str, hint: str = HINT) -> NoReturn:
    """Raise the `ConfigError` for a file that is not a valid report."""
    raise ConfigError(f"{plain_line(source)} cannot be read as a report: {problem}.", hint)


def read_text(path: Path) -> str:
    """Return the text of a report file.

    Raises:
        ConfigError: The file is missing, unreadable, too large or not UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        reject_report(str(path), error.strerror or str(error))
    if len(content) > MAX_BYTES:
        _reject_size(str(path))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        reject_report(str(path), f"byte {error.start + 1} is not UTF-8 text")


def parse_json(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object in the text.

    Raises:
        ConfigError: The text is anything else, or ambiguous JSON.
    """
    if len(text) > MAX_BYTES:
        _reject_size(source)
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_reject_constant)
    except json.JSONDecodeError as error:
        reject_report(source, f"line {error.lineno}, column {error.colno} is not JSON ({error.msg})")
    except _AmbiguousJsonError as error:
        reject_report(source, error.problem)
    except RecursionError:
        reject_report(source, "it is nested too deeply")
    except ValueError:
        reject_report(source, "it contains a number with thousands of digits")
    if not isinstance(document, dict):
        reject_report(source, "it is not a JSON object")
    return document


class _AmbiguousJsonError(Exception):
    """JSON that parsers interpret differently."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _AmbiguousJsonError(f"the key {plain_line(twice, 80)} appears twice in one object")
    return found


def _reject_constant(name: str) -> NoReturn:
    raise _AmbiguousJsonError(f"{name} is not a number")


def _reject_size(source: str) -> NoReturn:
    reject_report(source, f"it is larger than {MAX_BYTES // 1024 // 1024} MiB")


def load_report(path: Path) -> Verdict:
    """Return the verdict in the file at this path. Raises `ConfigError`."""
    return parse_report(read_text(path), str(path))


def parse_report(text: str, source: str) -> Verdict:
    """Return the verdict in the text of a report; `source` is its name for messages. Raises `ConfigError`.

    Does not check that the verdict follows from its evidence: see `verify_report`.
    """
    return decode_report(parse_json(text, source), source)


def decode_report(document: dict[str, Any], source: str) -> Verdict:
    """Return the verdict in a document that has been parsed. Raises `ConfigError`."""
    version = document.get("schemaVersion")
    if version is None:
        reject_report(source, "it has no schemaVersion")
    if version != SCHEMA_VERSION:
        found = plain_line(str(version), 20)
        reject_report(
            source,
            f"its schemaVersion is {found}, but this probe-gate supports {SCHEMA_VERSION}",
            "Use the version of probe-gate that wrote it.",
        )
    try:
        return decode_verdict(document)
    except DecodeError as error:
        reject_report(source, str(error))


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report whose evidence has been evaluated again."""

    verdict: Verdict
    written_by: str
    """Program and version, as stated in the report."""
    differences: tuple[Difference, ...]
    """Statements that do not follow from the evidence; empty for a consistent report."""


def verify_report(path: Path) -> VerifiedReport:
    """Read a report and evaluate its evidence again. Messages are compared too if this version wrote them.

    Raises:
        ConfigError: The file cannot be read as a report.
    """
    document = parse_json(read_text(path), str(path))
    verdict = decode_report(document, str(path))
    author = str(document.get("writtenBy", ""))
    differences = find_differences(verdict, with_words=author == written_by())
    return VerifiedReport(verdict, author, (*differences, *find_derived_differences(document, verdict)))


def find_derived_differences(document: dict[str, Any], verdict: Verdict) -> list[Difference]:
    """Return the derived values of a document that do not follow from its verdict."""
    return [
        Difference(name_of(target.target), key, str(said.get(key)), str(follows[key]))
        for target, said, follows in zip(
            verdict.targets, document["targets"], to_document(verdict)["targets"], strict=True
        )
        for key in DERIVED_KEYS
        if said.get(key) != follows[key] or type(said.get(key)) is not type(follows[key])
    ]


def find_reports(named: Path, report_dir: Path) -> list[Path]:
    """Return the report of a file or directory, or else those of the directories below it, sorted.

    CI systems provide artifacts directly or each in a directory of its own. Reports in `report_dir`, where this merge
    will write, are left out as those of an earlier merge. Symbolic links to directories are not followed.
    """
    if named.is_file():
        return [named]
    own = named / REPORT_NAME
    below = _below(named, report_dir.resolve())
    if own.is_file() and (named.resolve() != report_dir.resolve() or not below):
        return [own]
    return below


def _below(named: Path, skipped: Path) -> list[Path]:
    found = []
    for directory in _directories(named, skipped):
        path = directory / REPORT_NAME
        if path.is_file():
            found.append(path)
        if len(found) == MAX_REPORTS:
            break
    return found


def _directories(named: Path, skipped: Path) -> Iterator[Path]:
    for name, inner, _ in os.walk(named):
        directory = Path(name)
        inner.sort()
        if len(directory.relative_to(named).parts) >= MAX_DEPTH:
            inner.clear()
        inner[:] = [one for one in inner if (directory / one).resolve() != skipped]
        if directory != named:
            yield directory
