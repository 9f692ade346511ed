"""The lock files against pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from typing import Any

import pytest

from tests.contract.ci_files import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME: list[str] = PROJECT["project"]["dependencies"]
SANDBOX: list[str] = PROJECT["project"]["optional-dependencies"]["sandbox"]
GROUPS: dict[str, list[Any]] = PROJECT["dependency-groups"]
WANTED = {
    "requirements.lock": RUNTIME,
    "requirements-demo.lock": [*RUNTIME, *SANDBOX, *GROUPS["build"]],
    "requirements-bench.lock": [*RUNTIME, *SANDBOX, *GROUPS["build"], *GROUPS["bench"]],
    "requirements-dev.lock": [*RUNTIME, *SANDBOX, *GROUPS["test"], *GROUPS["lint"], *GROUPS["build"]],
    "requirements-uv.lock": ["uv"],
}


def canonical(requirement: str) -> str:
    """The name of a requirement, as package indexes compare it."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def pins(lock: str) -> dict[str, str]:
    """The versions that a lock file holds."""
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ \\;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonical(name): version for name, version in found}


@pytest.mark.parametrize("lock", WANTED)
def test_a_lock_holds_every_dependency(lock: str) -> None:
    """A dependency that was added to pyproject.toml and not locked would be missing in a fresh clone: run make lock."""
    assert {canonical(requirement) for requirement in WANTED[lock]} <= set(pins(lock))


@pytest.mark.parametrize("lock", WANTED)
def test_every_pin_has_hashes_and_no_index_is_named(lock: str) -> None:
    """What is installed is what was chosen, wherever it comes from."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text):
        assert "--hash=sha256:" in entry
    assert "://" not in text


def test_the_locks_agree() -> None:
    """Tests run with the versions that the image and the demo get."""
    tested = pins("requirements-dev.lock")
    for name, version in chain(pins("requirements.lock").items(), pins("requirements-demo.lock").items()):
        assert tested[name] == version
    measured = pins("requirements-bench.lock")
    assert {name: measured.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")
