"""The sandbox's memory in a file.

Secrets of targets stand in it as they were given: the file is for its owner alone.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probe_gate.sandbox.history import History
from probe_gate.sandbox.runs import Run
from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.targets import Target
from probe_gate.sandbox.track import Track

VERSION = 2


@dataclass(frozen=True, slots=True)
class State:
    """What a state file holds."""

    targets: dict[int, Target]
    tracks: list[Track]
    next_target_id: int
    next_run_id: int


class _Scenarios:
    """Each scenario is written once, and named by its place."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def place_of(self, scenario: Scenario) -> int:
        text = json.dumps(scenario.to_json(), sort_keys=True)
        if text not in self.written:
            self.written.append(text)
        return self.written.index(text)


def save_state(
    path: Path, targets: Mapping[int, Target], tracks: Iterable[Track], next_target_id: int, next_run_id: int
) -> None:
    """Write the file anew, whole or not at all, readable for its owner only."""
    scenarios = _Scenarios()
    state = {
        "version": VERSION,
        "nextTargetId": next_target_id,
        "nextRunId": next_run_id,
        "targets": {str(key): [target.connection, target.settings] for key, target in targets.items()},
        "tracks": [_track_json(track, scenarios) for track in tracks],
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


def _track_json(track: Track, scenarios: _Scenarios) -> dict[str, Any]:
    return {
        "targetId": track.target_id,
        "scenario": scenarios.place_of(track.scenario),
        "wasAsked": track.was_asked,
        "isNew": track.is_new,
        "history": {
            "scenario": scenarios.place_of(track.history.scenario),
            "count": track.history.count,
            "firstId": track.history.first_id,
            "until": track.history.until,
        },
        "runs": [_run_json(run, scenarios) for run in track.runs],
    }


def _run_json(run: Run, scenarios: _Scenarios) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "startedBy": run.started_by,
        "scenario": scenarios.place_of(run.scenario),
        "probes": [probe.id for probe in run.probes],
        "askedAt": run.asked_at,
        "pace": run.pace,
        "cancelAskedAt": run.cancel_asked_at,
        "isOurs": run.is_ours,
        "dateShift": run.date_shift,
    }


def load_state(path: Path) -> State:
    """What the file holds. Raises `ValueError` when it is no state file."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["version"] != VERSION:
            raise ValueError(f"version {state['version']}")
        scenarios = [Scenario.from_json(item) for item in state["scenarios"]]
        return State(
            {int(key): Target(*target) for key, target in state["targets"].items()},
            [_read_track(item, scenarios) for item in state["tracks"]],
            state["nextTargetId"],
            state["nextRunId"],
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{path} is not a state file of this sandbox ({error}).") from error


def _read_track(item: dict[str, Any], scenarios: list[Scenario]) -> Track:
    earlier = item["history"]
    history = History(scenarios[earlier["scenario"]], earlier["count"], earlier["firstId"], earlier["until"])
    track = Track(
        item["targetId"], scenarios[item["scenario"]], history, was_asked=item["wasAsked"], is_new=item["isNew"]
    )
    track.runs = [_read_run(run, track.target_id, scenarios[run["scenario"]]) for run in item["runs"]]
    return track


def _read_run(item: dict[str, Any], target_id: int, scenario: Scenario) -> Run:
    ran = set(item["probes"])
    return Run(
        item["id"],
        target_id,
        item["name"],
        item["startedBy"],
        scenario,
        tuple(probe for probe in scenario.probes if probe.id in ran),
        item["askedAt"],
        item["pace"],
        item["cancelAskedAt"],
        item["isOurs"],
        item["dateShift"],
    )
