"""The image as Jenkins' Docker Pipeline plugin starts it, the `sh` step as it runs it, and an abort as it does that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.blocks import blocks_of
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import IMAGE, ROOT, Engine, give_to, run
from tests.harness.ci_environments import JENKINS
from tests.harness.waiting import wait_until

Serve = Callable[..., SandboxServer]
UID = 1234
NAME = "probe-gate-jenkins"
PAGES = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]
EXAMPLES = ROOT / "examples" / "jenkins"
COOKIE = "durable-5f3b8a"
SCRIPT = re.search(r"sh '(exec .+?)'", (EXAMPLES / "Jenkinsfile").read_text())


class Agent:
    """A container as agent: started once, each step is an `exec`."""

    def __init__(self, engine: Engine, workspace: Path) -> None:
        self.engine = engine
        self.workspace = workspace
        self.control = workspace.with_name(f"{workspace.name}@tmp")
        for path in (self.workspace, self.control):
            path.mkdir()
            give_to(path, UID)

    def start(self, env: Mapping[str, str]) -> None:
        given = [word for name, value in env.items() for word in ("-e", f"{name}={value}")]
        mounts = [word for path in (self.workspace, self.control) for word in ("-v", f"{path}:{path}:rw,z")]
        words = ["run", "-t", "-d", "--name", NAME, "-u", f"{UID}:{UID}", "-w", str(self.workspace), *mounts, *given]
        done = self.engine(*words, "--network", "host", IMAGE, "cat")
        assert done.code == 0, done.out

    def begin(self, script: str) -> None:
        """A `sh` step: the script runs in the background, its log and its exit code go into files."""
        path = self.control / "script.sh"
        path.write_text(f"#!/bin/sh -xe\n{script}\n")
        wrapper = (
            # By way of a variable, so that only the environment of the step shows the cookie, not this command.
            f"( jsc={COOKIE}; JENKINS_SERVER_COOKIE=$jsc sh -xe '{path}' > '{self.control}/log' 2>&1; "
            f"echo $? > '{self.control}/result' ) >&- 2>&- &"
        )
        assert self.engine("exec", "--env", "JENKINS_NODE_COOKIE=1", NAME, "sh", "-c", wrapper).code == 0

    def end(self) -> int:
        """Waits for the step; its exit code."""
        result = self.control / "result"
        return int(wait_until(lambda: result.exists() and result.read_text().strip(), self.log))

    def log(self) -> str:
        log = self.control / "log"
        return log.read_text() if log.exists() else ""

    def abort(self) -> None:
        """Seeks the processes of the step by the cookie in their environment, and sends each a TERM."""
        listed = self.engine("exec", NAME, "ps", "-A", "-o", "pid,command", "e")
        assert listed.code == 0, listed.out
        mine = [line.split()[0] for line in listed.out.splitlines() if f"JENKINS_SERVER_COOKIE={COOKIE}" in line]
        assert mine, listed.out
        done = self.engine("exec", NAME, "kill", *mine)
        assert done.code == 0, done.out


@pytest.fixture
def agent(engine: Engine, tmp_path: Path) -> Iterator[Agent]:
    yield Agent(engine, tmp_path / "job")
    engine.remove(NAME)


def _environ(server: SandboxServer) -> dict[str, str]:
    return {**JENKINS, **variables(server)}


def test_the_agent_starts_and_the_gate_runs_in_it(agent: Agent, sandbox: Serve) -> None:
    """`cat` holds the container, uid 1234 without a home writes its reports into the workspace."""
    server = sandbox()
    agent.start(_environ(server))
    # the plugin asks by a command of its own, as soon as the container is started
    wait_until(
        lambda: re.search(r"^ +1 cat$", agent.engine("exec", NAME, "ps", "-A", "-o", "pid,comm").out, re.MULTILINE),
        "the container's first process is cat",
    )
    assert SCRIPT is not None
    agent.begin(SCRIPT[1])
    assert agent.end() == 0, agent.log()
    junit = agent.workspace / "probe-gate-report" / "junit.xml"
    assert junit.stat().st_uid == UID
    assert "acme/bot/main" in (server.runs[0].name or "")


@pytest.mark.parametrize(("scenario", "code"), [("failing", 1), ("run-failed", 5)])
def test_the_step_gets_the_code_that_says_why(agent: Agent, sandbox: Serve, scenario: str, code: int) -> None:
    """`returnStatus` tells a broken policy from what could not be judged."""
    agent.start(_environ(sandbox(scenario)))
    assert SCRIPT is not None
    agent.begin(SCRIPT[1])
    assert agent.end() == code, agent.log()


def test_an_abort_cancels_the_run_before_jenkins_goes_on(agent: Agent, sandbox: Serve) -> None:
    """The step ends only when the run is cancelled: Jenkins stops the container a second after that."""
    server = sandbox("never-ends")
    agent.start(_environ(server))
    assert SCRIPT is not None
    agent.begin(SCRIPT[1])
    wait_until(lambda: server.active_runs, agent.log)
    agent.abort()
    assert agent.end() == 143, agent.log()
    assert server.active_runs == []
    assert "cancelled" in (agent.workspace / "probe-gate-report" / "junit.xml").read_text()


def test_the_clean_up_step_finds_what_was_left(agent: Agent, sandbox: Serve) -> None:
    """`probe-gate cleanup`, as the example has it, cancels after a kill."""
    server = sandbox("never-ends")
    agent.start(_environ(server))
    agent.begin("probe-gate run")
    wait_until(lambda: server.active_runs, agent.log)
    agent.engine(
        "exec", NAME, "sh", "-c", "kill -KILL $(ps -A -o pid=,args= | awk '/bin\\/probe-gate run/ {print $1}')"
    )
    agent.end()
    assert server.active_runs
    done = agent.engine("exec", NAME, "probe-gate", "cleanup")
    assert done.code == 0, done.out
    assert server.active_runs == []


def _groovy_texts() -> list[tuple[str, str]]:
    files = [(path.name, path.read_text()) for path in sorted(EXAMPLES.iterdir())]
    pages = [(str(block), block.text) for page in PAGES for block in blocks_of(page) if block.language == "groovy"]
    return files + pages


def test_every_jenkinsfile_parses(tmp_path: Path) -> None:
    """Groovy reads the examples and every block of the pages."""
    texts = _groovy_texts()
    assert len(texts) >= 3
    for number, (_, text) in enumerate(texts):
        (tmp_path / f"{number}.groovy").write_text(text)
    script = 'args.each { name -> new GroovyShell().parse(new File(name)); println "parsed " + name }'
    done = run(["groovy", "-e", script, *sorted(tmp_path.glob("*.groovy"))])
    assert done.code == 0, done.out
    assert done.out.count("parsed ") == len(texts)
