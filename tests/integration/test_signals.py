"""A real signal to a real process, at each step of the protocol."""

from __future__ import annotations

import ctypes
import math
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.driver.stop_word import REPEAT_SECONDS
from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.integration.processes import COMMAND, Ended, environment

FAST = Scenario(pending_seconds=0.0, run_seconds=20.0, history=2)
SPEED = 20.0
MOST_SECONDS = 6.0
REQUESTS = 8
"""Of a gate whose run takes a second: scores, listing, trigger, some polls, two readings of the scores, listing."""


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(FAST, speed=SPEED, targets=1) as server:
        yield server


def start(sandbox: SandboxServer, tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    env = environment(tmp_path, sandbox.environment, {"PROBE_GATE_SETTLE": "0.5s"})
    return subprocess.Popen(
        [*COMMAND, "run", *arguments],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_requests(sandbox: SandboxServer, process: subprocess.Popen[str], count: int) -> None:
    until = time.monotonic() + 20
    while len(sandbox.requests) < count and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)


def end(process: subprocess.Popen[str], tmp_path: Path) -> tuple[Ended, float]:
    began = time.monotonic()
    output, _ = process.communicate(timeout=30)
    return Ended(process.returncode, output, tmp_path / "probe-gate-report"), time.monotonic() - began


@pytest.mark.parametrize("moment", ["during", "after"])
@pytest.mark.parametrize("request_number", range(1, REQUESTS + 1))
def test_a_signal_at_each_request(request_number: int, moment: str, sandbox: SandboxServer, tmp_path: Path) -> None:
    """While its answer is awaited, and just after it: the run is cancelled, the reports say so, and it is quick."""
    if moment == "during":
        sandbox.set_faults(f"delay=8@any:{request_number}-{request_number}")
    number = signal.SIGTERM if request_number % 2 else signal.SIGINT
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, request_number)
    time.sleep(0.05)
    process.send_signal(number)
    ended, took = end(process, tmp_path)
    assert (ended.code, ended.outcome) == (128 + number, "cancelled"), ended.output
    assert took < MOST_SECONDS
    assert sandbox.going == [], ended.output
    assert len(sandbox.runs) <= 1
    assert ended.shape[0] == 0


def test_a_signal_before_the_first_request(sandbox: SandboxServer, tmp_path: Path) -> None:
    """While the program is still loading: nothing is sent."""
    process = start(sandbox, tmp_path)
    time.sleep(0.12)
    process.send_signal(signal.SIGTERM)
    ended, _ = end(process, tmp_path)
    assert ended.code in (143, -15)  # before the handler stands, the system's own is in force
    assert sandbox.runs == []


def test_a_signal_that_another_thread_receives_is_heeded_at_once(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The system may give a signal to any thread, also to one that hangs in a request while the loop sleeps."""
    sandbox.set_faults("hang@list:*")
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, 2)
    time.sleep(0.2)
    workers = [int(task.name) for task in Path(f"/proc/{process.pid}/task").iterdir() if int(task.name) != process.pid]
    assert workers
    assert ctypes.CDLL(None).tgkill(process.pid, workers[0], signal.SIGTERM) == 0
    ended, took = end(process, tmp_path)
    assert ended.code == 143
    assert took < MOST_SECONDS


def wait_for_operation(sandbox: SandboxServer, process: subprocess.Popen[str], operation: str) -> None:
    until = time.monotonic() + 20
    while all(request.operation != operation for request in sandbox.requests):
        assert process.poll() is None
        assert time.monotonic() < until, f"no {operation}"
        time.sleep(0.005)


def test_a_signal_that_is_forwarded_twice_is_one_signal(sandbox: SandboxServer, tmp_path: Path) -> None:
    """A wrapper and its process group both pass it on: the run is cancelled all the same, and the reports say so."""
    sandbox.set_scenario(FAST.replace(run_seconds=math.inf))
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, 4)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    ended, _ = end(process, tmp_path)
    assert (ended.code, ended.outcome) in {(143, "cancelled"), (130, "cancelled")}, ended.output
    assert "Cancelled by SIG" in ended.output
    assert sandbox.going == []


def test_a_later_signal_ends_at_once(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Even while the first one is still being seen to."""
    sandbox.set_scenario(FAST.replace(run_seconds=math.inf))
    sandbox.set_faults("hang@cancel:*")
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, 4)
    process.send_signal(signal.SIGTERM)
    wait_for_operation(sandbox, process, "cancelTestRun")
    time.sleep(REPEAT_SECONDS + 0.1)  # the first one has been handled by now, so this is later than a repetition
    process.send_signal(signal.SIGINT)
    ended, _ = end(process, tmp_path)
    assert ended.code == 130
    assert not (tmp_path / "probe-gate-report" / "report.json").exists()


def test_a_platform_out_of_reach_is_said_not_to_have_cancelled(sandbox: SandboxServer, tmp_path: Path) -> None:
    """With the id, and the command that does it."""
    sandbox.set_scenario(FAST.replace(run_seconds=math.inf))
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, 4)
    sandbox.set_faults("hang@any:*")
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    ended, took = end(process, tmp_path)
    assert ended.code == 143
    assert took < MOST_SECONDS
    run_id = sandbox.runs[0].id
    assert "not proven cancelled" in " ".join(ended.output.split())
    assert f"probe-gate runs cancel {run_id}" in " ".join(ended.output.split())
    assert f"runs cancel {run_id}" in ended.report["targets"][0]["evidence"]["leftRunning"]


def test_a_trigger_whose_answer_never_comes_is_found_by_its_mark(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The work was done on the platform; the run is found in the listing and cancelled."""
    sandbox.set_scenario(FAST.replace(run_seconds=math.inf))
    sandbox.set_faults("lost-hang@trigger:1")
    process = start(sandbox, tmp_path)
    wait_for_requests(sandbox, process, 3)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    ended, took = end(process, tmp_path)
    assert ended.code == 143
    assert took < MOST_SECONDS
    assert len(sandbox.runs) == 1
    assert sandbox.going == []


def test_time_over_cancels_and_a_run_left_on_purpose_is_left(sandbox: SandboxServer, tmp_path: Path) -> None:
    """`--on-timeout leave` says how to stop it later."""
    sandbox.set_scenario(FAST.replace(run_seconds=math.inf))
    ended, _ = end(start(sandbox, tmp_path, "--timeout", "3s"), tmp_path)
    assert (ended.code, sandbox.going) == (6, [])
    ended, _ = end(start(sandbox, tmp_path, "--timeout", "3s", "--on-timeout", "leave"), tmp_path)
    assert ended.code == 6
    assert len(sandbox.going) == 1
    assert f"runs cancel {sandbox.going[0].id}" in " ".join(ended.output.split())
