"""The action that needs no container: its JavaScript as the runner starts it, and the whole of it under act."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import home
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.conftest import QUICK
from tests.ci_systems.containers import ROOT, Done, run
from tests.ci_systems.test_github import inputs
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until
from tests.unit.ci.test_github import read_values

Serve = Callable[..., SandboxServer]
ACTION = yaml.safe_load((ROOT / "native" / "action.yml").read_text())
SECONDS = 420


class Step:
    """A step of a job on a runner without containers."""

    def __init__(self, directory: Path, temp: Path) -> None:
        self.workspace = directory / "workspace"
        self.commands = directory / "file_commands"
        self.temp = temp
        self.path = os.environ["PATH"]
        self.tool_cache = directory / "no-tool-cache"
        for path in (self.workspace, self.commands):
            path.mkdir()
        for name in ("output", "state", "summary"):
            (self.commands / name).touch()

    def environ(self, given: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
        """The environment that the runner gives to the JavaScript of an action."""
        values = {name: str(value.get("default", "")) for name, value in ACTION["inputs"].items()}
        values |= {"comment-token": "", "job-key": "null"} | dict(given)
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("PROBE_GATE_")},
            **{f"INPUT_{name.upper()}": value for name, value in values.items()},
            "PATH": self.path,
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TOOL_CACHE": str(self.tool_cache),
            "GITHUB_ACTIONS": "true",
            "GITHUB_JOB": "gate",
            "GITHUB_ACTION": "probe",
            "GITHUB_REPOSITORY": "acme/bot",
            "GITHUB_RUN_ID": "9001",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_SHA": "4f2a9c1d" * 5,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.commands / "output"),
            "GITHUB_STATE": str(self.commands / "state"),
            "GITHUB_STEP_SUMMARY": str(self.commands / "summary"),
            **more,
        }

    def run(self, given: Mapping[str, str], more: Mapping[str, str] | None = None, *, script: str = "main") -> Done:
        """Run the main script, or `post`, to its end."""
        process = self.start(given, more, script=script)
        out, _ = process.communicate(timeout=SECONDS)
        return Done(process.returncode, out)

    def start(
        self, given: Mapping[str, str], more: Mapping[str, str] | None = None, *, script: str = "main"
    ) -> subprocess.Popen[str]:
        """Start the main script, or `post`. The runner leads a group of its own."""
        node = shutil.which("node")
        assert node is not None
        return subprocess.Popen(
            [node, ROOT / "native" / ACTION["runs"][script]],
            cwd=self.workspace,
            env=self.environ(given, more or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def post(self, given: Mapping[str, str]) -> Done:
        """Run the post script with what the main script put into its state."""
        state = {f"STATE_{name}": value for name, value in self.state().items()}
        return self.run(given, state, script="post")

    def state(self) -> dict[str, str]:
        lines = (self.commands / "state").read_text()
        plain = dict(line.split("=", 1) for line in lines.splitlines() if line.startswith("interpreter="))
        rest = "".join(line for line in lines.splitlines(keepends=True) if not line.startswith("interpreter="))
        return plain | read_values(rest)

    def outputs(self) -> dict[str, str]:
        return read_values((self.commands / "output").read_text())


@pytest.fixture(scope="module")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RUNNER_TEMP, which the steps of a job share."""
    return tmp_path_factory.mktemp("runner-temp")


@pytest.fixture
def step(tmp_path: Path, temp: Path) -> Step:
    return Step(tmp_path, temp)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A directory for a PATH on which there is nothing but what the test puts there."""
    directory = tmp_path / "programs"
    directory.mkdir()
    return directory


def _script(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)


def test_a_gate_that_passes_and_one_that_fails(step: Step, sandbox: Serve) -> None:
    """Inputs, outputs, summary and exit code are those of the container; the second step uses the first one's environment."""
    server = sandbox("category-low")
    passed = step.run(inputs(server))
    assert passed.code == 0, passed.out
    assert step.outputs()["outcome"] == "passed"
    assert (step.workspace / step.outputs()["junit-path"]).is_file()
    assert (step.commands / "summary").read_text().startswith("#")
    (environment,) = step.temp.glob("probe-gate-*")
    made_at = (environment / "complete").stat().st_mtime_ns
    failed = step.run(inputs(server, min_category_score="Safety=80"))
    assert failed.code == 1, failed.out
    assert "category-score:Safety" in step.outputs()["failed-checks"]
    assert (environment / "complete").stat().st_mtime_ns == made_at
    assert len(server.runs) == 2


def test_a_wrong_command_and_a_program_of_the_runner(step: Step, sandbox: Serve) -> None:
    """A typing error is exit 2; no other program is ever started in the place of the gate."""
    server = sandbox()
    assert step.run(inputs(server, command="chekc")).code == 2
    assert step.run(inputs(server, command="true")).code == 2
    assert server.requests == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run(step: Step, sandbox: Serve, number: signal.Signals, code: int) -> None:
    """The runner sends it to the JavaScript alone; the gate cancels its run, and there is nothing left for the post step."""
    server = sandbox("never-ends")
    process = step.start(inputs(server))
    wait_until(lambda: server.active_runs, "the run is active", process=process)
    process.send_signal(number)
    out, _ = process.communicate(timeout=MAX_WAIT_SECONDS)
    assert process.returncode == code, out
    assert server.active_runs == []
    assert step.outputs()["outcome"] == "cancelled"
    asked = len(server.requests)
    assert step.post(inputs(server)).code == 0
    assert len(server.requests) == asked


def test_the_post_step_cancels_after_a_kill(step: Step, sandbox: Serve) -> None:
    """A gate that was killed leaves its run to the post step."""
    server = sandbox("never-ends")
    process = step.start(inputs(server))
    wait_until(lambda: server.active_runs, "the run is active", process=process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=MAX_WAIT_SECONDS)
    assert server.active_runs
    done = step.post(inputs(server))
    assert done.code == 0, done.out
    assert server.active_runs == []


def test_a_runner_without_python_is_told_what_to_do(step: Step, sandbox: Serve, programs: Path) -> None:
    """Exit 2 with an annotation, and the post step has nothing to do. A Python that is too old does not count."""
    _script(programs / "python3", "exit 1")
    (programs / "node").symlink_to(shutil.which("node") or "")
    step.path = str(programs)
    server = sandbox()
    done = step.run(inputs(server))
    assert done.code == 2, done.out
    assert done.out.startswith("::error title=Probe gate::Python 3.11 or newer")
    assert step.post(inputs(server)).code == 0
    assert server.requests == []


def test_the_newest_python_of_the_tool_cache_is_found(
    step: Step, sandbox: Serve, programs: Path, tmp_path: Path
) -> None:
    """On runners whose own Python is too old. Setting up is given neither the inputs nor the key."""
    _script(programs / "python3", "exit 1")
    step.path = f"{programs}:/usr/bin:/bin"
    for minor in ("11", "12", "13", "14"):
        _script(programs / f"python3.{minor}", "exit 1")
    step.temp, step.tool_cache = tmp_path / "temp", tmp_path / "tools"
    step.temp.mkdir()
    arch = run(["node", "-p", "os.arch()"]).out.strip()
    for version in ("3.9.20", "3.11.2", "3.11.10"):
        python = step.tool_cache / "Python" / version / arch / "bin" / "python3"
        _script(python, f"env >> {tmp_path}/{version}.env", f'exec {sys.executable} "$@"')
    server = sandbox()
    done = step.run(inputs(server), {"PROBE_GATE_COMMENT_TOKEN": "hidden", "PROBE_TARGET_PASSWORD": "hidden"})
    assert done.code == 0, done.out
    seen = (tmp_path / "3.11.10.env").read_text()
    assert not (tmp_path / "3.11.2.env").exists()
    assert "INPUT_" not in seen
    assert server.api_key not in seen
    assert "hidden" not in seen


@pytest.mark.parametrize("has_pip", [True, False], ids=["pip", "no pip"])
def test_a_checkout_brings_no_module_and_no_program_in(
    step: Step, sandbox: Serve, programs: Path, tmp_path: Path, has_pip: bool
) -> None:
    """Nothing of the change under test is run, neither by the setup nor by the gate, wherever PYTHONPATH leads."""
    python = Path(sys.executable)
    if not has_pip:
        python = tmp_path / "without-pip" / "bin" / "python3"
        assert run([sys.executable, "-m", "venv", "--without-pip", python.parent.parent]).code == 0
    _script(programs / "python3", f'exec {python} "$@"')
    step.path = f"{programs}:{step.path}"
    step.temp = tmp_path / "a temp é"
    step.temp.mkdir()
    for name in ("requests", "sitecustomize", "usercustomize", "venv", "pip", "ensurepip", "probe_gate"):
        (step.workspace / f"{name}.py").write_text('print("taken over", flush=True)\nraise SystemExit("taken over")\n')
    _script(step.workspace / "python3", "echo taken over")
    server = sandbox()
    done = step.run(inputs(server), {"PYTHONPATH": str(step.workspace), "PYTHONINSPECT": "1"})
    assert done.code == 0, done.out
    assert "taken over" not in done.out


def test_pip_is_configured_for_another_place(step: Step, sandbox: Serve, tmp_path: Path) -> None:
    """The requirements are installed into the environment, wherever pip installs otherwise."""
    step.temp = tmp_path / "temp"
    step.temp.mkdir()
    (tmp_path / "pip.conf").write_text("[install]\nuser = true\n")
    server = sandbox()
    elsewhere = {"PIP_TARGET": str(tmp_path / "elsewhere"), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")}
    done = step.run(inputs(server), elsewhere)
    assert done.code == 0, done.out
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_directory_for_temporary_files_nothing_is_shared(step: Step, sandbox: Serve, tmp_path: Path) -> None:
    """Each step makes an environment of its own: another user of the machine may have put one where all can write."""
    (tmp_path / "shared").mkdir()
    server = sandbox()
    for _ in range(2):
        done = step.run(inputs(server), {"RUNNER_TEMP": "", "TMPDIR": str(tmp_path / "shared")})
        assert done.code == 0, done.out
    assert len(list((tmp_path / "shared").glob("probe-gate-*/probe-gate-*/complete"))) == 2


WORKFLOW = """
name: Probe gate
"on": push
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        leg: [1]
    steps:
      - uses: actions/checkout@v5
      - id: passing
        uses: ./native
        with: &inputs
          api-key: ${{ secrets.SPLX_API_KEY }}
          workspace-id: "7"
          target-id: "42"
      - id: failing
        continue-on-error: true
        uses: ./native
        with:
          <<: *inputs
          min-score: "99"
          report-dir: reports/failing
      - run: |
          echo "told: ${{ steps.passing.outputs.outcome }} ${{ steps.failing.outcome }} ${{ steps.failing.outputs.exit-code }}"
          test -s "${{ steps.failing.outputs.junit-path }}"
          test -s probe-gate-report/junit.xml
"""


def _repository(directory: Path, workflow: dict[str, Any], **files: str) -> Path:
    """Make a repository that holds the action and a workflow that uses it; the files come with its second commit."""
    directory.mkdir()
    shutil.copy(ROOT / "requirements.lock", directory)
    shutil.copytree(ROOT / "native", directory / "native")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "probe_gate", directory / "src" / "probe_gate", ignore=ignored)
    (directory / ".github" / "workflows").mkdir(parents=True)
    text = yaml.safe_dump(workflow, sort_keys=False)
    (directory / ".github" / "workflows" / "gate.yml").write_text(text)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    assert run([*git, "init", "--quiet"], cwd=directory).code == 0
    for commit in ({}, files):
        for name, content in commit.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(content)
        assert run([*git, "add", "--all"], cwd=directory).code == 0
        assert run([*git, "commit", "--quiet", "--allow-empty", "--message", "A change"], cwd=directory).code == 0
    return directory


def _act(repository: Path, event: str, server: SandboxServer) -> Done:
    """Run the workflow on this machine itself."""
    user_home = repository.with_name("home")
    (user_home / ".config" / "act").mkdir(parents=True)
    (user_home / ".config" / "act" / "actrc").touch()
    command = ["act", event, "--no-cache-server"]
    command += [word for label in ("latest", "24.04") for word in ("-P", f"ubuntu-{label}=-self-hosted")]
    variables = {**QUICK, "SPLX_API_URL": server.url}
    command += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    command += ["-s", f"SPLX_API_KEY={server.api_key}", "--var", f"SPLX_WORKSPACE_ID={server.workspace_id}"]
    return run(command, cwd=repository, env={"HOME": str(user_home)}, seconds=SECONDS)


def test_under_act_on_the_host(sandbox: Serve, tmp_path: Path) -> None:
    """act reads native/action.yml, starts the JavaScript with node on this machine, and reads the outputs."""
    server = sandbox(speed=200)
    repository = _repository(tmp_path / "repository", yaml.safe_load(WORKFLOW))
    done = _act(repository, "push", server)
    assert done.code == 0, done.out
    assert "told: passed failure 1" in done.out
    assert len(server.runs) == 2
    assert server.api_key not in done.out


def _example(name: str) -> dict[str, Any]:
    """Return an example with the action of this checkout, and without the actions that are not to be had here."""
    text = (ROOT / "examples" / "github" / name).read_text()
    text = text.replace(f"{home.action()}@v1", "./native").replace("\non:\n", '\n"on":\n')
    workflow: dict[str, Any] = yaml.safe_load(text)
    for part in (workflow, *workflow["jobs"].values()):
        part.pop("concurrency", None)  # act does not know `queue`
    for job in workflow["jobs"].values():
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        kept = [step for step in job["steps"] if not step.get("uses", "").startswith("actions/")]
        job["steps"] = [*checkouts[:1], *kept]
    return workflow


POLICY = "version: 1\ntargets: [{id: 42}]\npolicy: {min-score: %s}\n"


@pytest.mark.parametrize(
    ("name", "event", "files", "gates", "code"),
    [
        ("quick.yml", "pull_request", {}, 1, 0),
        ("night.yml", "schedule", {}, 1, 0),
        ("night.yml", "schedule", {".probe-gate.yml": "version: 1\npolicy: {min-score: 100}\n"}, 1, 1),
        ("monorepo.yml", "pull_request", {"README": "x"}, 0, 0),
        ("monorepo.yml", "pull_request", {"bots/a/.probe-gate.yml": POLICY % 10}, 1, 0),
        ("monorepo.yml", "pull_request", {"bots/a/.probe-gate.yml": POLICY % 100}, 1, 1),
    ],
)
def test_the_ready_pipelines(
    name: str, event: str, files: dict[str, str], gates: int, code: int, sandbox: Serve, tmp_path: Path
) -> None:
    """Each runs as it stands, but for the actions that save and upload: its gate, and the required check of a monorepo."""
    server = sandbox(speed=200)
    done = _act(_repository(tmp_path / "repository", _example(name), **files), event, server)
    assert done.code == code, done.out
    assert len(server.runs) == gates
