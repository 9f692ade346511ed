"""Record which runs were started and which temporary targets were created, so that a killed job can be cleaned up.

The entries go into a file of the report directory, which the cleanup step reads; the gate removes its own entries when it
finishes. On GitHub they also go into the state of the step, which only the action's own post step receives.

The report directory may be in a checkout, so the change under test can supply such a file. Each run tag identifies the
job that its run belongs to, and nothing is done about runs of another job.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

from probe_gate.ci import github
from probe_gate.ci.files import append, write_atomically
from probe_gate.ci.job import CiJob, number_of

STATE_FILE = "unfinished-runs.jsonl"
STATE_PREFIX = "probe_gate_run_"
TARGET_PREFIX = "probe_gate_target_"
FINISHED_STATE = "probe_gate_ended"

_RUN_TAG = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that a gate started, or was about to start."""

    target_id: int
    tag: str
    run_id: int | None
    """None: the trigger was sent or about to be sent, and the response is unknown."""


@dataclass(frozen=True, slots=True)
class CreatedTarget:
    """A temporary target that a gate created and has not deleted."""

    target_id: int
    tag: str
    """The run tag at the start of its name."""


class GitHubState:
    """Records runs in the state of the GitHub step."""

    def __init__(self, path: str) -> None:
        self._path = path

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        self._set(f"{STATE_PREFIX}{target_id}", tag if run_id is None else f"{tag} {run_id}")

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        self._set(f"{TARGET_PREFIX}{target_id}", tag if is_there else "")

    def mark_finished(self) -> None:
        """Record that the gate has finished, so that the post step has nothing to do."""
        self._set(FINISHED_STATE, "true")

    def _set(self, name: str, value: str) -> None:
        github.set_values(self._path, "GITHUB_STATE", {name: value})


class StateFile:
    """Records runs in a file of the report directory, which consecutive gates of a job share."""

    def __init__(self, report_dir: Path, is_own: Callable[[str], bool] = lambda _tag: False) -> None:
        """Keep the entries of earlier gates of this job for its cleanup step and drop all others.

        Args:
            report_dir: The report directory.
            is_own: Returns whether a run tag belongs to this job.
        """
        self._directory = report_dir
        self._path = report_dir / STATE_FILE
        own: list[Any] = []
        others: list[Any] = []
        for entry in _entries(self._path):
            (own if is_own(_tag_of(entry)) else others).append(entry)
        self._earlier = own
        self.unfinished: tuple[StartedRun, ...] = _runs_of(others)
        """Runs of gates of other jobs that did not finish. Not to be trusted."""
        self._rewrite()

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        self._add({"target": target_id, "tag": tag, "run": run_id})

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        self._add({"target": target_id, "tag": tag, "made": is_there})

    def mark_finished(self) -> None:
        """Remove the entries of this gate, which has finished."""
        self._rewrite()

    def _add(self, entry: dict[str, object]) -> None:
        line = json.dumps(entry) + "\n"
        with contextlib.suppress(OSError):
            append(self._path, line.encode())

    def _rewrite(self) -> None:
        """Keep only the entries of earlier gates. A symbolic link is replaced, not followed."""
        with contextlib.suppress(OSError):
            if self._earlier:
                lines = [json.dumps(entry) + "\n" for entry in self._earlier]
                write_atomically(self._directory, STATE_FILE, "".join(lines))
            else:
                self._path.unlink()


class CombinedState:
    """Records runs in the state of the GitHub step and in the file.

    Nothing else can access the state, but only the post step of an action receives it; a step that runs a script has only
    the file.
    """

    def __init__(self, state: GitHubState, file: StateFile) -> None:
        self._states = (state, file)
        self.unfinished = file.unfinished

    def note_run(self, target_id: int, tag: str, run_id: int | None) -> None:
        for state in self._states:
            state.note_run(target_id, tag, run_id)

    def note_target(self, target_id: int, tag: str, *, is_there: bool) -> None:
        for state in self._states:
            state.note_target(target_id, tag, is_there=is_there)

    def mark_finished(self) -> None:
        for state in self._states:
            state.mark_finished()


def open_state(
    job: CiJob, report_dir: Path, is_own: Callable[[str], bool] = lambda _tag: False
) -> CombinedState | StateFile:
    """Return where this CI system keeps state. `is_own` returns whether a run tag belongs to this job."""
    file = StateFile(report_dir, is_own)
    if job.runner_files.state:
        return CombinedState(GitHubState(job.runner_files.state), file)
    return file


def has_state(job: CiJob) -> bool:
    """Return whether this is the post step of a GitHub action that recorded anything in its state."""
    return any(name.startswith((STATE_PREFIX, TARGET_PREFIX, FINISHED_STATE)) for name, _ in job.saved_state)


def read_state(job: CiJob) -> tuple[StartedRun, ...]:
    """Return the unfinished runs that the main step of a GitHub action recorded."""
    runs = []
    for target_id, value in _saved(job, STATE_PREFIX):
        tag, _, run_id = value.partition(" ")
        runs.append(_started(target_id, tag, run_id or None))
    return tuple(run for run in runs if run is not None)


def read_created_state(job: CiJob) -> tuple[CreatedTarget, ...]:
    """Return the temporary targets that the main step created and did not delete."""
    made = [_made(target_id, tag) for target_id, tag in _saved(job, TARGET_PREFIX)]
    return tuple(target for target in made if target is not None)


def _saved(job: CiJob, prefix: str) -> list[tuple[str, str]]:
    """Return the entries with that prefix, without it; none if the main step finished."""
    if any(name == FINISHED_STATE and value for name, value in job.saved_state):
        return []
    return [(name.removeprefix(prefix), value) for name, value in job.saved_state if name.startswith(prefix)]


def read_state_file(path: Path) -> tuple[StartedRun, ...]:
    """Return the unfinished runs that a gate recorded in its report directory. Invalid lines are skipped."""
    return _runs_of(_entries(path))


def _runs_of(entries: Iterable[Any]) -> tuple[StartedRun, ...]:
    runs: dict[tuple[int, str], StartedRun] = {}
    for entry in entries:
        with contextlib.suppress(TypeError, KeyError):
            run = _started(entry["target"], entry["tag"], entry["run"])
            if run is not None:
                runs[run.target_id, run.tag] = run
    return tuple(runs.values())


def _tag_of(entry: Any) -> str:
    tag = entry.get("tag") if isinstance(entry, dict) else None
    return tag if isinstance(tag, str) else ""


def read_created_file(path: Path) -> tuple[CreatedTarget, ...]:
    """Return the temporary targets that a gate recorded and did not delete. Invalid lines are skipped."""
    made: dict[int, CreatedTarget] = {}
    for entry in _entries(path):
        with contextlib.suppress(TypeError, KeyError):
            target = _made(entry["target"], entry["tag"])
            if target is not None and entry["made"] is True:
                made[target.target_id] = target
            elif target is not None and entry["made"] is False:
                made.pop(target.target_id, None)
    return tuple(made.values())


def _entries(path: Path) -> Iterator[Any]:
    """Yield the JSON values in the lines of the file, skipping others.

    Nothing is read through a link or from a pipe, which may block.
    """
    try:
        if path.is_symlink() or not path.is_file():
            return
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        with contextlib.suppress(ValueError, RecursionError):
            yield json.loads(line)


def _started(target_id: Any, tag: Any, run_id: Any) -> StartedRun | None:
    number, run_number = number_of(str(target_id)), number_of(str(run_id))
    if number is None or (run_number is None and run_id is not None) or not _is_run_tag(tag):
        return None
    return StartedRun(number, tag, run_number)


def _made(target_id: Any, tag: Any) -> CreatedTarget | None:
    number = number_of(str(target_id))
    return CreatedTarget(number, tag) if number is not None and _is_run_tag(tag) else None


def _is_run_tag(tag: Any) -> TypeGuard[str]:
    return isinstance(tag, str) and _RUN_TAG.fullmatch(tag) is not None
