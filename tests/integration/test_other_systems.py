"""The gate where POSIX is not, and on consoles that cannot print every character."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from probe_gate.ci.files import LOCK_FILE
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness import processes
from tests.harness.ci_environments import GITHUB
from tests.harness.processes import COMMAND, WITHOUT_POSIX, environment, run
from tests.harness.profiles import slow_after
from tests.harness.waiting import wait_until
from tests.unit.ci.test_github import read_values

FAST = Scenario(pending_seconds=0.0, run_seconds=0.0, history=1)
REPORTS = {"junit.xml", "report.json", "summary.md", "results.sarif", "report.html", "test-result.json"}
ALL = {"PROBE_GATE_REPORTS": "all"}


def test_a_gate_without_posix(tmp_path: Path) -> None:
    """Reports, the runner's files and the outputs are there; a second gate replaces the reports."""
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")}
    files["GITHUB_WORKSPACE"] = str(tmp_path)
    (tmp_path / "GITHUB_OUTPUT").write_text("before=1")
    with SandboxServer(FAST) as sandbox:
        env = environment(tmp_path, sandbox.environment, GITHUB, files, ALL)
        first = run(tmp_path, "run", env=env, command=WITHOUT_POSIX)
        assert first.code == 0, first.output
        second = run(tmp_path, "run", "--min-score", "100", env=env, command=WITHOUT_POSIX)
        assert second.code == 1, second.output
    assert {path.name for path in first.report_dir.iterdir()} == REPORTS
    before, _, rest = (tmp_path / "GITHUB_OUTPUT").read_text().partition("\n")
    assert before == "before=1"
    assert read_values(rest)["junit-path"] == "probe-gate-report/junit.xml"
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith("## ")


def test_a_signal_without_posix(tmp_path: Path) -> None:
    """The run is cancelled."""
    with SandboxServer("never-ends") as sandbox:
        env = environment(tmp_path, sandbox.environment)
        gate = processes.start(tmp_path, "run", env=env, command=WITHOUT_POSIX)
        wait_until(lambda: sandbox.active_runs, "the run is active", process=gate.process)
        gate.process.send_signal(signal.SIGINT)
        ended = gate.end()
        assert ended.code == 130, ended.output
        assert not sandbox.active_runs


@pytest.mark.slow
def test_two_gates_without_posix(tmp_path: Path) -> None:
    """Each needs a report directory of its own. One that was killed does not keep its directory."""
    with SandboxServer("never-ends") as sandbox:
        env = environment(tmp_path, sandbox.environment)
        first = processes.start(tmp_path, "run", env=env, command=WITHOUT_POSIX)
        wait_until(lambda: sandbox.active_runs, "the run is active", process=first.process)
        second = run(tmp_path, "run", env=env, command=WITHOUT_POSIX)
        assert second.code == 2, second.output
        assert "Another gate is using the report directory" in second.output
        assert len(sandbox.runs) == 1
        first.kill()
        third = run(tmp_path, "check", env=env, command=WITHOUT_POSIX)
        assert third.code == 0, third.output
        assert LOCK_FILE not in {path.name for path in third.report_dir.iterdir()}


def test_a_lock_that_cannot_be_opened_without_posix(tmp_path: Path) -> None:
    """Nothing is started when a change brings along a directory in its place."""
    (tmp_path / "probe-gate-report" / LOCK_FILE).mkdir(parents=True)
    with SandboxServer(FAST) as sandbox:
        ended = run(tmp_path, "run", env=environment(tmp_path, sandbox.environment), command=WITHOUT_POSIX)
        assert ended.code == 2, ended.output
        assert "is not writable" in ended.output
        assert sandbox.requests == []


@pytest.mark.parametrize("arguments", [("init", "--ci", "github"), ("policy", "schema"), ("--version",), ("cleanup",)])
def test_other_commands_without_posix(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """They write files and read notes in the same way."""
    ended = run(tmp_path, *arguments, env=environment(tmp_path), command=WITHOUT_POSIX)
    assert ended.code == 0, ended.output


@pytest.mark.parametrize("encoding", slow_after(1, ["ascii", "shift_jis", "cp437", "cp1252"]))
@pytest.mark.parametrize(
    "arguments",
    [("run", "--min-score", "100"), ("run", "--help"), ("sandbox", "--list"), ("policy", "schema")],
    ids=" ".join,
)
def test_a_console_of_any_code_page(tmp_path: Path, encoding: str, arguments: tuple[str, ...]) -> None:
    """Signs that it cannot print are replaced; the exit code is the same."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\ntargets: [{id: 1, name: Sébastien’s 机器人 ✓}]\n", "utf-8")
    with SandboxServer(FAST) as sandbox:
        env = environment(tmp_path, sandbox.environment, {"PYTHONIOENCODING": encoding}, ALL)
        env.pop("SPLX_TARGET_ID")
        done = subprocess.run([*COMMAND, *arguments], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert done.returncode == (1 if "--min-score" in arguments else 0), done.stderr
    output = (done.stdout + done.stderr).decode(encoding)
    assert output
    assert "Traceback" not in output


def test_a_pydantic_plugin_of_another_package_takes_no_part(tmp_path: Path) -> None:
    """It could change what is valid."""
    (tmp_path / "other-1.0.dist-info").mkdir()
    (tmp_path / "other-1.0.dist-info" / "entry_points.txt").write_text("[pydantic]\nother = other\n")
    (tmp_path / "other.py").write_text("raise SystemExit('taken over')\n")
    with SandboxServer(FAST) as sandbox:
        env = environment(tmp_path, sandbox.environment, {"PYTHONPATH": str(tmp_path)})
        ended = run(tmp_path, "check", env=env)
    assert ended.code == 0, ended.output
