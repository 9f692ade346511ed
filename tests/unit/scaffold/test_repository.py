"""Which CI system a repository uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.scaffold.repository import CiSystem, detect_branch, detect_systems

GITHUB, GITLAB, JENKINS = CiSystem.GITHUB, CiSystem.GITLAB, CiSystem.JENKINS


@pytest.mark.parametrize(
    ("marks", "remote", "systems"),
    [
        ((".github",), None, [GITHUB]),
        ((".gitlab-ci.yml",), None, [GITLAB]),
        (("Jenkinsfile",), None, [JENKINS]),
        ((), None, []),
        ((), "git@github.com:acme/bot.git", [GITHUB]),
        ((), "https://user@gitlab.example.com/acme/github-bot", [GITLAB]),
        ((), "ssh://git@git.example.com:2222/acme/gitlab.git", []),
        ((".github", "Jenkinsfile"), None, [GITHUB, JENKINS]),
        ((".github", "Jenkinsfile"), "https://github.com/acme/bot", [GITHUB]),
        (("Jenkinsfile",), "https://github.com/acme/bot", [JENKINS]),
        ((".github", "Jenkinsfile"), "https://gitlab.com/acme/bot", [GITHUB, JENKINS]),
    ],
)
def test_files_tell_and_else_the_host(
    marks: tuple[str, ...], remote: str | None, systems: list[CiSystem], tmp_path: Path
) -> None:
    """A host decides between files of several systems, and does not outweigh the files of another one."""
    for mark in marks:
        (tmp_path / mark).mkdir()
    if remote:
        (tmp_path / ".git").mkdir()
        (tmp_path / ".git" / "config").write_text(f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {remote}\n')
    assert detect_systems(tmp_path) == systems


def test_the_default_branch_is_what_the_clone_says(tmp_path: Path) -> None:
    """Or main; what is no name of a branch is none."""
    assert detect_branch(tmp_path) == "main"
    head = tmp_path / ".git" / "refs" / "remotes" / "origin" / "HEAD"
    head.parent.mkdir(parents=True)
    head.write_text("ref: refs/remotes/origin/release/1.0\n")
    assert detect_branch(tmp_path) == "release/1.0"
    head.write_text('ref: "]\n')
    assert detect_branch(tmp_path) == "main"
