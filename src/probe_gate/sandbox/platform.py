"""All that the sandbox knows: its workspace, its targets and their runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from probe_gate.sandbox.engine import Engine
from probe_gate.sandbox.problems import RefusalError
from probe_gate.sandbox.scenario import Scenario

WORKSPACE_ID = 4711
FIRST_TARGET_ID = 1


class Platform:
    """One workspace."""

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
    ) -> None:
        self.workspace_id = workspace_id
        self.engine = Engine(scenario, now=now, speed=speed, not_found=not_found, history=history)
        for target_id in range(FIRST_TARGET_ID, FIRST_TARGET_ID + targets):
            self.engine.add_target(target_id)

    def check_workspace(self, workspace_id: int) -> None:
        """Raises `RefusalError` (403) for a workspace that is not the sandbox's."""
        if workspace_id != self.workspace_id:
            raise RefusalError(403, "FORBIDDEN", f"No access to workspace {workspace_id}.")

    def trigger(self, target_id: int, probe_ids: Sequence[int] | None, name: str | None) -> int:
        return self.engine.trigger(target_id, probe_ids, name)

    def cancel(self, run_id: int) -> None:
        self.engine.cancel(run_id)
