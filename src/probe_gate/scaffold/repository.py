"""Facts about a repository: its CI system, its default branch and the targets to gate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from probe_gate.domain.page_address import page_url
from probe_gate.domain.scores import Scores


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target to gate."""

    id: int
    name: str | None = None
    scores: Scores | None = None
    """The current scores; None if unavailable."""
    usual_size: int | None = None
    """How many test cases with a result its runs usually have; None if unavailable."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that the files are generated from."""

    today: date
    targets: tuple[TargetFacts, ...] = ()
    workspace_id: int | None = None
    api_url: str = ""
    """In the form that the option accepts; empty for the default."""
    branch: str = "main"
    """The default branch."""
    site: str = ""
    """The address of the platform's pages; empty if it is not known."""

    def page_of(self, target: TargetFacts) -> str:
        """Return the address of a target's page, which names workspace and region as well; the id if it is not known."""
        if not self.site or self.workspace_id is None:
            return str(target.id)
        return page_url(self.site, self.workspace_id, target.id)

    @property
    def lock_name(self) -> str:
        """The name of the lock that gates of the same targets share."""
        ids = "-".join(str(target.id) for target in self.targets[:5])
        return f"probe-target-{ids}" if ids else "probe-gate"


MAX_BYTES = 256 * 1024


class CiSystem(Enum):
    """The CI systems that a pipeline file is written for."""

    GITHUB = "github"
    GITLAB = "gitlab"
    JENKINS = "jenkins"


SYSTEM_FILES: dict[CiSystem, tuple[str, ...]] = {
    CiSystem.GITHUB: (".github",),
    CiSystem.GITLAB: (".gitlab-ci.yml", ".gitlab"),
    CiSystem.JENKINS: ("Jenkinsfile",),
}
"""Files that a repository has if it uses the system."""

_URL = re.compile(r"^\s*url\s*=\s*(\S+)", re.MULTILINE)
_HEAD = re.compile(r"ref: refs/remotes/origin/([A-Za-z0-9._/-]+)")


def detect_systems(root: Path) -> list[CiSystem]:
    """Return the systems that the repository uses, judging by their files, or else by its host.

    If there are files of several systems, the host decides between them where possible.
    """
    found = [system for system, names in SYSTEM_FILES.items() if any((root / name).exists() for name in names)]
    hosted = _detect_host(root)
    if hosted is not None and (not found or hosted in found):
        return [hosted]
    return found


def _detect_host(root: Path) -> CiSystem | None:
    for url in _URL.findall(_read(root / ".git" / "config")):
        host = re.sub(r"^([a-z+]+://)?([^@/]*@)?", "", url.lower())
        host = re.split(r"[:/]", host, maxsplit=1)[0]
        for system in (CiSystem.GITHUB, CiSystem.GITLAB):
            if system.value in host:
                return system
    return None


def detect_branch(root: Path) -> str:
    """Return the default branch recorded in the clone, or else `main`."""
    found = _HEAD.match(_read(root / ".git" / "refs" / "remotes" / "origin" / "HEAD"))
    return found[1] if found else "main"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
