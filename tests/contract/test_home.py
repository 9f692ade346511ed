"""The account that the project is published under is declared once, and set by one command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from probe_gate import home
from scripts.set_home import DECLARATION, replace_account, set_home
from tests.contract.ci_files import ROOT

NAMES_THE_PLACEHOLDER = {
    DECLARATION,
    "Makefile",
    "scripts/set_home.py",
    "scripts/write_readme_tables.py",
    "docs/releasing.md",
}
"""The files that speak of the placeholder itself."""


def _files(root: Path) -> dict[str, bytes]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.rstrip("\0").split("\0") if not name.startswith("tests/")]
    return {name: (root / name).read_bytes() for name in names if (root / name).is_file()}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of this checkout, with its uncommitted changes."""
    for name, data in _files(ROOT).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "A checkout"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def _make_home(checkout: Path, account: str) -> None:
    """Do what `make home` does."""
    set_home(checkout, account)
    env = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    for script in ("write_ci_files", "write_readme_tables"):
        subprocess.run([sys.executable, "-m", f"scripts.{script}"], cwd=checkout, env=env, check=True)


def test_there_is_no_other_place(checkout: Path) -> None:
    """After `make home` nothing names the placeholder, the image is in lower case, and each name has the account."""
    _make_home(checkout, "Acme-Inc")
    for name, data in _files(checkout).items():
        if b"\0" in data:
            continue
        text = data.decode("utf-8")
        if name not in NAMES_THE_PLACEHOLDER:
            assert not re.search(rf"(?<!home\.)\b{home.PLACEHOLDER}\b", text), name
        assert set(re.findall(r"ghcr\.io/([\w-]+)/probe-gate", text)) <= {"acme-inc"}, name
        assert set(re.findall(r"(?:uses: |CI_SERVER_FQDN/|github\.com/)([\w-]+)/probe-gate", text)) <= {"Acme-Inc"}, (
            name
        )
    template = (checkout / "templates" / "probe-gate.yml").read_text()
    assert "default: ghcr.io/acme-inc/probe-gate:1" in template
    assert "uvx probe-gate" in (checkout / "README.md").read_text()
    assert "no public release" not in (checkout / "docs" / "quick-start.md").read_text()


def test_the_placeholder_comes_back(checkout: Path) -> None:
    """Setting another account, and none, loses nothing."""
    before = _files(checkout)
    _make_home(checkout, "Acme-Inc")
    _make_home(checkout, "other")
    assert "uses: other/probe-gate@v1" in (checkout / "README.md").read_text()
    _make_home(checkout, home.OWNER)
    assert _files(checkout) == before


@pytest.mark.parametrize(
    "text", ["a/OWNER/probe-gate", "OWNER/probe-gateway", "MY-OWNER/probe-gate", "OWNER/other", "ghcr.io/x/probe-gate"]
)
def test_only_names_of_this_project_are_replaced(text: str) -> None:
    """Paths, other projects and other accounts are left alone."""
    assert replace_account(text, home.PLACEHOLDER, "acme") == text


@pytest.mark.parametrize("account", ["", "a b", "-acme", "acme/probe-gate", "OWNER", "a" * 40, "acme\n", "acme$"])
def test_what_is_no_account_is_refused(account: str) -> None:
    """Nothing is written. An empty account is the placeholder again."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.set_home", account or "a--b"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "make home OWNER=acme" in done.stderr


def test_make_is_there() -> None:
    """The command is a target of the Makefile."""
    assert shutil.which("git")
    assert re.search(r"^home: .*make home OWNER=acme", (ROOT / "Makefile").read_text(), re.MULTILINE)
