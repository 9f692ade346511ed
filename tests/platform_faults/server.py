"""The sandbox with all faults of the tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.platform_faults.kinds import ALL_KINDS


class FaultySandbox(SandboxServer):
    """Return a `SandboxServer` with `ALL_KINDS`. Takes the same arguments."""

    def __init__(self, scenario: str | Scenario = "passing", faults: Iterable[str] = (), **options: Any) -> None:
        super().__init__(scenario, faults, fault_kinds=ALL_KINDS, **options)
