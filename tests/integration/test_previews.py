"""`run --target-file` against the sandbox: a preview brought to its state, or a target made for the run and deleted."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import SCRIPTED, Started, environment, start
from tests.harness.profiles import slow_after
from tests.harness.shared_clock import SharedClock
from tests.harness.target_files import TOKEN, write_target


class Gate:
    """The command in a directory of its own."""

    def __init__(self, sandbox: SandboxServer, directory: Path, clock: SharedClock) -> None:
        self.sandbox = sandbox
        self.directory = directory
        self.clock = clock
        self.environ = {**sandbox.environment, "PROBE_TARGET_TOKEN": TOKEN, "NO_PROXY": "127.0.0.1"}
        self.first_targets = set(sandbox.platform.targets)

    @property
    def arguments(self) -> list[str]:
        return ["run", "--report-dir", str(self.directory / "report")]

    def run(self, *arguments: str) -> int:
        with self.clock.in_use():
            return run_command([*self.arguments, *arguments], self.environ)

    def start(self, *arguments: str) -> Started:
        """The command as a process, which has all the time of the world to clean up."""
        env = environment(self.directory, self.environ)
        return start(self.directory, "--patient", "--", *self.arguments, *arguments, env=env, command=SCRIPTED)

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.directory / "report" / "report.json").read_text())
        return report

    @property
    def left(self) -> set[int]:
        """The targets that were made and are still there."""
        return set(self.sandbox.platform.targets) - self.first_targets


@contextmanager
def serving(directory: Path, scenario: str = "passing", *faults: str) -> Iterator[Gate]:
    clock = SharedClock()
    with SandboxServer(scenario, faults, clock=clock.time) as sandbox:
        yield Gate(sandbox, directory, clock)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with serving(tmp_path) as found:
        yield found


def operations(sandbox: SandboxServer) -> list[str]:
    return [str(request.operation) for request in sandbox.requests]


def test_a_target_is_made_gated_and_deleted(gate: Gate, tmp_path: Path) -> None:
    """Nothing is left on the platform, and the report tells the story."""
    assert gate.run("--target-file", write_target(tmp_path), "--probe-ids", "risk>=critical") == 0
    asked = operations(gate.sandbox)
    assert asked[0] == "createTarget"
    assert asked[-1] == "deleteTarget"
    assert gate.left == set()
    (target,) = gate.report["targets"]
    assert target["target"]["id"] == 6
    assert "Target 6 was deleted." in target["evidence"]["notes"]
    assert target["evidence"]["facts"]["probeIds"] == [1, 2, 3, 8, 17]
    assert any("SPLX_TARGET_ID (1) is ignored" in note for note in gate.report["notes"])
    assert run_command(["verify", str(tmp_path / "report" / "report.json")], {}) == 0


def test_a_preview_target_is_brought_to_its_state_and_stays(gate: Gate, tmp_path: Path) -> None:
    """Once; the second gate has nothing to change."""
    file = write_target(tmp_path, target_id=2)
    assert gate.run("--target-file", file) == 0
    assert gate.sandbox.platform.targets[2].settings["name"] == "Preview"
    assert gate.run("--target-file", file) == 0
    assert operations(gate.sandbox).count("updateTarget") == 1
    assert gate.left == set()


@pytest.mark.parametrize(
    ("target_id", "options", "says"),
    [
        (3, ("--target-id", "2"), "target.yml is for target 3, but --target-id is 2."),
        (None, ("--target-id", "2"), "target.yml is for a new target, but --target-id is 2."),
        (
            3,
            ("--policy-floor", "floor.yml"),
            "target.yml is for target 3, which is not among the targets of floor.yml.",
        ),
    ],
)
def test_a_changed_file_cannot_choose_another_target(
    target_id: int | None, options: tuple[str, ...], says: str, gate: Gate, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Where the pipeline or the base branch says which: no other is changed, and none that is better passes for it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "floor.yml").write_text("version: 1\ntargets:\n  - id: 2\n")
    file = write_target(Path(), target_id=target_id)
    assert gate.run("--target-file", file, *options) == 2
    assert operations(gate.sandbox) == []
    assert gate.report["reason"] == says


@pytest.mark.parametrize(("workspace", "code"), [("", 0), ("9", 2)])
def test_the_id_of_a_file_may_be_an_address_of_the_same_workspace(
    gate: Gate, tmp_path: Path, workspace: str, code: int
) -> None:
    """The same number may be another target elsewhere."""
    sandbox = gate.sandbox
    page = f"{sandbox.url}/w/{workspace or sandbox.workspace_id}/target/{sandbox.target_id}"
    file = Path(write_target(tmp_path, target_id=sandbox.target_id))
    file.write_text(file.read_text().replace(f"id: {sandbox.target_id}\n", f"id: {page}\n", 1))
    assert gate.run("--target-file", str(file)) == code


def test_a_file_about_a_target_of_the_floor_is_gated(gate: Gate, tmp_path: Path) -> None:
    """With the same target named by flag and floor."""
    (tmp_path / "floor.yml").write_text("version: 1\ntargets:\n  - id: 2\n")
    named = ("--policy-floor", str(tmp_path / "floor.yml"), "--target-id", "2")
    assert gate.run("--target-file", write_target(tmp_path, target_id=2), *named) == 0


def test_a_wrong_file_ends_before_anything_is_sent_with_reports(gate: Gate, tmp_path: Path) -> None:
    """Exit 2, and the report has every mistake."""
    assert gate.run("--target-file", write_target(tmp_path, environment="Dev", language="xx")) == 2
    assert operations(gate.sandbox) == []
    assert gate.report["outcome"] == "config-error"
    assert len(gate.report["problems"]) == 2


@pytest.mark.parametrize(
    ("scenario", "options", "code"),
    [("failing", (), 1), ("never-ends", ("--timeout", "10m"), 6), ("run-failed", (), 5)],
)
def test_the_target_is_deleted_whatever_the_end(
    tmp_path: Path, scenario: str, options: tuple[str, ...], code: int
) -> None:
    """Failed, out of time, ended without a result."""
    with serving(tmp_path, scenario) as gate:
        assert gate.run("--target-file", write_target(tmp_path), *options) == code
        assert gate.left == set()
        assert gate.sandbox.active_runs == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("operation", slow_after(1, ["trigger", "create", "list"]))
def test_a_signal_leaves_neither_run_nor_target(tmp_path: Path, operation: str, number: signal.Signals) -> None:
    """Wherever it strikes."""
    with serving(tmp_path, "never-ends", f"hold@{operation}:1-1") as gate:
        started = gate.start("--target-file", write_target(tmp_path))
        gate.sandbox.wait_until_held()
        started.process.send_signal(number)
        gate.sandbox.release()
        ended = started.end()
        assert ended.code == 128 + number, ended.output
        assert gate.left == set(), ended.output
        assert gate.sandbox.active_runs == []


def test_after_a_kill_the_clean_up_step_finds_run_and_target(tmp_path: Path) -> None:
    """Nobody can act when killed; what was noted down before is enough."""
    with serving(tmp_path, "never-ends", "hold@list:4-4") as gate:
        gate.environ["PROBE_GATE_JOB_KEY"] = "nightly 7"
        started = gate.start("--target-file", write_target(tmp_path))
        gate.sandbox.wait_until_held()
        started.kill()
        assert len(gate.left) == 1
        assert len(gate.sandbox.active_runs) == 1

        assert run_command(["cleanup", "--report-dir", str(tmp_path / "report")], gate.environ) == 0

        assert gate.left == set()
        assert gate.sandbox.active_runs == []


def test_an_outage_at_the_moment_of_deleting_is_survived(gate: Gate, tmp_path: Path) -> None:
    """The deletion is asked for again."""
    gate.sandbox.set_faults("503@delete:3")
    assert gate.run("--target-file", write_target(tmp_path)) == 0
    assert gate.left == set()
    assert operations(gate.sandbox).count("deleteTarget") == 4


def test_a_target_that_cannot_be_deleted_is_named_with_the_command(
    gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict stays, and the report says what is left."""
    gate.sandbox.set_faults("503@delete:*")
    assert gate.run("--target-file", write_target(tmp_path)) == 0
    assert gate.left == {6}
    command = "probe-gate target delete --yes --target-id 6"
    assert command in " ".join(capsys.readouterr().out.split())
    assert command in gate.report["targets"][0]["evidence"]["leftRunning"]


def test_a_lost_answer_to_the_making_is_said_with_the_mark(
    gate: Gate, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 4, and nothing was triggered."""
    gate.sandbox.set_faults("dropped-response@create")
    assert gate.run("--target-file", write_target(tmp_path)) == 4
    assert "triggerTestRun" not in operations(gate.sandbox)
    (left,) = gate.left
    assert gate.sandbox.platform.targets[left].settings["name"] in " ".join(capsys.readouterr().out.split())


def test_no_secret_of_the_file_is_in_any_report(gate: Gate, tmp_path: Path) -> None:
    """Whatever went over the wire."""
    assert gate.run("--target-file", write_target(tmp_path)) == 0
    for report in (tmp_path / "report").iterdir():
        assert TOKEN not in report.read_text(encoding="utf-8"), report.name
