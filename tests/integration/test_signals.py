"""A real signal to a real process, at each step of the protocol.

How many seconds the end takes is measured by `make bench-bounds`. Here, what the gate must not wait for never
comes: a gate that waits for it ends in the watchdog of `Started.end`.
"""

from __future__ import annotations

import ctypes
import math
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.sandbox.operations import BY_ID
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness import processes
from tests.harness.processes import SCRIPTED, SHIPPED_SETTINGS, Ended, Started, environment, run_here
from tests.harness.profiles import slow_after
from tests.harness.shared_clock import SharedClock
from tests.harness.waiting import wait_until

OVER_AT_ONCE = Scenario(pending_seconds=0.0, run_seconds=0.0, history=2, earlier_categories={"Security": 70})
ENDLESS = OVER_AT_ONCE.replace(run_seconds=math.inf)
REQUESTS = ("list", "scores", "list", "trigger", "list", "scores", "scores", "list")
"""Of a gate whose run is over at its first poll."""
POLL = 5
SIGNALS = (signal.SIGTERM, signal.SIGINT)
TERMINATED, INTERRUPTED = 143, 130


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(ENDLESS, targets=1) as server:
        yield server


def start(sandbox: SandboxServer, tmp_path: Path, *driven: str, arguments: tuple[str, ...] = ()) -> Started:
    """Start a gate that has all the time of the world, also to clean up."""
    env = environment(tmp_path, sandbox.environment, {"PROBE_GATE_TIMEOUT": "12h"})
    return processes.start(tmp_path, *driven, "--", "run", *arguments, env=env, command=(*SCRIPTED, "--patient"))


@pytest.mark.parametrize(
    ("number", "scenario"),
    slow_after(
        3,
        [(POLL, ENDLESS), (3, OVER_AT_ONCE), (len(REQUESTS), OVER_AT_ONCE)]
        + [(number, OVER_AT_ONCE) for number in range(1, len(REQUESTS)) if number != 3],
    ),
)
def test_a_signal_while_an_answer_is_awaited(
    number: int, scenario: Scenario, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """The answer never comes; the run is cancelled, and the reports say so."""
    sandbox.set_scenario(scenario)
    sandbox.set_faults(f"hold@any:{number}-{number}")
    gate = start(sandbox, tmp_path, "--set", "probe_api.calls.GRACE_SECONDS=0.1")
    sandbox.wait_until_held()
    gate.process.send_signal(SIGNALS[number % 2])
    assert_cancelled(gate.end(), sandbox, SIGNALS[number % 2])


@pytest.mark.parametrize("number", range(1, len(REQUESTS) + 1))
def test_a_signal_just_after_an_answer(number: int, sandbox: SandboxServer, tmp_path: Path) -> None:
    """Before the gate has acted on it: the run is cancelled, and the reports say so."""
    sandbox.set_scenario(OVER_AT_ONCE)
    name, env = SIGNALS[number % 2], environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment)
    ended = run_here(tmp_path, "run", env=env, clock=SharedClock(), at={f"call:{number}": name.name})
    assert_cancelled(ended, sandbox, name)
    assert len(sandbox.requests) >= number


def assert_cancelled(ended: Ended, sandbox: SandboxServer, number: signal.Signals) -> None:
    assert (ended.code, ended.outcome) == (128 + number, "cancelled"), ended.output
    assert sandbox.active_runs == [], ended.output
    assert len(sandbox.runs) <= 1
    assert ended.shape[0] == 0
    assert "could not be confirmed as cancelled" not in ended.output


def test_the_requests_are_those_that_a_signal_is_sent_at(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The two tests above leave none out."""
    sandbox.set_scenario(OVER_AT_ONCE)
    assert start(sandbox, tmp_path).end().code == 0
    assert tuple(BY_ID[str(request.operation)].short for request in sandbox.requests) == REQUESTS


@pytest.mark.parametrize("module", slow_after(1, ["probe_gate.bootstrap", "probe_gate.cli.main", "requests"]))
def test_a_signal_while_the_program_is_loading(module: str, sandbox: SandboxServer, tmp_path: Path) -> None:
    """Nothing is sent."""
    ended = start(sandbox, tmp_path, f"--at=import:{module}=SIGTERM").end()
    assert ended.code == TERMINATED, ended.output
    assert sandbox.requests == []


def test_a_signal_that_another_thread_receives_is_heeded_at_once(sandbox: SandboxServer, tmp_path: Path) -> None:
    """The system may give a signal to any thread, also to one that hangs in a request while the loop sleeps."""
    sandbox.set_faults("hold@list:*")
    gate = start(sandbox, tmp_path)
    sandbox.wait_until_held()
    main = gate.process.pid
    workers = [int(task.name) for task in Path(f"/proc/{main}/task").iterdir() if int(task.name) != main]
    assert workers
    assert ctypes.CDLL(None).tgkill(main, workers[0], signal.SIGTERM) == 0
    assert gate.end().code == TERMINATED


def test_a_signal_that_is_forwarded_twice_is_one_signal(sandbox: SandboxServer, tmp_path: Path) -> None:
    """A wrapper and its process group both pass it on: the run is cancelled all the same, and the reports say so."""
    repeated = "--set=runtime.signals.REPEAT_SECONDS=1000"
    ended = start(sandbox, tmp_path, "--at=list:3=SIGTERM+SIGINT+SIGTERM", repeated).end()
    assert (ended.code, ended.outcome) == (TERMINATED, "cancelled"), ended.output
    assert "Cancelled by SIG" in ended.output
    assert sandbox.active_runs == []


def test_a_later_signal_ends_at_once(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Even while the first one is still being seen to: the cancelling that hangs is not waited for."""
    sandbox.set_faults("hold@cancel:*")
    gate = start(sandbox, tmp_path, "--at=list:3=SIGTERM", "--set=runtime.signals.REPEAT_SECONDS=-1")
    sandbox.wait_until_held()
    gate.process.send_signal(signal.SIGINT)
    ended = gate.end()
    assert ended.code == INTERRUPTED
    assert not (tmp_path / "probe-gate-report" / "report.json").exists()


def test_a_platform_out_of_reach_is_said_not_to_have_cancelled(sandbox: SandboxServer, tmp_path: Path) -> None:
    """With the id, and the command that does it."""
    sandbox.set_faults("hold@any:5-")
    gate = start(sandbox, tmp_path, "--timing=cancel_seconds=0.5", "--timing=cancel_answer_seconds=0.2")
    sandbox.wait_until_held()
    gate.process.send_signal(signal.SIGTERM)
    ended = gate.end()
    assert ended.code == TERMINATED
    run_id = sandbox.runs[0].id
    assert "could not be confirmed as cancelled" in " ".join(ended.output.split())
    assert f"probe-gate runs cancel {run_id}" in " ".join(ended.output.split())
    assert f"runs cancel {run_id}" in ended.report["targets"][0]["evidence"]["leftRunning"]


def test_a_trigger_whose_answer_comes_after_the_signal_is_waited_for(sandbox: SandboxServer, tmp_path: Path) -> None:
    """For a moment: the run's number is then known, and nothing needs to be looked for."""
    sandbox.set_faults("hold@trigger:1")
    gate = start(sandbox, tmp_path, "--set=probe_api.calls.GRACE_SECONDS=100")
    sandbox.wait_until_held()
    gate.process.send_signal(signal.SIGTERM)
    sandbox.release()
    ended = gate.end()
    assert (ended.code, sandbox.active_runs) == (TERMINATED, []), ended.output
    assert [request.operation for request in sandbox.requests[4:5]] == ["cancelTestRun"]


@pytest.mark.parametrize("leave", [False, True])
def test_time_over_cancels_and_a_run_left_on_purpose_is_left(
    leave: bool, sandbox: SandboxServer, tmp_path: Path
) -> None:
    """`--on-timeout leave` says how to stop it later."""
    wanted = ("--on-timeout", "leave") if leave else ()
    ended = start(sandbox, tmp_path, "--at=list:3=ahead:43200", arguments=wanted).end()
    assert ended.code == 6, ended.output
    assert len(sandbox.active_runs) == int(leave)
    assert not leave or f"runs cancel {sandbox.active_runs[0].id}" in " ".join(ended.output.split())
    wait_until(lambda: not sandbox.recorder.in_flight, "every request has been answered")


WITHOUT_POSIX = """
import asyncio, signal, sys
del signal.SIGHUP
signal.SIGBREAK = signal.SIGUSR1
def is_missing(*_, **__): raise NotImplementedError
asyncio.SelectorEventLoop.add_reader = signal.set_wakeup_fd = is_missing
import probe_gate.runtime.runner
probe_gate.runtime.runner.IS_WINDOWS = True
from tests.harness.scripted import main
main(sys.argv[1:])
"""


def test_ctrl_break_cancels_where_there_is_nothing_of_posix(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Windows has no SIGHUP, and its loop takes no reader for a wake-up of our own."""
    sandbox.set_faults(f"hold@any:{POLL}-{POLL}")
    env = environment(tmp_path, sandbox.environment, {"PROBE_GATE_TIMEOUT": "12h", "PYTHONPATH": str(processes.ROOT)})
    command = (sys.executable, "-c", WITHOUT_POSIX)
    gate = processes.start(tmp_path, "--patient", "--", "run", env=env, command=command)
    sandbox.wait_until_held()
    gate.process.send_signal(signal.SIGUSR1)
    assert_cancelled(gate.end(), sandbox, signal.SIGUSR1)
