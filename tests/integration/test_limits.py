"""The command on a machine whose limits are low, as a process."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.runtime.runner import MIN_DESCRIPTORS
from probe_gate.sandbox.platform import FIRST_TARGET_ID
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import COMMAND, Ended, environment, run

TARGETS = 6
NO_THREADS = (
    "import threading\n"
    'def fail(*_, **__): raise RuntimeError("can\'t start new thread")\n'
    "threading.Thread.start = fail\n"
    "from probe_gate.__main__ import main\n"
    "main()"
)

WATCHED = """
import os, sys
connected = []
def watch(event, details):
    if event == "socket.connect":
        connected.append(details)
    elif event == "import" and connected:
        os.write(2, f"imported late: {details[0]}\\n".encode())
sys.addaudithook(watch)
from probe_gate.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    fast = Scenario(pending_seconds=0.0, run_seconds=10.0, history=3)
    with SandboxServer(fast, speed=50, targets=TARGETS) as server:
        yield server


def run_with_descriptors(limit: int, directory: Path, *arguments: str, env: dict[str, str]) -> Ended:
    limited = ("sh", "-c", f'ulimit -n {limit} && exec "$@"', "limited", *COMMAND)
    return run(directory, *arguments, env=env, command=limited)


@pytest.mark.parametrize("command", ["run", "check"])
def test_too_few_descriptors_are_a_wrong_setting(command: str, sandbox: SandboxServer, tmp_path: Path) -> None:
    """Said before anything is sent, and in the reports."""
    before = len(sandbox.requests)
    env = environment(tmp_path, sandbox.environment, {"SPLX_TARGET_ID": str(FIRST_TARGET_ID)})
    ended = run_with_descriptors(MIN_DESCRIPTORS, tmp_path, command, env=env)
    assert (ended.code, ended.outcome) == (2, "config-error"), ended.output
    said = " ".join(ended.output.split())
    assert "the limit on open files is reached" in said
    assert "ulimit -n" in said
    assert "bug" not in said
    assert "Traceback" not in said
    assert len(sandbox.requests) == before


def test_a_fleet_goes_on_with_few_descriptors(sandbox: SandboxServer, tmp_path: Path) -> None:
    """A connection that cannot be opened is opened later; each run is started once."""
    before = len(sandbox.runs)
    ids = ",".join(str(FIRST_TARGET_ID + place) for place in range(TARGETS))
    env = environment(tmp_path, sandbox.environment, {"SPLX_TARGET_ID": ids})
    ended = run_with_descriptors(MIN_DESCRIPTORS + 4, tmp_path, "run", env=env)
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    assert len(sandbox.runs) == before + TARGETS


def test_nothing_is_loaded_while_connections_are_open(sandbox: SandboxServer, tmp_path: Path) -> None:
    """A module that is loaded on first use, such as a codec, cannot be loaded once no file is left."""
    env = environment(tmp_path, sandbox.environment, {"SPLX_TARGET_ID": str(FIRST_TARGET_ID)})
    ended = run(tmp_path, "run", env=env, command=(sys.executable, "-c", WATCHED))
    assert ended.code == 0, ended.output
    late = re.findall(r"imported late: (\S+)", ended.output)
    assert late, ended.output
    # the reports are made when all connections have been closed
    assert late[0].startswith("probe_gate.reports"), ended.output


@pytest.mark.parametrize("arguments", [("run",), ("runs", "list")])
def test_a_machine_without_threads_is_said_to_be_one(
    arguments: tuple[str, ...], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """And not to have met a bug."""
    env = environment(tmp_path, sandbox.environment, {"SPLX_TARGET_ID": str(FIRST_TARGET_ID)})
    ended = run(tmp_path, *arguments, env=env, command=(sys.executable, "-c", NO_THREADS))
    said = " ".join(ended.output.split())
    assert ended.code == 2, ended.output
    assert "No more threads can be started on this machine" in said
    assert "bug" not in said
