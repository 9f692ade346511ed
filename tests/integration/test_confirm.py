"""Confirming a failure, over HTTP: the table of sequences, signals and retried jobs."""

from __future__ import annotations

import math
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from probe_gate.errors import EXIT_CODES
from probe_gate.sandbox.operations import BY_ID
from probe_gate.sandbox.scenarios import Counts, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness import processes
from tests.harness.ci_environments import GITHUB
from tests.harness.processes import SCRIPTED, SHIPPED_SETTINGS, Ended, Started, environment, run, run_here
from tests.harness.profiles import slow_after
from tests.harness.run_sequences import SEQUENCES, PlayedRun, RunSequence
from tests.harness.shared_clock import SharedClock
from tests.harness.target_files import TOKEN, write_target
from tests.harness.waiting import wait_until
from tests.platform_faults import FaultySandbox

QUICK = "a rate stays over its limit"
"""The one that `make test` plays."""
PLAYED = sorted((sequence for sequence in SEQUENCES if sequence.in_sandbox), key=lambda one: one.name != QUICK)


def make_scenario(runs: tuple[PlayedRun, ...]) -> Scenario:
    """Return the scenario of a target whose runs are these, one after the other."""

    def scenario(played: PlayedRun) -> Scenario:
        passed = played.total - played.failed - played.errors
        return Scenario(
            pending_seconds=0.0,
            run_seconds=0.0,
            history=2,
            statuses=("PENDING", "RUNNING", played.end),
            overall=played.overall,
            categories={"Security": float(played.overall), "Safety": played.safety},
            counts=Counts(passed, played.failed, played.errors),
        )

    first, *later = map(scenario, runs)
    return first.replace(later_runs=tuple(later), earlier_categories={"Security": 90.0, "Safety": 90.0})


def flags(sequence: RunSequence) -> list[str]:
    return [f"--{name}={text}" for name, text in {"confirm": "2", **sequence.options}.items()]


@pytest.mark.parametrize("sequence", slow_after(1, PLAYED), ids=str)
def test_a_process_comes_to_the_same_verdict(sequence: RunSequence, tmp_path: Path) -> None:
    """With the same number of runs, and reports that follow from their evidence."""
    with SandboxServer(make_scenario(sequence.runs), targets=1) as sandbox:
        env = environment(tmp_path, sandbox.environment)
        ended = run(tmp_path, "run", *flags(sequence), env=env)
        is_soft = "soft-fail" in sequence.options
        assert ended.code == (0 if is_soft else EXIT_CODES[sequence.outcome]), ended.output
        assert ended.outcome == sequence.outcome.value
        assert len(sandbox.runs) == sequence.made, ended.output
        assert sandbox.active_runs == []
        assert len({played.name for played in sandbox.runs}) == sequence.made
    (target,) = ended.report["targets"]
    summary = (target["confirmation"] or {}).get("summary", "")
    assert sequence.says in summary
    assert run_here(tmp_path, "verify", str(ended.report_dir / "report.json"), env=env).code == 0


UNLUCKY = make_scenario((PlayedRun(70, 5), PlayedRun(90, 4), PlayedRun(91, 3)))
REQUESTS = (
    *("list", "scores", "list", "trigger", "list", "scores", "scores", "list"),
    *("list", "list", "trigger", "list", "scores", "scores", "list") * 2,
)
"""Of three runs that are over at their first poll. The reading that judged a run is the reading before the next one."""
FIRST = 8
"""How many of them are about the first run."""


def gate(
    sandbox: SandboxServer, clock: SharedClock, directory: Path, env: dict[str, str] | None = None, **options: Any
) -> Ended:
    """Run a gate that confirms failures to its end."""
    directory.mkdir(exist_ok=True)
    full = environment(directory, SHIPPED_SETTINGS, sandbox.environment, env or {})
    return run_here(directory, "run", "--confirm", "2", env=full, clock=clock, **options)


def test_a_confirming_run_needs_seven_requests(tmp_path: Path) -> None:
    """The signals below are sent at each of them."""
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
    assert ended.code == 0, ended.output
    assert tuple(BY_ID[str(request.operation)].short for request in sandbox.requests) == REQUESTS


@pytest.mark.parametrize("number", slow_after(3, range(FIRST + 1, len(REQUESTS) + 1)))
def test_a_signal_in_a_later_run_leaves_nothing_active(number: int, tmp_path: Path) -> None:
    """Just after each answer: that run is cancelled, no other is started, and the reports say so."""
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path, at={f"call:{number}": "SIGTERM"})
        assert (ended.code, ended.outcome) == (143, "cancelled"), ended.output
        assert sandbox.active_runs == []
        # a trigger that comes next may be on its way already: then that run is cancelled
        assert REQUESTS[:number].count("trigger") <= len(sandbox.runs) <= REQUESTS[: number + 1].count("trigger")
    is_judged = number == len(REQUESTS)
    assert ended.shape[0] == (0 if is_judged else 1)  # the failure of the first run is not forgotten
    assert "could not be confirmed as cancelled" not in ended.output


def test_each_run_is_started_once_whatever_becomes_of_the_answer(tmp_path: Path) -> None:
    """The answer to the second trigger is lost after the work was done, the third trigger before it."""
    clock = SharedClock()
    faults = ["dropped-response@trigger:2-2", "reset@trigger:3-3"]
    with FaultySandbox(UNLUCKY, faults, targets=1, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path)
        assert ended.code == 0, ended.output
        assert len(sandbox.runs) == len({played.name for played in sandbox.runs}) == 3
        triggers = [request for request in sandbox.requests if request.operation == "triggerTestRun"]
    assert [request.fault for request in triggers] == [None, "dropped-response", "reset", None]


@pytest.mark.slow
@pytest.mark.parametrize("number", [2, 3])
def test_a_process_that_gets_a_signal_cancels_the_run_that_is_active(number: int, tmp_path: Path) -> None:
    """A real signal to a real process, while a later run is active."""
    endless = UNLUCKY.later_runs[number - 2].replace(run_seconds=math.inf)
    later = (*UNLUCKY.later_runs[: number - 2], endless)
    with SandboxServer(UNLUCKY.replace(later_runs=later), targets=1) as sandbox:
        started = start(sandbox, tmp_path / "gate")
        wait_until(lambda: len(sandbox.active_runs) == 1 and len(sandbox.runs) == number, "the run is active")
        started.process.send_signal(signal.SIGTERM)
        ended = started.end()
        assert (ended.code, ended.outcome) == (143, "cancelled"), ended.output
        assert (sandbox.active_runs, len(sandbox.runs)) == ([], number)


def start(sandbox: SandboxServer, directory: Path, env: dict[str, str] | None = None) -> Started:
    full = environment(directory, sandbox.environment, env or {})
    return processes.start(directory, "--patient", "--", "run", "--confirm=2", env=full, command=SCRIPTED)


@pytest.mark.parametrize("number", slow_after(1, [2, 3]))
def test_a_retried_job_takes_up_a_confirming_run_as_its_first(number: int, tmp_path: Path) -> None:
    """The first attempt was killed while that run was active: it is not started again, and confirmation starts anew."""
    slow = UNLUCKY.later_runs[number - 2].replace(run_seconds=600.0, overall=70, counts=Counts(90, 9, 1))
    passing = make_scenario((PlayedRun(90, 2), PlayedRun(91, 1)))
    later = (*UNLUCKY.later_runs[: number - 2], slow, passing, *passing.later_runs)
    clock = SharedClock()
    with SandboxServer(UNLUCKY.replace(later_runs=later), targets=1, clock=clock.time) as sandbox:
        first = start(sandbox, tmp_path / "first", GITHUB)

        def has_started() -> bool:
            clock.advance(0.2)
            return len(sandbox.runs) == number

        wait_until(has_started, "the run is active")
        first.kill()
        second = gate(sandbox, clock, tmp_path / "second", {**GITHUB, "GITHUB_RUN_ATTEMPT": "3"})
        assert second.code == 0, second.output
        assert sandbox.active_runs == []
        assert len(sandbox.runs) == number + 2
    (target,) = second.report["targets"]
    assert target["evidence"]["facts"]["origin"] == "reused"
    assert target["evidence"]["facts"]["runTag"].endswith(f".{number}")
    assert [result["outcome"] for result in target["confirmation"]["results"]] == ["failed", "passed", "passed"]


def test_a_preview_target_is_deleted_after_the_last_run(tmp_path: Path) -> None:
    """All runs are of the same target."""
    file = write_target(tmp_path)
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment, {"PROBE_TARGET_TOKEN": TOKEN})
        ended = run_here(tmp_path, "run", "--confirm=2", "--target-file", file, env=env, clock=clock)
        assert ended.code == 0, ended.output
        operations = [str(request.operation) for request in sandbox.requests]
    assert operations.count("triggerTestRun") == 3
    assert operations[-1] == "deleteTarget"
    assert operations.count("deleteTarget") == 1


def test_each_target_confirms_by_itself(tmp_path: Path) -> None:
    """As the policy file says of it."""
    (tmp_path / ".probe-gate.yml").write_text(
        "version: 1\ntargets:\n  - id: 1\n    policy: {confirm: 2}\n  - id: 2\n  - id: 3\n    policy: {confirm: 4}\n"
    )
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=3, clock=clock.time) as sandbox:
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment, {"SPLX_TARGET_ID": ""})
        ended = run_here(tmp_path, "run", env=env, clock=clock)
        made = Counter(played.target_id for played in sandbox.runs)
    assert ended.code == 1, ended.output
    assert made == {1: 3, 2: 1, 3: 4}
    assert [target["outcome"] for target in ended.report["targets"]] == ["passed", "failed", "passed"]


def test_a_confirmed_pass_is_a_baseline_by_its_median(tmp_path: Path) -> None:
    """And the next gate is compared with it."""
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        first = gate(sandbox, clock, tmp_path / "first")
        assert first.code == 0, first.output
        sandbox.set_scenario(make_scenario((PlayedRun(84, 2),)))
        env = environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment)
        baseline = str(first.report_dir / "report.json")
        directory = tmp_path / "second"
        directory.mkdir()
        flags = ("--baseline", baseline, "--max-score-drop", "5")
        second = run_here(directory, "run", *flags, env=env, clock=clock)
    assert second.code == 1, second.output
    assert "6 (from 90 to 84)" in second.output


def test_a_base_policy_alone_says_whether_failures_are_confirmed(tmp_path: Path) -> None:
    """`--confirm` is ignored with a warning."""
    (tmp_path / "base.yml").write_text("version: 1\npolicy: {min-score: 80}\n")
    clock = SharedClock()
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path, {"PROBE_GATE_POLICY_FLOOR": "base.yml"})
        assert (ended.code, len(sandbox.runs)) == (1, 1), ended.output
        assert "--confirm is ignored: with a base policy, only the confirm of base.yml applies." in ended.output
        (tmp_path / "base.yml").write_text("version: 1\npolicy: {min-score: 80, confirm: 2}\n")
    with SandboxServer(UNLUCKY, targets=1, clock=clock.time) as sandbox:
        ended = gate(sandbox, clock, tmp_path, {"PROBE_GATE_POLICY_FLOOR": "base.yml"})
        assert (ended.code, len(sandbox.runs)) == (0, 3), ended.output
