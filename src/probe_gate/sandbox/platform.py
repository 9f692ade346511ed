"""The state of the sandbox: its workspace, its targets and their runs; and how it is saved to a file.

The file holds the secrets of targets in plain text, so only its owner can read it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probe_gate.sandbox.engine import Engine, TargetState
from probe_gate.sandbox.other_runs import History
from probe_gate.sandbox.responses import ApiError
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.targets import Target, first_targets

VERSION = 3
WORKSPACE_ID = 4711
FIRST_TARGET_ID = 1


@dataclass(frozen=True, slots=True)
class State:
    """The contents of a state file."""

    targets: dict[int, Target]
    target_states: list[TargetState]
    next_target_id: int
    next_run_id: int


class _Scenarios:
    """The scenarios of a state file: each is written once and referred to by its index."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def place_of(self, scenario: Scenario) -> int:
        text = json.dumps(scenario.to_json(), sort_keys=True)
        if text not in self.written:
            self.written.append(text)
        return self.written.index(text)


def save_state(
    path: Path,
    targets: Mapping[int, Target],
    target_states: Iterable[TargetState],
    next_target_id: int,
    next_run_id: int,
) -> None:
    """Replace the file atomically. Only its owner can read it."""
    scenarios = _Scenarios()
    state = {
        "version": VERSION,
        "nextTargetId": next_target_id,
        "nextRunId": next_run_id,
        "targets": {str(key): [target.connection, target.settings] for key, target in targets.items()},
        "targetStates": [_target_state_json(target_state, scenarios) for target_state in target_states],
    }
    state["scenarios"] = [json.loads(text) for text in scenarios.written]
    handle, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(state, file)
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _target_state_json(target_state: TargetState, scenarios: _Scenarios) -> dict[str, Any]:
    return {
        "targetId": target_state.target_id,
        "scenario": scenarios.place_of(target_state.scenario),
        "wasQueried": target_state.was_queried,
        "isNew": target_state.is_new,
        "history": {
            "scenario": scenarios.place_of(target_state.history.scenario),
            "count": target_state.history.count,
            "firstId": target_state.history.first_id,
            "until": target_state.history.until,
        },
        "runs": [_run_json(run, scenarios) for run in target_state.runs],
    }


def _run_json(run: Run, scenarios: _Scenarios) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "startedBy": run.started_by,
        "scenario": scenarios.place_of(run.scenario),
        "probes": [probe.id for probe in run.probes],
        "requestedAt": run.requested_at,
        "pace": run.pace,
        "cancelRequestedAt": run.cancel_requested_at,
        "isOurs": run.is_ours,
        "dateShift": run.date_shift,
    }


def load_state(path: Path) -> State:
    """Return the contents of a state file.

    Raises:
        ValueError: It is not a state file of this version.
    """
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["version"] != VERSION:
            raise ValueError(f"version {state['version']}")
        scenarios = [Scenario.from_json(item) for item in state["scenarios"]]
        return State(
            {int(key): Target(*target) for key, target in state["targets"].items()},
            [_parse_target_state(item, scenarios) for item in state["targetStates"]],
            state["nextTargetId"],
            state["nextRunId"],
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{path} is not a state file of this sandbox ({error}).") from error


def _parse_target_state(item: dict[str, Any], scenarios: list[Scenario]) -> TargetState:
    earlier = item["history"]
    history = History(scenarios[earlier["scenario"]], earlier["count"], earlier["firstId"], earlier["until"])
    target_state = TargetState(
        item["targetId"], scenarios[item["scenario"]], history, was_queried=item["wasQueried"], is_new=item["isNew"]
    )
    target_state.runs = [_parse_run(run, target_state.target_id, scenarios[run["scenario"]]) for run in item["runs"]]
    return target_state


def _parse_run(item: dict[str, Any], target_id: int, scenario: Scenario) -> Run:
    ran = set(item["probes"])
    return Run(
        item["id"],
        target_id,
        item["name"],
        item["startedBy"],
        scenario,
        tuple(probe for probe in scenario.probes if probe.id in ran),
        item["requestedAt"],
        item["pace"],
        item["cancelRequestedAt"],
        item["isOurs"],
        item["dateShift"],
    )


class Platform:
    """One workspace. With a `state_file`, the state is loaded from it, and every change is saved to it.

    Raises:
        ValueError: The state file is invalid.
        OSError: It cannot be read or written.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        now: Callable[[], float],
        speed: float = 1.0,
        workspace_id: int = WORKSPACE_ID,
        targets: int = 5,
        history: int | None = None,
        not_found: int = 403,
        state_file: Path | None = None,
    ) -> None:
        self.workspace_id = workspace_id
        self.engine = Engine(scenario, now=now, speed=speed, not_found=not_found, history=history)
        self._state_file = state_file
        state = load_state(state_file) if state_file is not None and state_file.exists() else None
        if state is None:
            self.targets = first_targets(targets, FIRST_TARGET_ID)
            for target_id in self.targets:
                self.engine.add_target(target_id)
            self._next_target_id = FIRST_TARGET_ID + targets
        else:
            self.targets = state.targets
            self._next_target_id = state.next_target_id
            self.engine.restore(state.target_states, state.next_run_id)
        self.save()

    def check_workspace(self, workspace_id: int) -> None:
        """Raise `ApiError` (403) for any workspace but the sandbox's."""
        if workspace_id != self.workspace_id:
            raise ApiError(403, "FORBIDDEN", f"No access to workspace {workspace_id}.")

    def target(self, target_id: int) -> Target:
        """Return a target, or raise `ApiError` if there is none."""
        self.engine.target_state(target_id)
        return self.targets[target_id]

    def create_target(self, target: Target) -> int:
        target_id = self._next_target_id
        self._next_target_id += 1
        self.targets[target_id] = target
        self.engine.add_target(target_id, is_new=True)
        return target_id

    def update_target(self, target_id: int, changed: Target) -> None:
        self.targets[target_id] = changed

    def delete_target(self, target_id: int) -> Target:
        """Delete a target with its runs, and return it."""
        target = self.target(target_id)
        self.engine.drop_target(target_id)
        del self.targets[target_id]
        return target

    def save(self) -> None:
        """Save the state, if there is a state file."""
        if self._state_file is not None:
            save_state(
                self._state_file, self.targets, self.engine.target_states, self._next_target_id, self.engine.next_run_id
            )
