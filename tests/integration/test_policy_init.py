"""`probe-gate init` in made-up repositories, with and without a platform."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from probe_gate.sandbox.server import SandboxServer
from probe_gate.settings import read_settings
from probe_gate.settings.files import ReadFile
from tests.harness.processes import environment, run_here


@pytest.fixture(scope="module")
def sandbox() -> object:
    with SandboxServer("passing", speed=50) as server:
        yield server


def read_in(root: Path) -> ReadFile:
    return lambda path, _max_bytes: (root / path).read_bytes()


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_the_first_build_is_green(tmp_path: Path, sandbox: SandboxServer) -> None:
    """What init writes is a policy that the present scores pass, and a pipeline that asks for nothing more."""
    (tmp_path / ".github").mkdir()
    env = environment(tmp_path, sandbox.environment)
    ended = run_here(tmp_path, "init", env=env)
    assert ended.code == 0
    assert files(tmp_path) == {".probe-gate.yml", ".github/workflows/probe-gate.yml"}
    assert "the minimum scores are the current ones minus 3 points" in ended.output
    policy = (tmp_path / ".probe-gate.yml").read_text()
    assert policy.startswith("# yaml-language-server: $schema=https://")
    usual = re.search(r"half of what the\n +# latest completed runs had: ([0-9]+) test cases", policy)
    assert usual is not None
    assert f"  min-test-cases: {int(usual[1]) // 2}\n" in policy
    assert run_here(tmp_path, "policy", "validate", env=env).code == 0
    checked = run_here(tmp_path, "check", env=env)
    assert (checked.code, checked.outcome) == (0, "passed")


@pytest.mark.parametrize(
    ("system", "change"), [("github", "pull request"), ("gitlab", "merge request"), ("jenkins", "pull request")]
)
def test_three_steps_are_left_in_the_words_of_the_system(tmp_path: Path, system: str, change: str) -> None:
    """The last lines: what to set up there, what to review, and what to open."""
    ended = run_here(tmp_path, "init", "--ci", system, env=environment(tmp_path))
    assert [line[:5] for line in ended.output.splitlines()[-4:]] == ["Next:", "  1. ", "  2. ", "  3. "]
    assert ended.output.endswith(
        f"Add probe-gate-report/ to .gitignore, commit the files on a branch, and open a {change}.\n"
    )


def test_a_policy_names_the_workspace_so_that_no_variable_is_needed(tmp_path: Path) -> None:
    """A new terminal has the files, but not the variables."""
    address = "https://us.probe.splx.ai/w/290/target/91"
    ids = {"SPLX_WORKSPACE_ID": "290", "SPLX_TARGET_ID": "91", "SPLX_API_URL": "us"}
    assert run_here(tmp_path, "init", "--ci", "none", env=environment(tmp_path, ids)).code == 0
    assert f"  - id: {address}\n" in (tmp_path / ".probe-gate.yml").read_text()
    settings = read_settings("run", {}, {"SPLX_API_KEY": "key"}, today=date(2027, 1, 1), read_file=read_in(tmp_path))
    assert settings.connection is not None
    assert (settings.connection.workspace_id, settings.connection.api_url) == (290, "https://us.api.probe.splx.ai")


def test_a_limit_below_the_default_is_pointed_out(tmp_path: Path) -> None:
    """init says so when it writes one."""
    with SandboxServer("failing", speed=50, reading="earlier=1h,earlier-score=54") as server:
        ended = run_here(tmp_path, "init", "--ci", "none", env=environment(tmp_path, server.environment))
    assert "its score is 54, below the default minimum of 80. The policy allows 51 for now" in ended.output


def test_files_that_name_the_sandbox_are_for_this_machine_only(tmp_path: Path, sandbox: SandboxServer) -> None:
    """A CI system cannot reach it."""
    ended = run_here(tmp_path, "init", "--ci", "github", env=environment(tmp_path, sandbox.environment))
    assert "The files name the platform at 127.0.0.1, which a CI system cannot reach." in ended.output


def test_nothing_is_overwritten_without_force(tmp_path: Path, sandbox: SandboxServer) -> None:
    """What is missing is written beside it; when nothing is missing it is a mistake."""
    policy = tmp_path / ".probe-gate.yml"
    policy.write_text("version: 1\ntargets: [{id: 77}]\n")
    env = environment(tmp_path, sandbox.environment)
    ended = run_here(tmp_path, "init", "--ci", "github", env=env)
    assert ended.code == 0
    assert ".probe-gate.yml already exists and was left unchanged." in ended.output
    assert "probe-target-77" in (tmp_path / ".github/workflows/probe-gate.yml").read_text()
    again = run_here(tmp_path, "init", "--ci", "github", env=env)
    assert again.code == 2
    assert "Nothing was written; --force overwrites." in again.output
    assert policy.read_text() == "version: 1\ntargets: [{id: 77}]\n"
    assert run_here(tmp_path, "init", "--ci", "github", "--force", env=env).code == 0
    assert "min-score" in policy.read_text()


def test_it_works_offline_and_says_so(tmp_path: Path) -> None:
    """Without a key, and with a platform that does not answer."""
    ended = run_here(tmp_path, "init", "--ci", "gitlab", env=environment(tmp_path))
    assert ended.code == 0
    assert "To take them from the current scores, set SPLX_API_KEY and give the address of the target" in ended.output
    assert files(tmp_path) == {".probe-gate.yml", ".gitlab-ci.yml"}
    assert run_here(tmp_path, "policy", "validate", env=environment(tmp_path)).code == 0


def test_a_key_in_a_file_is_not_asked_for_again(tmp_path: Path) -> None:
    """Also where the workspace is what is missing."""
    (tmp_path / "key").write_text("a-key")
    ended = run_here(tmp_path, "init", "--ci", "gitlab", "--api-key-file", "key", env=environment(tmp_path))
    assert ended.code == 0
    assert "To take them from the current scores, give the address of the target" in ended.output


def test_the_address_of_a_page_sets_workspace_region_and_target(tmp_path: Path) -> None:
    """The pipeline asks the region of the address, and needs no variable for the workspace."""
    address = "https://us.probe.splx.ai/w/290/target/91"
    ended = run_here(tmp_path, "init", "--ci", "github", "--target-url", address, env=environment(tmp_path))
    assert ended.code == 0
    pipeline = (tmp_path / ".github/workflows/probe-gate.yml").read_text()
    assert 'workspace-id: "290"' in pipeline
    assert "api-url: us" in pipeline
    assert f"- id: {address}" in (tmp_path / ".probe-gate.yml").read_text()
    assert (
        "To take them from the current scores, set SPLX_API_KEY, then run probe-gate init again with --force."
        in ended.output
    )


def test_a_wrong_key_or_target_is_said_and_nothing_is_written(tmp_path: Path, sandbox: SandboxServer) -> None:
    """With the exit code of every other command."""
    for name, value, code in (("SPLX_API_KEY", "another-key", 3), ("SPLX_TARGET_ID", "99999", 3)):
        env = environment(tmp_path, sandbox.environment, {name: value})
        assert run_here(tmp_path, "init", "--ci", "jenkins", env=env).code == code
        assert files(tmp_path) == set()


@pytest.mark.parametrize("scenario", ["first-run", "never-scored"])
def test_a_target_without_a_score_gets_the_default(scenario: str, tmp_path: Path) -> None:
    """That it never ran is no mistake; and zeros in place of scores are not taken for scores."""
    with SandboxServer(scenario, speed=50) as server:
        ended = run_here(tmp_path, "init", "--ci", "none", env=environment(tmp_path, server.environment))
        assert ended.code == 0
        assert "the limit is the default" in ended.output
        assert "  min-score: 80\n" in (tmp_path / ".probe-gate.yml").read_text()
        assert files(tmp_path) == {".probe-gate.yml"}


def test_several_systems_are_not_guessed_between(tmp_path: Path) -> None:
    """It asks nothing, so it must be told; where there is none it writes the policy and says how to go on."""
    ended = run_here(tmp_path, "init", env=environment(tmp_path))
    assert ended.code == 0
    assert "No CI system was detected, so only the policy was written." in ended.output
    assert "name your CI system: probe-gate init --ci github|gitlab|jenkins" in ended.output
    (tmp_path / ".github").mkdir()
    (tmp_path / "Jenkinsfile").write_text("pipeline {}\n")
    ended = run_here(tmp_path, "init", env=environment(tmp_path))
    assert ended.code == 2
    assert "Several CI systems are in use here: github, jenkins." in ended.output


@pytest.mark.parametrize("targets", ["", "41,42"])
def test_the_pipelines_are_right_by_their_systems_schemas(targets: str, tmp_path: Path) -> None:
    """As the vendors publish them."""
    env = environment(tmp_path, {"SPLX_TARGET_ID": targets, "SPLX_WORKSPACE_ID": "7" if targets else ""})
    assert run_here(tmp_path, "init", "--ci", "github", env=env).code == 0
    assert run_here(tmp_path, "init", "--ci", "gitlab", env=env).code == 0
    for schema, name in (
        ("vendor.github-workflows", ".github/workflows/probe-gate.yml"),
        ("vendor.gitlab-ci", ".gitlab-ci.yml"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
