"""Cleaning up after a gate that was killed, and two gates in one directory: as processes against one sandbox."""

from __future__ import annotations

import json
import math
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.ci.state_file import STATE_FILE
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import GITLAB, JENKINS
from tests.harness.processes import Started, environment, run_here, start
from tests.harness.waiting import wait_until

ENDLESS = Scenario(pending_seconds=0.0, run_seconds=math.inf, history=2)
OTHER_JOB = {**GITLAB, "CI_PIPELINE_ID": "701", "CI_JOB_ID": "88009"}


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(ENDLESS, speed=50, targets=2) as server:
        yield server


def env_of(sandbox: SandboxServer, directory: Path, job: dict[str, str], target_id: int = 1) -> dict[str, str]:
    return environment(directory, sandbox.environment, {"SPLX_TARGET_ID": str(target_id)}, job)


def start_gate(sandbox: SandboxServer, directory: Path, job: dict[str, str], target_id: int = 1) -> Started:
    """Start a gate and return once its run is active."""
    count = len(sandbox.active_runs) + 1
    gate = start(directory, "run", env=env_of(sandbox, directory, job, target_id))
    wait_until(lambda: len(sandbox.active_runs) == count, lambda: f"{len(sandbox.active_runs)} runs are active")
    return gate


def mark_of(sandbox: SandboxServer, target_id: int = 1) -> str:
    (name,) = [run.name for run in sandbox.active_runs if run.target_id == target_id]
    return str(name).partition(" ")[0]


def plant(directory: Path, target_id: int, tag: str) -> None:
    """What a change brings along, to have another gate's run cancelled."""
    report_dir = directory / "probe-gate-report"
    report_dir.mkdir(parents=True, exist_ok=True)
    (report_dir / STATE_FILE).write_text(json.dumps({"target": target_id, "tag": tag, "run": None}) + "\n")


@pytest.mark.parametrize("job", [GITLAB, JENKINS], ids=["gitlab", "jenkins"])
def test_the_cleanup_step_cancels_what_this_job_left(
    job: dict[str, str], sandbox: SandboxServer, tmp_path: Path
) -> None:
    """After a kill, by what the gate noted down before the trigger."""
    start_gate(sandbox, tmp_path, job).kill()
    tag = mark_of(sandbox)
    cleaned = run_here(tmp_path, "cleanup", env=env_of(sandbox, tmp_path, job))
    assert cleaned.code == 0, cleaned.output
    assert f"A gate was killed before it could cancel its run {tag} on target 1." in cleaned.output
    assert sandbox.active_runs == []


def test_a_planted_note_cancels_no_other_gates_run(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Exit 0, a warning, and the other gate goes on."""
    other = start_gate(sandbox, tmp_path / "other", OTHER_JOB)
    tag = mark_of(sandbox)
    own = tmp_path / "own"
    plant(own, 1, tag)
    requests = len(sandbox.requests)
    cleaned = run_here(own, "cleanup", env=env_of(sandbox, own, GITLAB))
    assert cleaned.code == 0, cleaned.output
    assert (
        f"Warning: probe-gate-report/{STATE_FILE} names run {tag} on target 1, which this job did not start: "
        "left alone."
    ) in cleaned.output
    assert [request for request in sandbox.requests[requests:] if request.method != "GET"] == []
    assert len(sandbox.active_runs) == 1
    other.process.send_signal(signal.SIGTERM)
    assert other.end().code == 143


def test_without_the_variables_of_the_job_nothing_is_cancelled(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Exit 2: nothing shows that the note is this job's. A job key that both steps share does."""
    start_gate(sandbox, tmp_path, {}).kill()
    tag = mark_of(sandbox)
    cleaned = run_here(tmp_path, "cleanup", env=env_of(sandbox, tmp_path, {}))
    assert cleaned.code == 2, cleaned.output
    assert f"probe-gate runs cancel --tag {tag} --target-id 1" in cleaned.output
    assert len(sandbox.active_runs) == 1
    key = {"PROBE_GATE_JOB_KEY": "nightly 7"}
    keyed = tmp_path / "keyed"
    start_gate(sandbox, keyed, key, target_id=2).kill()
    cleaned = run_here(keyed, "cleanup", env=env_of(sandbox, keyed, key))
    assert cleaned.code == 0, cleaned.output
    assert [run.target_id for run in sandbox.active_runs] == [1]


def test_a_second_gate_in_one_directory_says_that_it_needs_its_own(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Exit 2 before anything is sent; the notes and reports of the first one stay its own."""
    first = start_gate(sandbox, tmp_path, GITLAB)
    state_file = tmp_path / "probe-gate-report" / STATE_FILE
    # the mark is noted before the trigger, and the id after its answer
    noted = wait_until(lambda: (text := state_file.read_text()).count("\n") == 2 and text, "the run is not noted")
    for arguments in (("run",), ("check",), ("run", "--min-score", "880"), ("merge", "probe-gate-report")):
        second = run_here(tmp_path, *arguments, env=env_of(sandbox, tmp_path, GITLAB, target_id=2))
        assert second.code == 2, second.output
        assert not (tmp_path / "probe-gate-report" / "report.json").exists()
    assert "probe-gate: Another gate is using the report directory probe-gate-report." in second.output
    assert "Give each gate a --report-dir of its own. Nothing was started." in second.output
    assert state_file.read_text() == noted
    assert [run.target_id for run in sandbox.active_runs] == [1]
    first.process.send_signal(signal.SIGTERM)
    ended = first.end()
    assert (ended.code, ended.outcome) == (143, "cancelled"), ended.output


def test_a_gate_after_a_killed_one_keeps_its_note(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Both are of one job, so its clean-up step sees to what the first one left."""
    start_gate(sandbox, tmp_path, GITLAB).kill()
    second = start_gate(sandbox, tmp_path, GITLAB, target_id=2)
    second.process.send_signal(signal.SIGTERM)
    assert second.end().code == 143
    assert [run.target_id for run in sandbox.active_runs] == [1]
    cleaned = run_here(tmp_path, "cleanup", env=env_of(sandbox, tmp_path, GITLAB))
    assert cleaned.code == 0, cleaned.output
    assert sandbox.active_runs == []


@pytest.mark.slow
def test_a_gate_drops_notes_of_other_jobs_and_says_so(sandbox: SandboxServer, tmp_path: Path) -> None:
    """Nothing is done about them, and the later clean-up step does not find them."""
    other = start_gate(sandbox, tmp_path / "other", OTHER_JOB)
    tag = mark_of(sandbox)
    own = tmp_path / "own"
    plant(own, 1, tag)
    gate = start_gate(sandbox, own, GITLAB, target_id=2)
    gate.process.send_signal(signal.SIGTERM)
    ended = gate.end()
    assert f"could cancel its run {tag} on target 1. If that gate was yours" in " ".join(ended.output.split())
    assert not (own / "probe-gate-report" / STATE_FILE).exists()
    assert [run.target_id for run in sandbox.active_runs] == [1]
    other.kill()
