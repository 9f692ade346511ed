"""What the tests under the real runners share: the image, and a sandbox that it reaches on loopback.

`make test-ci-systems` runs them; it sets up the engine and the runners first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.containers import IMAGE, Engine

QUICK = {"PROBE_GATE_SETTLE": "0.2s", "PROBE_GATE_POLL_INTERVAL": "0.1s..1s"}
"""What makes a gate against the sandbox quick."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    skip = pytest.mark.skip(reason="run by `make test-ci-systems`, which sets up an engine and the runners")
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):  # noqa: PTH120 - as pytest gives it
            item.add_marker(pytest.mark.slow)
            if not os.environ.get("CONTAINER_ENGINE"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine, with the image of this checkout built."""
    engine = Engine()
    engine.build(IMAGE)
    return engine


@pytest.fixture
def sandbox() -> Iterator[Callable[..., SandboxServer]]:
    """Serves sandboxes: `sandbox("failing")`. They end with the test. Each has the workspace 7 and the target 42 of the
    pages, so that what stands there runs as it stands."""
    with ExitStack() as stack:

        def serve(scenario: str = "passing", *faults: str, speed: float = 60.0) -> SandboxServer:
            server = SandboxServer(scenario, faults, speed=speed, workspace_id=7, targets=42)
            server.target_id = 42
            return stack.enter_context(server)

        yield serve


def variables(server: SandboxServer) -> dict[str, str]:
    """The variables of a quick gate against the sandbox."""
    return {**QUICK, **server.environment}
