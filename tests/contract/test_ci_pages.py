"""The pipelines in the pages about CI systems are what those systems take."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from probe_gate import home
from tests.ci_systems.blocks import Block, blocks_of
from tests.contract.ci_files import ROOT, check_schema, read_yaml

PAGES = [
    "README.md",
    *(
        f"docs/{name}.md"
        for name in ("github", "github-enterprise-server", "gitlab", "jenkins", "other-ci", "from-snippets", "image")
    ),
]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
WORKFLOWS = [block for block in BLOCKS if block.language == "yaml" and "runs-on" in block.text]
PIPELINES = [block for block in BLOCKS if block.language == "yaml" and "component:" in block.text]


def test_no_block_is_left_unchecked() -> None:
    """YAML is held to a schema here; zizmor's, shell and Groovy are used by tests/ci_systems; the rest is not for copying."""
    zizmor = [block for block in BLOCKS if "secrets-outside-env" in block.text]
    checked = len(WORKFLOWS) + len(PIPELINES) + len(zizmor)
    assert len([block for block in BLOCKS if block.language == "yaml"]) == checked >= 4
    assert {block.language for block in BLOCKS} <= {"yaml", "groovy", "sh", "text", "console"}


@pytest.mark.parametrize("block", WORKFLOWS, ids=str)
def test_a_workflow_of_a_page(block: Block, tmp_path: Path) -> None:
    """GitHub takes it, its inputs and outputs exist, and every other action is pinned by its commit."""
    text = block.text if re.search(r"^on:", block.text, re.MULTILINE) else f"on: pull_request\n{block.text}"
    (tmp_path / "workflow.yml").write_text(text)
    check_schema("vendor.github-workflows", tmp_path / "workflow.yml")
    action = read_yaml("action.yml")
    steps = [step for job in yaml.safe_load(text)["jobs"].values() for step in job["steps"]]
    for step in steps:
        if step.get("uses", "").startswith((f"{home.action()}@", f"{home.action()}/native@")):
            assert set(step["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.gate\.outputs\.([a-z-]+)", text)) <= set(action["outputs"])
    for use in re.findall(rf"uses: (?!{home.owner()}/)(.*)", text):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|docker://\S+@sha256:[0-9a-f]{64}", use), use


@pytest.mark.parametrize("block", PIPELINES, ids=str)
def test_a_gitlab_pipeline_of_a_page(block: Block, tmp_path: Path) -> None:
    """GitLab takes it, and its inputs exist."""
    (tmp_path / ".gitlab-ci.yml").write_text(block.text)
    check_schema("vendor.gitlab-ci", tmp_path / ".gitlab-ci.yml")
    spec = read_yaml("templates/probe-gate.yml")[0]["spec"]["inputs"]
    for include in yaml.safe_load(block.text)["include"]:
        assert set(include["inputs"]) <= set(spec)


def test_the_page_of_outputs_names_all_of_them() -> None:
    """docs/github.md explains each output of the action, docs/gitlab.md each variable of `gate.env`."""
    github = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")
    for name in read_yaml("action.yml")["outputs"]:
        assert f"`{name}`" in github
    gitlab = (ROOT / "docs" / "gitlab.md").read_text(encoding="utf-8")
    rendered = (ROOT / "src" / "probe_gate" / "ci" / "gitlab.py").read_text(encoding="utf-8")
    for name in re.findall(r'f"(GATE_[A-Z_]+)=', rendered):
        assert f"`{name}`" in gitlab
