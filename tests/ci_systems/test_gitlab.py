"""The GitLab component under gitlab-ci-local, from a project of its own, and the image as GitLab's runner starts it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml

from probe_gate import home
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.blocks import block_with
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import IMAGE, ROOT, Done, Engine, run
from tests.harness.waiting import wait_until

Serve = Callable[..., SandboxServer]
HOST = "gitlab.example.com"
PULLED_IMAGE = "ghcr.io/owner/probe-gate:1"
UTIL_IMAGE = "docker.io/firecow/gitlab-ci-local-util:latest"
README = block_with("README.md", "yaml", "component: $CI_SERVER_FQDN").text

SSH = """#!/bin/sh
# Stands for ssh to the server: runs the git command that it is given here.
for command; do :; done
case $command in *owner/probe-gate*) directory={component} ;; *) directory={project} ;; esac
words=${{command%% *}}
exec git "${{words#git-}}" "$directory"
"""
NEXT_JOB = """
next:
  stage: deploy
  image: {image}
  script:
    - echo "told $GATE_OUTCOME $GATE_EXIT_CODE $GATE_TEST_RUN_ID $GATE_FAILED_CHECKS"
"""


class GitLab:
    """A server with two projects: the component's, and one that uses it."""

    def __init__(self, directory: Path) -> None:
        self.component = directory / "component"
        self.project = directory / "project"
        for path in (self.component, self.project):
            path.mkdir()
        (self.component / "templates").mkdir()
        template = (ROOT / "templates" / "probe-gate.yml").read_text().replace(home.image(), "ghcr.io/owner/probe-gate")
        (self.component / "templates" / "probe-gate.yml").write_text(template)
        self._commit(self.component)
        self._git(self.component, "tag", "1.0.0")
        self._git(self.project, "init", "--quiet", "--initial-branch", "main")
        self._git(self.project, "remote", "add", "origin", f"git@{HOST}:acme/bot.git")
        self.ssh = directory / "ssh"
        self.ssh.write_text(SSH.format(component=self.component, project=self.project))
        self.ssh.chmod(0o755)
        self.programs = directory / "programs"
        self.programs.mkdir()
        apk = self.programs / "apk"
        apk.write_text("#!/bin/sh\n")  # what the examples install with it is there already
        apk.chmod(0o755)

    def write(self, pipeline: str, **files: str) -> None:
        """The pipeline of the project that uses the component, and other files of it."""
        (self.project / ".gitlab-ci.yml").write_text(pipeline.replace(home.action(), "owner/probe-gate"))
        for name, text in files.items():
            (self.project / name).write_text(text)
        self._commit(self.project)

    def run(self, *arguments: str, server: SandboxServer, path: str = "") -> Done:
        """Runs the pipeline. Whoever asks the server is answered from the directories here."""
        env = {"GIT_SSH_COMMAND": str(self.ssh), "PATH": f"{self.programs}:{path}{os.environ['PATH']}"}
        given = {"GITLAB_CI": "true", **variables(server)}
        del given["SPLX_WORKSPACE_ID"], given["SPLX_TARGET_ID"]  # the component's inputs
        words = [word for name, value in given.items() for word in ("--variable", f"{name}={value}")]
        return run(["gitlab-ci-local", *words, *arguments], cwd=self.project, env=env, seconds=240)

    def _commit(self, directory: Path) -> None:
        self._git(directory, "init", "--quiet", "--initial-branch", "main")
        self._git(directory, "add", "--all")
        self._git(directory, "commit", "--quiet", "--message", "A change")

    def _git(self, directory: Path, *words: str) -> None:
        git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
        done = run([*git, *words], cwd=directory)
        assert done.code == 0, done.out


@pytest.fixture
def gitlab(tmp_path: Path) -> GitLab:
    return GitLab(tmp_path)


@pytest.fixture
def shell(tmp_path: Path) -> list[str]:
    """The shell executor, on a machine that has the gate installed."""
    return ["--force-shell-executor"]


BIN = f"{Path(sys.executable).parent}:"


def status_of(done: Done, job: str) -> str:
    """PASS, WARN or FAIL, from the table at the end. Its own exit code does not tell a warning from a failure where a
    job has `allow_failure: exit_codes`."""
    match = re.search(rf"^ (PASS|WARN|FAIL)  {job}\b", done.out, re.MULTILINE)
    assert match is not None, done.out
    return match[1]


def _with_inputs(**inputs: object) -> str:
    """The README's block with more inputs, and a job that reads the variables of the gate."""
    pipeline = yaml.safe_load(README)
    pipeline["include"][0]["inputs"] |= {name.replace("_", "-"): value for name, value in inputs.items()}
    return yaml.safe_dump(pipeline) + NEXT_JOB.format(image=PULLED_IMAGE)


def test_the_block_of_the_readme_passes(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """Pasted as it stands, the gate runs, its reports are artifacts, and the next job knows the verdict."""
    server = sandbox()
    gitlab.write(README + NEXT_JOB.format(image=PULLED_IMAGE))
    done = gitlab.run(*shell, server=server, path=BIN)
    assert status_of(done, "probe-gate") == "PASS", done.out
    (test_run,) = server.runs
    assert f"told passed 0 {test_run.id} \n" in done.out
    reports = gitlab.project / "probe-gate-report"
    assert (reports / "junit.xml").is_file()
    links = json.loads((reports / "annotations.json").read_text())
    assert links["Probe"] == [] or str(test_run.id) in links["Probe"][0]["external_link"]["url"]


def test_a_broken_policy_fails_the_pipeline(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """The job fails, and its artifacts are kept all the same."""
    gitlab.write(_with_inputs(min_score="99"))
    done = gitlab.run(*shell, server=sandbox(), path=BIN)
    assert status_of(done, "probe-gate") == "FAIL", done.out
    assert (gitlab.project / "probe-gate-report" / "junit.xml").is_file()


def test_chosen_exit_codes_are_warnings(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """A run that proves nothing is exit 7, which this project wants to see as a warning; exit 1 it does not."""
    gitlab.write(_with_inputs(allow_failure_exit_codes=[4, 6, 7], min_test_cases="9999"))
    done = gitlab.run(*shell, server=sandbox(), path=BIN)
    assert status_of(done, "probe-gate") == "WARN", done.out
    assert "told inconclusive 7" in done.out
    gitlab.write(_with_inputs(allow_failure_exit_codes=[4, 6, 7], min_score="99"))
    assert status_of(gitlab.run(*shell, server=sandbox(), path=BIN), "probe-gate") == "FAIL"


def test_in_its_own_image(gitlab: GitLab, sandbox: Serve, engine: Engine) -> None:
    """The same with the container executor: the image is started with a shell, and the script runs in it."""
    engine("tag", IMAGE, PULLED_IMAGE)
    _build_util_image(engine)
    gitlab.write(_with_inputs(min_score="99", allow_failure_exit_codes=[1]))
    options = ["--container-executable", engine.name, "--pull-policy", "if-not-present", "--network", "host"]
    done = gitlab.run(*options, server=sandbox())
    assert status_of(done, "probe-gate") == "WARN", done.out
    assert "told failed 1" in done.out
    assert (gitlab.project / "probe-gate-report" / "report.html").is_file()


def _build_util_image(engine: Engine) -> None:
    """What gitlab-ci-local copies files with, where no registry has it."""
    if engine.base_image and engine("image", "inspect", UTIL_IMAGE).code != 0:
        directory = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108
        containerfile = directory / "Containerfile.util"
        containerfile.write_text(f"FROM {engine.base_image}\nRUN apt-get update && apt-get install --yes rsync\n")
        build = ["build", "--isolation", "chroot", "--pull=never", "--network", "host"]
        done = engine(*build, "--tag", UTIL_IMAGE, "--file", containerfile, str(directory), seconds=300)
        assert done.code == 0, done.out


def test_the_whole_example(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """The example of the repository: the policy of the base branch is the base policy, and a first baseline may be missing."""
    server = sandbox()
    policy = (ROOT / "examples" / ".probe-gate.yml").read_text()
    gitlab.write((ROOT / "examples" / "gitlab" / ".gitlab-ci.yml").read_text(), **{".probe-gate.yml": policy})
    # The change lowers its own limits, and the floor holds.
    (gitlab.project / ".probe-gate.yml").write_text("version: 1\npolicy: {min-score: 1}\n")
    done = gitlab.run(*shell, server=server, path=BIN)
    assert "category-score:Security" in done.out
    assert "policy-floor.yml" in (gitlab.project / "probe-gate-report" / "report.json").read_text()
    assert len(server.runs) == 1
    shutil.rmtree(gitlab.project / ".gitlab-ci-local")


class _TemplateHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def published() -> Iterator[str]:
    """The address of this checkout's files, as if a release had published them."""
    handler = partial(_TemplateHandler, directory=str(ROOT))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _example(name: str) -> str:
    return (ROOT / "examples" / "gitlab" / name).read_text()


def test_the_template_by_its_address(gitlab: GitLab, sandbox: Serve, shell: list[str], published: str) -> None:
    """Without the component catalog, the file is taken from a release. (Only GitLab itself compares the hash.)"""
    server = sandbox()
    pipeline = re.sub(r"https://raw\.githubusercontent\.com/\S+?/v[^/]+", published, _example("remote.gitlab-ci.yml"))
    gitlab.write(pipeline)
    done = gitlab.run(*shell, server=server, path=BIN)
    assert status_of(done, "probe-gate") == "PASS", done.out
    assert len(server.runs) == 1
    assert (gitlab.project / "probe-gate-report" / "junit.xml").is_file()


def test_a_plain_job(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """Nothing is included; the reports and the variables are there all the same."""
    server = sandbox()
    gitlab.write(_example("plain.gitlab-ci.yml") + NEXT_JOB.format(image=PULLED_IMAGE))
    done = gitlab.run(*shell, server=server, path=BIN)
    assert status_of(done, "probe-gate") == "PASS", done.out
    (test_run,) = server.runs
    assert f"told passed 0 {test_run.id} \n" in done.out


@pytest.mark.parametrize(("source", "job"), [("merge_request_event", "quick"), ("schedule", "night")])
def test_quick_and_night(gitlab: GitLab, sandbox: Serve, shell: list[str], source: str, job: str) -> None:
    """Each pipeline has its own gate; at night the outcome is noted for the next one."""
    server = sandbox()
    gitlab.write(_example("quick-and-night.gitlab-ci.yml"), **{".probe-gate.yml": "version: 1\n"})
    chosen = ["--variable", f"CI_PIPELINE_SOURCE={source}", "--variable", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main"]
    done = gitlab.run(*shell, *chosen, server=server, path=BIN)
    assert status_of(done, f"probe-gate-{job}") == "PASS", done.out
    assert len(server.runs) == 1
    assert ("note" in re.findall(r"^ PASS  (\S+)", done.out, re.MULTILINE)) == (job == "night")


def test_a_monorepo(gitlab: GitLab, sandbox: Serve, shell: list[str]) -> None:
    """Each bot is judged by the policy in its folder, with reports of its own."""
    server = sandbox()
    for bot, score in {"support": 80, "sales": 99}.items():
        folder = gitlab.project / "bots" / bot
        folder.mkdir(parents=True)
        policy = f"version: 1\ntargets: [{{id: 42}}]\npolicy: {{min-score: {score}}}\n"
        (folder / ".probe-gate.yml").write_text(policy)
    gitlab.write(_example("monorepo.gitlab-ci.yml"))
    chosen = ["--variable", "CI_PIPELINE_SOURCE=merge_request_event", "--evaluate-rule-changes=false"]
    chosen += ["--variable", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main"]
    done = gitlab.run(*shell, *chosen, server=server, path=BIN)
    assert status_of(done, "every-merge-request") == "PASS", done.out
    assert status_of(done, "gate-support") == "PASS", done.out
    assert status_of(done, "gate-sales") == "FAIL", done.out
    assert (gitlab.project / "probe-gate-report" / "sales" / "junit.xml").is_file()


@pytest.fixture
def build_container(engine: Engine) -> Iterator[str]:
    """The image as GitLab's runner starts it: a shell that reads the script."""
    name = "probe-gate-gitlab"
    yield name
    engine.remove(name)


def test_a_cancelled_job_cancels_its_run(engine: Engine, sandbox: Serve, build_container: str) -> None:
    """GitLab sends SIGTERM to every process but the first and has 10 seconds; the gate needs far less."""
    server = sandbox("never-ends")
    words = engine.run_words(
        "sh", "-c", "sleep 60 & probe-gate run", env=variables(server), options=["-d", "--name", build_container]
    )
    words.remove("--rm")
    assert engine(*words).code == 0
    wait_until(lambda: server.active_runs, lambda: engine("logs", build_container).out)
    engine(
        "exec",
        build_container,
        "sh",
        "-c",
        "ps -A -o pid= | while read -r pid; do [ $pid = 1 ] || kill -TERM $pid 2>/dev/null; done",
    )
    wait_until(lambda: not server.active_runs, lambda: engine("logs", build_container).out)
