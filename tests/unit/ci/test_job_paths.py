from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.job import path_in_repository
from tests.harness.ci_environments import GITHUB, SYSTEMS


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a directory that the command is called in."""
    workspace = tmp_path / "workspace"
    (workspace / "services" / "bot").mkdir(parents=True)
    monkeypatch.chdir(workspace / "services" / "bot")
    return workspace


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (".probe-gate.yml", "services/bot/.probe-gate.yml"),
        ("./gate/policy.yml", "services/bot/gate/policy.yml"),
        ("../policy.yml", "services/policy.yml"),
        ("../../policy.yml", "policy.yml"),
        ("../../../policy.yml", "../../../policy.yml"),
        ("/etc/policy.yml", "/etc/policy.yml"),
        ("/dev/fd/63", "/dev/fd/63"),
        ("a\0b/policy.yml", "a\0b/policy.yml"),
    ],
)
@pytest.mark.parametrize(
    ("system", "variable"),
    [
        ("github", "GITHUB_WORKSPACE"),
        ("gitlab", "CI_PROJECT_DIR"),
        ("azure", "SYSTEM_DEFAULTWORKINGDIRECTORY"),
        ("bitbucket", "BITBUCKET_CLONE_DIR"),
        ("buildkite", "BUILDKITE_BUILD_CHECKOUT_PATH"),
        ("jenkins", "WORKSPACE"),
    ],
)
def test_a_path_counts_from_the_workspace(checkout: Path, system: str, variable: str, named: str, found: str) -> None:
    """What is in the workspace of the job is named from there; everything else as it was given."""
    job = detect_ci({**SYSTEMS[system], variable: str(checkout)})
    assert path_in_repository(Path(named), job.workspace) == found


def test_an_absolute_path_in_the_workspace(checkout: Path) -> None:
    """It is one of the repository's files all the same, also where the workspace is a link."""
    link = checkout.parent / "link"
    link.symlink_to(checkout)
    for workspace in (checkout, link):
        for root in (checkout, link):
            assert path_in_repository(root / "a" / "p.yml", workspace) == "a/p.yml"


def test_a_repository_that_was_checked_out_into_a_subdirectory(checkout: Path) -> None:
    """Its files are named from its own root, as `path:` of the checkout step has it."""
    (checkout / "services" / ".git").mkdir()
    assert path_in_repository(Path(".probe-gate.yml"), checkout) == "bot/.probe-gate.yml"


def test_a_submodule_is_part_of_the_repository(checkout: Path) -> None:
    """And so is what was checked out beside the change: its names must not be taken for files of the change."""
    (checkout / ".git").mkdir()
    (checkout / "services" / "bot" / ".git").write_text("gitdir: ../../.git/modules/bot")
    assert path_in_repository(Path("p.yml"), checkout) == "services/bot/p.yml"


@pytest.mark.parametrize("workspace", [None, Path("/somewhere/else")])
def test_without_a_workspace_git_says_where_the_root_is(checkout: Path, workspace: Path | None) -> None:
    """A container may be given the variables of another place, and a developer has none."""
    assert path_in_repository(Path("p.yml"), workspace) == "p.yml"
    (checkout / ".git").write_text("gitdir: elsewhere")
    assert path_in_repository(Path("p.yml"), workspace) == "services/bot/p.yml"


def test_only_a_path_from_the_root_is_a_workspace() -> None:
    """CircleCI writes `~/project`, which no program but a shell understands."""
    assert detect_ci({**SYSTEMS["circleci"], "CIRCLE_WORKING_DIRECTORY": "~/project"}).workspace is None
    assert detect_ci({**GITHUB, "GITHUB_WORKSPACE": ""}).workspace is None
    assert detect_ci({"WORKSPACE": "/w"}).workspace is None
