"""The files that a CI runner names, and those that are left in its workspace, by the command as a process."""

from __future__ import annotations

from pathlib import Path

from probe_gate.sandbox.scenario import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.integration.processes import Ended, environment, run
from tests.unit.ci.environments import GITHUB
from tests.unit.ci.test_github import read_values

FAST = Scenario(pending_seconds=0.0, run_seconds=5.0, history=1)
SPEED = 50.0


def _gate(tmp_path: Path, *arguments: str, env: dict[str, str], scenario: Scenario = FAST) -> Ended:
    with SandboxServer(scenario, speed=SPEED) as sandbox:
        return run(tmp_path, "run", *arguments, env=environment(tmp_path, sandbox.environment, env))


def _github_files(tmp_path: Path) -> dict[str, str]:
    names = ("GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
    return {**GITHUB, "PROBE_GATE_REPORTS": "all", **{name: str(tmp_path / name) for name in names}}


def test_what_other_steps_wrote_into_the_runners_files_stays_whole(tmp_path: Path) -> None:
    """A last line without a line break is not joined with ours, in any of the files."""
    env = _github_files(tmp_path)
    for name in ("GITHUB_OUTPUT", "GITHUB_STATE"):
        (tmp_path / name).write_text("version=1.2")
    (tmp_path / "GITHUB_STEP_SUMMARY").write_text("Tests: 12 passed")
    ended = _gate(tmp_path, env=env)
    assert ended.code == 0, ended.output
    for name, expected in (("GITHUB_OUTPUT", "outcome"), ("GITHUB_STATE", "probe_gate_ended")):
        first, _, rest = (tmp_path / name).read_text().partition("\n")
        assert first == "version=1.2"
        assert expected in read_values(rest)
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith("Tests: 12 passed\n## ")


def test_a_job_summary_that_is_full_changes_no_exit_code(tmp_path: Path) -> None:
    """Other commands of the step took all of its 1 MiB: that is said, and the gate passes."""
    (tmp_path / "GITHUB_STEP_SUMMARY").write_bytes(b"x" * 1_048_576)
    ended = _gate(tmp_path, env=_github_files(tmp_path))
    assert ended.code == 0, ended.output
    assert "Warning: The job summary of this step is full (1 MiB), so nothing was added to it." in ended.output
    assert (tmp_path / "GITHUB_STEP_SUMMARY").stat().st_size == 1_048_576
    assert read_values((tmp_path / "GITHUB_OUTPUT").read_text())["exit-code"] == "0"
