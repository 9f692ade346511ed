"""Writes down at once which runs were started, so that the run of a job that was killed can be found.

On GitHub the note goes into the state of the step, which its post step gets; elsewhere into a file of
the report directory, which a step for clean-up can read and which is gone when the gate came to its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probe_gate.ci import github
from probe_gate.ci.job import CiJob

JOURNAL_FILE = "unfinished-runs.jsonl"
STATE_PREFIX = "probe_gate_run_"
ENDED_STATE = "probe_gate_ended"

_MARK = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that a gate started, or was about to start."""

    target_id: int
    mark: str
    run_id: int | None
    """None: the trigger was sent, or about to be, and its answer is not known."""


class GitHubJournal:
    """Notes runs in the state of the GitHub step."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def note_run(self, target_id: int, mark: str, run_id: int | None) -> None:
        self._set(f"{STATE_PREFIX}{target_id}", mark if run_id is None else f"{mark} {run_id}")

    def note_end(self) -> None:
        """Called when the gate itself has seen to every run: the post step then has nothing to do."""
        self._set(ENDED_STATE, "true")

    def _set(self, name: str, value: str) -> None:
        github.set_values(self._environ, "GITHUB_STATE", {name: value})


class FileJournal:
    """Notes runs in a file of the report directory."""

    def __init__(self, report_dir: Path) -> None:
        self._path = report_dir / JOURNAL_FILE
        self.left_behind: tuple[StartedRun, ...] = read_journal_file(self._path)
        """What an earlier gate in this directory left without coming to its end; a hint, not to be trusted."""
        with contextlib.suppress(OSError):
            self._path.unlink()

    def note_run(self, target_id: int, mark: str, run_id: int | None) -> None:
        line = json.dumps({"target": target_id, "mark": mark, "run": run_id}) + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with contextlib.suppress(OSError):
            descriptor = os.open(self._path, flags, 0o644)
            with os.fdopen(descriptor, "wb") as file:
                file.write(line.encode())

    def note_end(self) -> None:
        """Called when the gate itself has seen to every run: the file goes."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def open_journal(job: CiJob, environ: Mapping[str, str], report_dir: Path) -> GitHubJournal | FileJournal:
    """The journal of this CI system."""
    if job.system == "github" and environ.get("GITHUB_STATE"):
        return GitHubJournal(environ)
    return FileJournal(report_dir)


def read_state(environ: Mapping[str, str]) -> tuple[StartedRun, ...]:
    """The runs that a GitHub step noted and did not see to, from the variables of its post step."""
    if environ.get(f"STATE_{ENDED_STATE}"):
        return ()
    runs = []
    for name, value in environ.items():
        if not name.startswith(f"STATE_{STATE_PREFIX}"):
            continue
        mark, _, run_id = value.partition(" ")
        runs.append(_started(name.removeprefix(f"STATE_{STATE_PREFIX}"), mark, run_id or None))
    return tuple(run for run in runs if run is not None)


def read_journal_file(path: Path) -> tuple[StartedRun, ...]:
    """The runs that a gate noted in its report directory and did not see to. Lines that make no sense are passed over."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    runs: dict[tuple[int, str], StartedRun] = {}
    for line in text.splitlines():
        with contextlib.suppress(ValueError, TypeError, KeyError, RecursionError):
            entry = json.loads(line)
            run = _started(entry["target"], entry["mark"], entry["run"])
            if run is not None:
                runs[run.target_id, run.mark] = run
    return tuple(runs.values())


def _started(target_id: Any, mark: Any, run_id: Any) -> StartedRun | None:
    try:
        run = StartedRun(int(target_id), str(mark), None if run_id is None else int(run_id))
    except (ValueError, TypeError):
        return None
    return run if _MARK.fullmatch(run.mark) else None
