"""Where the reports to merge are: CI systems hand over artifacts as they are, or each in a directory of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

REPORT_NAME = "report.json"
MOST_REPORTS = 10_000
DEEPEST = 5
"""Levels of directories below the one that was named."""


def find_reports(named: Path, report_dir: Path) -> list[Path]:
    """The reports of a file or directory: its own, or else those of the directories below it, in order.

    What an earlier merge may have left in `report_dir`, where this one will write, is no part. Symbolic links to
    directories are not followed. Finds nothing where there is nothing to read.
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
        if len(found) == MOST_REPORTS:
            break
    return found


def _directories(named: Path, skipped: Path) -> Iterator[Path]:
    for name, inner, _ in os.walk(named):
        directory = Path(name)
        inner.sort()
        if len(directory.relative_to(named).parts) >= DEEPEST:
            inner.clear()
        inner[:] = [one for one in inner if (directory / one).resolve() != skipped]
        if directory != named:
            yield directory
