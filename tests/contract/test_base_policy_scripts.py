"""The shell lines of the examples, and of what `init` writes, that fetch the policy of the base branch."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.ci_files import ROOT

EXAMPLES = ROOT / "examples"
OWN = "version: 1\npolicy: {min-score: 1}\n"
BASE = "version: 1\npolicy: {min-score: 90}\n"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _azure() -> str:
    (stage,) = _yaml(EXAMPLES / "azure" / "azure-pipelines.yml")["stages"]
    return next(str(step["bash"]) for step in stage["jobs"][0]["steps"] if "git show" in step.get("bash", ""))


def _bitbucket() -> str:
    steps = _yaml(EXAMPLES / "bitbucket" / "bitbucket-pipelines.yml")["definitions"]["steps"]
    return "\n".join(steps[0]["step"]["script"])


def _buildkite() -> str:
    command = str(_yaml(EXAMPLES / "buildkite" / "pipeline.yml")["steps"][0]["command"])
    return command.partition("exec docker")[0].replace("$$", "$")


def _circleci() -> str:
    steps = _yaml(EXAMPLES / "circleci" / "config.yml")["jobs"]["references"]["steps"]
    return next(str(step["run"]["command"]) for step in steps if isinstance(step, dict) and "run" in step)


def _jenkins() -> str:
    text = (EXAMPLES / "jenkins" / "Jenkinsfile.docker-run").read_text(encoding="utf-8")
    return text.split("sh '''")[1].partition("'''")[0]


def _gitlab() -> str:
    return _gitlab_example(".gitlab-ci.yml")


def _gitlab_example(name: str) -> str:
    return "\n".join(_yaml(EXAMPLES / "gitlab" / name)["probe-references"]["script"])


def _init_gitlab() -> str:
    template = ROOT / "src" / "probe_gate" / "scaffold" / "templates" / "gitlab.yml"
    text = template.read_text(encoding="utf-8").replace("@@INPUTS@@", "").replace("@@LOCK@@", "lock")
    return "\n".join(yaml.safe_load(text)["probe-references"]["script"])


SCRIPTS: dict[str, tuple[Callable[[], str], str]] = {
    "azure": (_azure, "agent/references/policy-floor.yml"),
    "bitbucket": (_bitbucket, "checkout/policy-floor.yml"),
    "buildkite": (_buildkite, "checkout/policy-floor.yml"),
    "circleci": (_circleci, "checkout/policy-floor.yml"),
    "jenkins": (_jenkins, "agent/references/policy-floor.yml"),
    "gitlab": (_gitlab, "checkout/references-700/policy-floor.yml"),
    "gitlab, quick": (
        partial(_gitlab_example, "quick-and-night.gitlab-ci.yml"),
        "checkout/references-700/policy-floor.yml",
    ),
    "gitlab, monorepo": (partial(_gitlab_example, "monorepo.gitlab-ci.yml"), "checkout/references-700/support.yml"),
    "init on gitlab": (_init_gitlab, "checkout/references/policy-floor.yml"),
}
"""The script of each system, and where it leaves the base policy."""


def _git(directory: Path, *words: str) -> None:
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, *words], cwd=directory, check=True, capture_output=True)


def _run(directory: Path, system: str, base_policy: str | None) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run a system's script in the checkout of a change whose base branch has that policy, or none."""
    checkout, programs = directory / "checkout", directory / "programs"
    checkout.mkdir()
    programs.mkdir()
    (directory / "agent").mkdir()
    for name, code in {"apk": 0, "curl": 22}.items():  # no package is installed, and there is no baseline
        (programs / name).write_text(f"#!/bin/sh\nexit {code}\n")
        (programs / name).chmod(0o755)
    _git(checkout, "init", "--quiet")
    (checkout / "README").write_text("A bot\n")
    folders = ("bots/support", "bots/sales") if "monorepo" in system else (".",)
    policies = [checkout / folder / ".probe-gate.yml" for folder in folders]
    for policy in policies:
        policy.parent.mkdir(parents=True, exist_ok=True)
        if base_policy is not None:
            policy.write_text(base_policy)
    _git(checkout, "add", "--all")
    _git(checkout, "commit", "--quiet", "--message", "The base branch")
    _git(checkout, "remote", "add", "origin", str(checkout))
    for policy in policies:
        policy.write_text(OWN)
    script, place = SCRIPTS[system]
    env = {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "PIPELINE_WORKSPACE": str(directory / "agent"),
        "WORKSPACE_TMP": str(directory / "agent"),
        "CI_PIPELINE_ID": "700",
        "CI_DEFAULT_BRANCH": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", script()], cwd=checkout, env=env, capture_output=True, text=True, check=False
    )
    return done, directory / place


@pytest.mark.parametrize("system", SCRIPTS)
def test_the_policy_of_the_base_branch_is_taken(system: str, tmp_path: Path) -> None:
    """The change's own policy is not the base policy."""
    done, policy = _run(tmp_path, system, BASE)
    assert done.returncode == 0, done.stderr
    assert policy.read_text() == BASE


@pytest.mark.parametrize("system", SCRIPTS)
def test_the_first_change_with_a_policy_is_judged_by_it(system: str, tmp_path: Path) -> None:
    """A base branch without a policy does not fail the pull request that adds one."""
    done, policy = _run(tmp_path, system, None)
    assert done.returncode == 0, done.stderr
    assert policy.read_text() == OWN


def test_each_script_that_fetches_a_policy_is_run_here() -> None:
    """A new example gets these tests, too."""
    scaffold = ROOT / "src" / "probe_gate" / "scaffold" / "templates"
    files = [path for path in (*EXAMPLES.rglob("*"), *scaffold.iterdir()) if path.is_file()]
    assert sum(path.read_text(encoding="utf-8").count("git show FETCH_HEAD") for path in files) == len(SCRIPTS)
