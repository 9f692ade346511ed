"""The action under act, which reads action.yml, builds the Dockerfile and runs the steps as the runner does."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import home
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.blocks import block_with
from tests.ci_systems.conftest import QUICK
from tests.ci_systems.containers import IMAGE, ROOT, Done, Engine, run
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until

Serve = Callable[..., SandboxServer]
SECONDS = 420

MORE_STEPS = """
- name: A gate that fails
  id: failing
  continue-on-error: true
  uses: ./
  with:
    api-key: ${{ secrets.SPLX_API_KEY }}
    workspace-id: "7"
    target-id: "42"
    min-score: "99"
    report-dir: reports/failing
- name: Its outputs
  run: |
    echo "told: ${{ steps.failing.outcome }} ${{ steps.failing.outputs.outcome }} ${{ steps.failing.outputs.exit-code }}"
    echo "told: ${{ steps.failing.outputs.failed-checks }} ${{ steps.failing.outputs.junit-path }}"
    test -s "${{ steps.failing.outputs.junit-path }}"
    test -s probe-gate-report/junit.xml
"""


@pytest.fixture
def docker_host(engine: Engine, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A Docker API to talk to: docker's own, or podman's, served for this test."""
    if engine.name == "docker":
        yield {}
        return
    socket = tmp_path / "podman.sock"
    service = subprocess.Popen(["podman", "system", "service", "--time=0", f"unix://{socket}"])
    try:
        wait_until(socket.exists, "podman serves its API", process=service)
        yield {"DOCKER_HOST": f"unix://{socket}", "DOCKER_BUILDKIT": "0"}
    finally:
        service.terminate()
        service.wait(MAX_WAIT_SECONDS)


def _repository(directory: Path, workflow: dict[str, Any], base_image: str) -> None:
    """A repository that holds the action and a workflow that uses it."""
    directory.mkdir()
    for name in ("action.yml", "Dockerfile", ".dockerignore", "requirements.lock"):
        shutil.copy(ROOT / name, directory)
    shutil.copytree(
        ROOT / "src" / "probe_gate", directory / "src" / "probe_gate", ignore=shutil.ignore_patterns("__pycache__")
    )
    if base_image:  # act cannot pass a build argument
        dockerfile = (directory / "Dockerfile").read_text()
        (directory / "Dockerfile").write_text(
            re.sub(r"^ARG BASE_IMAGE=.*$", f"ARG BASE_IMAGE={base_image}", dockerfile, flags=re.M)
        )
    (directory / ".github" / "workflows").mkdir(parents=True)
    (directory / ".github" / "workflows" / "gate.yml").write_text(yaml.safe_dump(workflow, sort_keys=False))
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "A change"]):
        assert run([*git, *words], cwd=directory).code == 0


def _act(directory: Path, runs_on: str, engine: Engine, server: SandboxServer, docker_host: dict[str, str]) -> Done:
    """Run the workflow of the repository in `directory` for a pull request."""
    user_home = directory / "home"
    (user_home / ".config" / "act").mkdir(parents=True)
    (user_home / ".config" / "act" / "actrc").touch()
    image = engine.base_image or "docker.io/library/python:3.12-slim"
    variables = {**QUICK, "SPLX_API_URL": server.url}
    command = ["act", "pull_request", "-P", f"{runs_on}={image}", "--network", "host", "--rm", "--no-cache-server"]
    command += ["--container-daemon-socket", "-", "--pull=false"]
    command += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    command += ["-s", f"SPLX_API_KEY={server.api_key}"]
    return run(command, cwd=directory / "repository", env={"HOME": str(user_home), **docker_host}, seconds=SECONDS)


def test_the_block_of_the_readme_and_a_gate_that_fails(
    engine: Engine, sandbox: Serve, docker_host: dict[str, str], tmp_path: Path
) -> None:
    """What the README tells to paste passes; a stricter step fails with the right outputs; both write their summary."""
    server = sandbox(speed=200)
    workflow = yaml.safe_load(block_with("README.md", "yaml", f"uses: {home.action()}").text.replace("on:", '"on":', 1))
    del workflow["concurrency"]  # act does not know `queue`
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        if step["uses"].startswith(f"{home.action()}@"):
            step["uses"] = "./"
    checkout = {"uses": "actions/checkout@v5"}  # where the action itself is, in this test
    job["steps"] = [checkout, *job["steps"], *yaml.safe_load(MORE_STEPS)]
    _repository(tmp_path / "repository", workflow, engine.base_image)
    done = _act(tmp_path, job["runs-on"], engine, server, docker_host)
    assert done.code == 0, done.out
    assert "told: failure failed 1" in done.out
    assert "told: target 42: overall-score 91, minimum 99 reports/failing/junit.xml" in done.out
    assert "## ✅ probe-gate: passed" in done.out
    assert "## ❌ probe-gate: failed" in done.out
    assert len(server.runs) == 2
    assert server.api_key not in done.out


def test_the_action_of_a_release_builds_nothing(
    engine: Engine, sandbox: Serve, docker_host: dict[str, str], tmp_path: Path
) -> None:
    """The commit that a release tags names the image by digest, and runs where there is no Dockerfile."""
    server = sandbox(speed=200)
    steps = [{"uses": "actions/checkout@v5"}, yaml.safe_load(MORE_STEPS)[0] | {"continue-on-error": False}]
    steps[1]["with"] |= {"min-score": "10"}
    workflow = {"on": "pull_request", "jobs": {"gate": {"runs-on": "ubuntu-24.04", "steps": steps}}}
    _repository(tmp_path / "repository", workflow, engine.base_image)
    repository = tmp_path / "repository"
    digest = engine("image", "inspect", "--format", "{{.Digest}}", IMAGE).out.strip()
    image = f"localhost/{IMAGE.partition(':')[0]}@{digest}"
    who = {f"GIT_{role}_{what}": "test@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    released = run([ROOT / "scripts" / "release-tags", "1.2.3", image], cwd=repository, env=who)
    assert released.code == 0, released.out
    assert run(["git", "checkout", "--quiet", "v1.2.3"], cwd=repository).code == 0
    (repository / "Dockerfile").unlink()
    done = _act(tmp_path, "ubuntu-24.04", engine, server, docker_host)
    assert done.code == 0, done.out
    assert "docker build" not in done.out
    assert len(server.runs) == 1
