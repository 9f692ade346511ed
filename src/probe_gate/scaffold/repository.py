"""What is known of a repository: its CI system, its default branch, and the targets to gate."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from probe_gate.domain.scores import Scores


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """A target to gate."""

    id: int
    name: str | None = None
    scores: Scores | None = None
    """The present ones; None when they could not be had."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files are written from."""

    today: date
    targets: tuple[TargetFacts, ...] = ()
    workspace_id: int | None = None
    api_url: str = ""
    """As an option takes it; empty when it is the default."""
    branch: str = "main"
    """The default branch."""

    @property
    def lock_name(self) -> str:
        """Return the name under which gates of the same targets wait for each other."""
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
"""What lies in a repository that uses the system."""

_URL = re.compile(r"^\s*url\s*=\s*(\S+)", re.MULTILINE)
_HEAD = re.compile(r"ref: refs/remotes/origin/([A-Za-z0-9._/-]+)")


def detect_systems(root: Path) -> list[CiSystem]:
    """Return the systems that the repository uses: by their files, or else by where it is hosted.

    Where there are files of several, the host decides between them if it can.
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
    """Return the default branch as the clone knows it; main when it does not."""
    found = _HEAD.match(_read(root / ".git" / "refs" / "remotes" / "origin" / "HEAD"))
    return found[1] if found else "main"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
