"""The files that a CI runner names, and those that are left in its workspace."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import GITHUB, GITLAB
from tests.harness.processes import Ended, environment, run_here
from tests.unit.ci.test_github import read_values

FAST = Scenario(pending_seconds=0.0, run_seconds=0.0, history=1)


def _gate(directory: Path, *arguments: str, env: dict[str, str], scenario: Scenario = FAST) -> Ended:
    with SandboxServer(scenario) as sandbox:
        return run_here(directory, "run", *arguments, env=environment(directory, sandbox.environment, env))


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


@pytest.mark.parametrize("workspace", [{"GITHUB_WORKSPACE": "/"}, {"GITHUB_WORKSPACE": ""}, {}])
def test_a_step_in_a_subdirectory_names_files_from_the_root(tmp_path: Path, workspace: dict[str, str]) -> None:
    """Annotations and alerts are shown beside the file, which GitHub looks for from the root of the repository."""
    directory = tmp_path / "services" / "bot"
    directory.mkdir(parents=True)
    (directory / ".probe-gate.yml").write_text("version: 1\npolicy:\n  min-score: 99\n")
    if not workspace.get("GITHUB_WORKSPACE"):
        (tmp_path / ".git").mkdir()
    env = {**_github_files(tmp_path), **{name: str(tmp_path) if value else "" for name, value in workspace.items()}}
    ended = _gate(directory, env=env)
    assert ended.code == 1, ended.output
    assert "::error file=services/bot/.probe-gate.yml,line=3,title=target 1%3A overall-score " in ended.output
    (result,) = json.loads((ended.report_dir / "results.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "services/bot/.probe-gate.yml"
    assert place["region"] == {"startLine": 3, "startColumn": 14}
    assert "Limit from .probe-gate.yml:3:14." in " ".join(ended.output.split())


def test_merged_parts_name_files_from_the_root(tmp_path: Path) -> None:
    """The directory that a part was judged in is known to that part alone."""
    directory = tmp_path / "services" / "bot"
    directory.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (directory / ".probe-gate.yml").write_text("version: 1\npolicy:\n  min-score: 99\n")
    assert _gate(directory, env=_github_files(tmp_path)).code == 1
    env = environment(tmp_path, _github_files(tmp_path))
    merged = run_here(tmp_path, "merge", "services/bot/probe-gate-report", env=env)
    assert merged.code == 1, merged.output
    assert "::error file=services/bot/.probe-gate.yml,line=3," in merged.output


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("system", [GITHUB, GITLAB])
def test_root_leaves_nothing_of_its_own_in_the_workspace(tmp_path: Path, system: dict[str, str]) -> None:
    """A container action runs as root; the runner's user must be able to remove everything before the next checkout."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    os.chown(workspace, 4711, 4712)
    env = {**system, "PROBE_GATE_REPORTS": "all", "PROBE_GATE_REPORT_DIR": "out/gate"}
    ended = _gate(workspace, env=env)
    assert ended.code == 0, ended.output
    written = sorted(path.name for path in workspace.rglob("*"))
    assert {"out", "gate", "junit.xml", "report.json", "results.sarif"} <= set(written)
    assert {path.name for path in workspace.rglob("*") if path.lstat().st_uid != 4711} == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_init_writes_belongs_to_the_owner_of_the_repository(tmp_path: Path) -> None:
    """`docker run` with the repository mounted is a usual way to call it."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    os.chown(workspace, 4711, 4712)
    ended = run_here(workspace, "init", "--ci", "github", env=environment(workspace))
    assert ended.code == 0, ended.output
    assert [path.name for path in workspace.rglob("*.yml")]
    assert {path.name for path in workspace.rglob("*") if path.lstat().st_uid != 4711} == set()
