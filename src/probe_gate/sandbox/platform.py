"""All that the sandbox knows: its workspace, its targets and their runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from probe_gate.sandbox.engine import Engine
from probe_gate.sandbox.problems import RefusalError
from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.state import load_state, save_state
from probe_gate.sandbox.targets import Target, first_targets

WORKSPACE_ID = 4711
FIRST_TARGET_ID = 1


class Platform:
    """One workspace. With a `state_file`, what that holds is taken up, and every change is kept in it.

    Raises `ValueError` for a state file that cannot be understood, `OSError` for one that cannot be used.
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
            self.engine.restore(state.tracks, state.next_run_id)
        self.save()

    def check_workspace(self, workspace_id: int) -> None:
        """Raises `RefusalError` (403) for a workspace that is not the sandbox's."""
        if workspace_id != self.workspace_id:
            raise RefusalError(403, "FORBIDDEN", f"No access to workspace {workspace_id}.")

    def target(self, target_id: int) -> Target:
        """Raises `RefusalError` for a target that does not exist."""
        self.engine.track(target_id)
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
        """The target that is gone, with its runs."""
        target = self.target(target_id)
        self.engine.drop_target(target_id)
        del self.targets[target_id]
        return target

    def save(self) -> None:
        """Keep everything, if there is a file to keep it in."""
        if self._state_file is not None:
            save_state(
                self._state_file, self.targets, self.engine.tracks, self._next_target_id, self.engine.next_run_id
            )
