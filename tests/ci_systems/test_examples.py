"""The examples for the systems of which there is no runner here: their own scripts, in their own environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import home
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.blocks import block_with, blocks_of
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import IMAGE, ROOT, Done, Engine, run
from tests.harness.ci_environments import SYSTEMS

Serve = Callable[..., SandboxServer]
EXAMPLES = ROOT / "examples"
PULLED_IMAGE = "ghcr.io/owner/probe-gate:1"

DOCKER = """#!/bin/sh
# Stands for docker: the engine of this machine, on the network of this machine.
[ "$1" = run ] || exec {engine} "$@"
shift
exec {engine} run --network host {quick} "$@"
"""


class Checkout:
    """A checkout of a change, with a shell and a `docker` to run its pipeline's scripts with."""

    def __init__(self, engine: Engine, directory: Path, server: SandboxServer) -> None:
        engine("tag", IMAGE, PULLED_IMAGE)
        self.engine = engine
        self.server = server
        self.directory = directory / "checkout"
        self.directory.mkdir()
        self.bin = directory / "bin"
        self.bin.mkdir()
        given = variables(server)
        quick = " ".join(f"-e {name}={value}" for name, value in given.items() if name.startswith("PROBE_GATE_"))
        (self.bin / "docker").write_text(DOCKER.format(engine=engine.name, quick=quick))
        (self.bin / "docker").chmod(0o755)
        (self.directory / ".probe-gate.yml").write_text((EXAMPLES / ".probe-gate.yml").read_text())
        git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
        for words in (
            ["init", "--quiet", "--initial-branch", "main"],
            ["add", "--all"],
            ["commit", "--quiet", "--message", "A change"],
            ["remote", "add", "origin", str(self.directory)],
        ):
            assert run([*git, *words], cwd=self.directory).code == 0
        # The change under test lowers its own limits.
        (self.directory / ".probe-gate.yml").write_text("version: 1\npolicy: {min-score: 1}\n")

    def shell(self, script: str, env: Mapping[str, str], shell: str = "bash") -> Done:
        """Runs a script on the agent itself."""
        script = script.replace(home.image(), "ghcr.io/owner/probe-gate")
        given = {**variables(self.server), **env, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        return run([shell, "-e", "-c", script], cwd=self.directory, env=given)

    def in_image(self, script: str, env: Mapping[str, str]) -> Done:
        """Runs a script in the image, as a system does whose jobs run in one."""
        mount = ["-v", f"{self.directory}:/checkout", "-w", "/checkout"]
        return self.engine.run_image("bash", "-e", "-c", script, env={**variables(self.server), **env}, options=mount)

    def report(self, directory: str = "probe-gate-report") -> Any:
        return json.loads((self.directory / directory / "report.json").read_text())


@pytest.fixture
def checkout(engine: Engine, tmp_path: Path, sandbox: Serve) -> Checkout:
    return Checkout(engine, tmp_path, sandbox())


def _yaml(path: str) -> Any:
    return yaml.safe_load((EXAMPLES / path).read_text())


def _assert_judged(checkout: Checkout, done: Done, link: str, directory: str = "probe-gate-report") -> None:
    """The gate passed, held to the floor and to a baseline, and knows which job it was."""
    assert done.code == 0, done.out
    report = json.dumps(checkout.report(directory))
    assert "policy-floor.yml" in report
    assert link in report
    assert len(checkout.server.runs) == 1


def test_azure(checkout: Checkout) -> None:
    """Both scripts of the job, one after the other."""
    (stage,) = _yaml("azure/azure-pipelines.yml")["stages"]
    first, second = [step["bash"] for step in stage["jobs"][0]["steps"] if "bash" in step]
    places = {
        "SYSTEM_DEFAULTWORKINGDIRECTORY": str(checkout.directory),
        "PIPELINE_WORKSPACE": str(checkout.directory.parent),
    }
    env = {**SYSTEMS["azure"], **places}
    assert checkout.shell(first, env).code == 0
    done = checkout.shell(second, env)
    _assert_judged(checkout, done, "https://dev.azure.com/acme/bots/_build/results?buildId=505")
    assert f"##vso[task.uploadsummary]{checkout.directory}/probe-gate-report/summary.md" in done.out
    assert "##vso[task.setvariable variable=junitPath;isOutput=true]probe-gate-report/junit.xml" in done.out


def test_buildkite(checkout: Checkout) -> None:
    """The command of the step; its dollar signs are doubled for the upload."""
    steps = _yaml("buildkite/pipeline.yml")["steps"]
    done = checkout.shell(steps[0]["command"].replace("$$", "$"), SYSTEMS["buildkite"])
    _assert_judged(checkout, done, "https://buildkite.com/acme/bot/builds/55")
    (checkout.bin / "buildkite-agent").write_text("#!/bin/sh\nif [ $1 = annotate ]; then cat; fi\n")
    (checkout.bin / "buildkite-agent").chmod(0o755)
    annotated = checkout.shell(steps[1]["command"], {})
    assert annotated.code == 0
    assert "probe-gate: passed" in annotated.out.splitlines()[0]


def test_jenkins_by_docker_run(checkout: Checkout) -> None:
    """The scripts of the second Jenkinsfile."""
    text = (EXAMPLES / "jenkins" / "Jenkinsfile.docker-run").read_text()
    first, second = (part.partition("'''")[0] for part in text.split("sh '''")[1:])
    places = {"WORKSPACE": str(checkout.directory), "WORKSPACE_TMP": f"{checkout.directory}@tmp"}
    env = {**SYSTEMS["jenkins"], **places}
    assert checkout.shell(first, env, "sh").code == 0
    done = checkout.shell(second.replace("\\\n", " "), env, "sh")
    _assert_judged(checkout, done, "https://jenkins.example.com/job/acme/31/")


def test_bitbucket(checkout: Checkout) -> None:
    """The script of the first step on the agent, those of the second in the image."""
    references, gate = (entry["step"] for entry in _yaml("bitbucket/bitbucket-pipelines.yml")["definitions"]["steps"])
    for line in references["script"]:
        assert checkout.shell(line, SYSTEMS["bitbucket"]).code == 0
    done = checkout.in_image("\n".join(gate["script"]), SYSTEMS["bitbucket"])
    link = "https://bitbucket.org/acme/bot/pipelines/results/17"
    _assert_judged(checkout, done, link, "test-results/probe-gate")
    assert checkout.in_image("\n".join(gate["after-script"]), SYSTEMS["bitbucket"]).code == 0


def test_circleci(checkout: Checkout) -> None:
    """The commands of both jobs."""
    jobs = _yaml("circleci/config.yml")["jobs"]
    commands = {
        name: [step["run"]["command"] for step in job["steps"] if isinstance(step, dict) and "run" in step]
        for name, job in jobs.items()
    }
    assert checkout.shell(commands["references"][0], SYSTEMS["circleci"]).code == 0
    done = checkout.in_image(commands["probe-gate"][0], SYSTEMS["circleci"])
    _assert_judged(checkout, done, "https://circleci.com/gh/acme/bot/77")
    assert checkout.in_image(commands["probe-gate"][1], SYSTEMS["circleci"]).code == 0


def test_docker_run_with_nothing_but_what_it_needs(checkout: Checkout) -> None:
    """The bare script: a read-only root, no capabilities, any user, and flags of the caller."""
    script = (EXAMPLES / "docker" / "probe-gate.sh").read_text()
    (checkout.directory / "probe-gate.sh").write_text(script.replace(home.image(), "ghcr.io/owner/probe-gate"))
    done = checkout.shell("sh probe-gate.sh --min-score 99", {"NO_COLOR": "1"}, "sh")
    assert done.code == 1, done.out
    assert checkout.report()["outcome"] == "failed"


def test_the_docker_block_of_the_readme(checkout: Checkout) -> None:
    """Pasted into a shell, it runs."""
    block = block_with("README.md", "sh", "docker run")
    script = block.text.replace("docker run", f"docker run -e SPLX_API_URL={checkout.server.url}")
    env = {"SPLX_WORKSPACE_ID": "", "SPLX_TARGET_ID": ""}
    done = checkout.shell(script, env)
    assert done.code == 0, done.out
    assert len(checkout.server.runs) == 1


def _docker_blocks() -> list[Any]:
    pages = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
    blocks = [
        block for page in pages for block in blocks_of(page) if block.language == "sh" and "docker run" in block.text
    ]
    return [pytest.param(block, id=str(block)) for block in blocks]


@pytest.mark.parametrize("block", _docker_blocks())
def test_every_docker_block_of_the_pages(checkout: Checkout, block: Any) -> None:
    """What the pages tell to paste into a shell runs there."""
    script = block.text.replace("docker run", f"docker run -e SPLX_API_URL={checkout.server.url}")
    done = checkout.shell(script, {"SPLX_API_KEY": checkout.server.api_key})
    assert done.code == 0, done.out
