"""The workflows of this repository, the examples and the pages, under the linters of GitHub Actions."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.ci_systems.blocks import blocks_of
from tests.ci_systems.containers import ROOT, run

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted((ROOT / "examples" / "github").glob("*.yml"))
PAGES = [
    block
    for page in ("README.md", "docs/github.md", "docs/github-enterprise-server.md", "docs/verify.md")
    for block in blocks_of(page)
    if "runs-on" in block.text
]

ZIZMOR = next(block.text for block in blocks_of("docs/github.md") if "secrets-outside-env" in block.text)
"""The configuration that the page gives to those who run zizmor."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that has the examples and the blocks of the pages as its workflows."""
    directory = tmp_path / ".github" / "workflows"
    directory.mkdir(parents=True)
    for path in EXAMPLES:
        (directory / path.name).write_text(path.read_text())
    for number, block in enumerate(PAGES):
        head = "" if "\non:" in f"\n{block.text}" else "name: Probe gate\non: pull_request\npermissions: {}\n"
        (directory / f"page-{number}.yml").write_text(head + block.text)
    assert run(["git", "init", "--quiet"], cwd=tmp_path).code == 0
    return tmp_path


def test_actionlint_finds_nothing_in_ours() -> None:
    """The workflows of this repository are clean."""
    done = run(["actionlint", *WORKFLOWS], cwd=ROOT)
    assert done.code == 0, done.out


def test_actionlint_finds_nothing_in_what_we_tell_to_paste(repository: Path) -> None:
    """The examples and the blocks of the pages are clean."""
    done = run(["actionlint"], cwd=repository)
    assert done.code == 0, done.out


def test_zizmor_finds_nothing_in_what_we_tell_to_paste(repository: Path) -> None:
    """Nobody takes over a weakness by pasting."""
    _run_zizmor(repository, "regular", ".")


def test_the_auditor_finds_nothing_in_the_examples(repository: Path) -> None:
    """A whole workflow is clean in the strictest persona, too. The blocks of the pages are parts of one."""
    _run_zizmor(repository, "auditor", *(f".github/workflows/{path.name}" for path in EXAMPLES))


def _run_zizmor(repository: Path, persona: str, *paths: str) -> None:
    (repository / ".github" / "zizmor.yml").write_text(ZIZMOR)
    zizmor = Path(sys.executable).with_name("zizmor")
    done = run([zizmor, "--offline", "--no-progress", "--persona", persona, *paths], cwd=repository)
    assert done.code == 0, done.out
