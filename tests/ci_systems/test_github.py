"""The action as GitHub's runner starts it: the same `docker run`, word for word where it matters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.conftest import QUICK
from tests.ci_systems.containers import IMAGE, ROOT, Done, Engine, give_to
from tests.harness.waiting import wait_until
from tests.unit.ci.test_github import read_values

Serve = Callable[..., SandboxServer]
RUNNER_UID = 1001
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


class Runner:
    """A step of a job: its workspace, its files for commands, and the containers that it starts."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self.engine = engine
        self.workspace = directory / "workspace"
        self.commands = directory / "file_commands"
        self.home = directory / "home"
        for path in (self.workspace, self.commands, self.home):
            path.mkdir(mode=0o755)
            give_to(path, RUNNER_UID)
        for name in ("output", "state", "summary"):
            path = self.commands / name
            path.touch(mode=0o644)
            give_to(path, RUNNER_UID)

    def words(self, inputs: Mapping[str, str], *, name: str, post: bool, env: Mapping[str, str]) -> list[str]:
        """The runner's `docker run`: names of variables on the command line, their values in its environment."""
        given = {name: str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
        given |= {"comment-token": "", "job-key": "null"} | dict(inputs)
        variables = {
            **{f"INPUT_{name.upper()}": value for name, value in given.items()},
            "HOME": "/github/home",
            "GITHUB_ACTIONS": "true",
            "GITHUB_JOB": "gate",
            "GITHUB_ACTION": "probe",
            "GITHUB_REPOSITORY": "acme/bot",
            "GITHUB_RUN_ID": "9001",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_RUN_NUMBER": "12",
            "GITHUB_SHA": "4f2a9c1d" * 5,
            "GITHUB_REF_NAME": "main",
            "GITHUB_WORKFLOW": "CI",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": "/github/workspace",
            "GITHUB_OUTPUT": "/github/file_commands/output",
            "GITHUB_STATE": "/github/file_commands/state",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
            "CI": "true",
            **env,
        }
        words = ["run", "--name", name, "--workdir", "/github/workspace", "--network", "host"]
        words += [word for key, value in variables.items() for word in ("-e", f"{key}={value}")]
        words += ["-v", f"{self.home}:/github/home", "-v", f"{self.commands}:/github/file_commands"]
        words += ["-v", f"{self.workspace}:/github/workspace"]
        words += ["--entrypoint", ACTION["runs"]["post-entrypoint"]] if post else []
        return [*words, IMAGE, given["command"]]

    def step(self, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> Done:
        """The main step, to its end."""
        words = self.words(inputs, name="probe-gate-github", post=False, env=env or {})
        return self.engine(*words[:1], "--rm", *words[1:])

    def post(self, inputs: Mapping[str, str]) -> Done:
        """The post step, with what the main step put into its state."""
        state = {f"STATE_{name}": value for name, value in read_values((self.commands / "state").read_text()).items()}
        words = self.words(inputs, name="probe-gate-github-cleanup", post=True, env=state)
        return self.engine(*words[:1], "--rm", *words[1:])

    def outputs(self) -> dict[str, str]:
        return read_values((self.commands / "output").read_text())


@pytest.fixture
def runner(engine: Engine, tmp_path: Path) -> Iterator[Runner]:
    yield Runner(engine, tmp_path)
    for name in ("probe-gate-github", "probe-gate-github-cleanup"):
        engine.remove(name)


def inputs(server: SandboxServer, **more: str) -> dict[str, str]:
    """What stands under `with:` of a quick gate against the sandbox."""
    return {
        "api-url": server.url,
        "api-key": server.api_key,
        "workspace-id": str(server.workspace_id),
        "target-id": str(server.target_id),
        "settle": QUICK["PROBE_GATE_SETTLE"],
        "poll-interval": QUICK["PROBE_GATE_POLL_INTERVAL"],
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def test_a_gate_that_passes(runner: Runner, sandbox: Serve) -> None:
    """Inputs alone are enough; outputs, summary and reports are where later steps look for them."""
    done = runner.step(inputs(sandbox()))
    assert done.code == 0, done.out
    outputs = runner.outputs()
    assert outputs["outcome"] == "passed"
    assert outputs["exit-code"] == "0"
    assert outputs["failed-checks"] == ""
    assert (runner.workspace / outputs["junit-path"]).is_file()
    assert (runner.commands / "summary").read_text().splitlines()[0].startswith("#")
    assert "::add-mask::" in done.out


def test_a_gate_that_fails(runner: Runner, sandbox: Serve) -> None:
    """Exit 1, the failed checks as output and as annotations, and nothing but the mask shows the key."""
    server = sandbox("category-low")
    done = runner.step(inputs(server, min_category_score="Safety=80"))
    assert done.code == 1, done.out
    outputs = runner.outputs()
    assert outputs["outcome"] == "failed"
    assert "category-score:Safety" in outputs["failed-checks"]
    assert re.search(r"^::error title=[^:]+%3A category-score%3ASafety [^:]+::", done.out, re.MULTILINE)
    assert server.api_key not in re.sub(r"^::add-mask::.*$", "", done.out, flags=re.MULTILINE)


def test_an_input_stands_above_a_variable_of_the_workflow(runner: Runner, sandbox: Serve) -> None:
    """A variable left over somewhere does not gate another target than the step names."""
    server = sandbox()
    done = runner.step(inputs(server, target_id="2"), env={"SPLX_TARGET_ID": "42"})
    assert done.code == 0, done.out
    assert {run.target_id for run in server.runs} == {2}


def test_a_pull_request_from_a_fork_is_told_why_there_is_no_key(runner: Runner, sandbox: Serve) -> None:
    """No word of a missing setting, which the contributor cannot mend, and none of pull_request_target."""
    (runner.workspace / "event.json").write_text(
        '{"pull_request": {"number": 7, "head": {"repo": {"full_name": "stranger/bot"}},'
        ' "base": {"repo": {"full_name": "acme/bot"}}}}'
    )
    env = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": "/github/workspace/event.json"}
    done = runner.step(inputs(sandbox(), api_key=""), env=env)
    assert done.code == 2, done.out
    assert "fork" in done.out
    assert "pull_request_target" not in done.out
    assert runner.outputs()["outcome"] == "config-error"
    skipped = runner.step(inputs(sandbox(), api_key="", on_missing_key="skip-forks"), env=env)
    assert skipped.code == 0, skipped.out
    assert runner.outputs()["outcome"] == "skipped"
    assert "::warning title=Probe gate%3A skipped::" in skipped.out
    own = runner.step(inputs(sandbox(), api_key="", on_missing_key="skip-forks"))
    assert own.code == 2, own.out


def test_check_and_an_unknown_command(runner: Runner, sandbox: Serve) -> None:
    """The command is an input, too."""
    server = sandbox()
    done = runner.step(inputs(server, command="check"))
    assert done.code == 0, done.out
    assert server.runs == []
    assert runner.step(inputs(server, command="chekc")).code == 2


def _start(runner: Runner, server: SandboxServer, **more: str) -> None:
    words = runner.words(inputs(server, **more), name="probe-gate-github", post=False, env={})
    assert runner.engine(*words[:1], "-d", *words[1:]).code == 0
    wait_until(lambda: server.active_runs, lambda: runner.engine("logs", "probe-gate-github").out)


def test_the_post_step_cancels_after_a_kill(runner: Runner, sandbox: Serve) -> None:
    """A gate that had no time for anything leaves its run to the post step, which gets the main step's arguments."""
    server = sandbox("never-ends")
    _start(runner, server)
    runner.engine("kill", "--signal", "KILL", "probe-gate-github")
    assert server.active_runs
    done = runner.post(inputs(server))
    assert done.code == 0, done.out
    assert server.active_runs == []


def test_cancel_as_the_runner_does_it(runner: Runner, sandbox: Serve) -> None:
    """SIGINT, and 7.5 seconds until the next signal: the run is cancelled by then, and the post step has nothing to do."""
    server = sandbox("never-ends")
    _start(runner, server)
    runner.engine("kill", "--signal", "INT", "probe-gate-github")
    assert runner.engine("wait", "probe-gate-github").out.strip() == "130"
    assert server.active_runs == []
    assert runner.outputs()["outcome"] == "cancelled"
    asked = len(server.requests)
    assert runner.post(inputs(server)).code == 0
    assert len(server.requests) == asked


def test_a_run_that_was_left_on_purpose_is_left_by_the_post_step(runner: Runner, sandbox: Serve) -> None:
    """`on-timeout: leave` means it: the gate came to its end, and nobody cancels behind its back."""
    server = sandbox("never-ends")
    done = runner.step(inputs(server, timeout="20s", on_timeout="leave"))
    assert done.code == 6, done.out
    assert runner.post(inputs(server)).code == 0
    assert server.active_runs


def test_a_later_attempt_takes_up_the_run(runner: Runner, sandbox: Serve) -> None:
    """A job that is run again judges the run that its earlier attempt left going, and starts no other."""
    server = sandbox("never-ends")
    _start(runner, server)
    runner.engine("kill", "--signal", "KILL", "probe-gate-github")
    runner.engine.remove("probe-gate-github")
    done = runner.step(inputs(server, timeout="4s", on_timeout="leave"), env={"GITHUB_RUN_ATTEMPT": "2"})
    assert done.code == 6, done.out
    assert len(server.runs) == 1, done.out
    other_leg = runner.step(inputs(server, job_key='{\n  "leg": 2\n}', on_busy="fail"), env={"GITHUB_RUN_ATTEMPT": "2"})
    assert other_leg.code == 7, other_leg.out
    assert len(server.runs) == 1
