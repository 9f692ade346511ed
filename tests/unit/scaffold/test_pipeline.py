"""The pipeline files."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import home
from probe_gate.scaffold.pipeline import make_pipeline
from probe_gate.scaffold.repository import CiSystem, Facts, TargetFacts

BARE = Facts(date(2026, 11, 24))
FULL = Facts(date(2026, 11, 24), (TargetFacts(41), TargetFacts(42)), workspace_id=290, api_url="us", branch="trunk")
EXAMPLES = Path(__file__).parents[3] / "examples"


def gate_step(text: str) -> dict[str, Any]:
    steps = yaml.safe_load(text)["jobs"]["probe-gate"]["steps"]
    (gate,) = [step for step in steps if "probe-gate@" in step["uses"]]
    found: dict[str, Any] = gate["with"]
    return found


def test_github_gets_a_workflow(tmp_path: Path) -> None:
    """With what is known in it; the rest comes from the repository's variables, and that is said."""
    full, bare = make_pipeline(CiSystem.GITHUB, FULL, tmp_path), make_pipeline(CiSystem.GITHUB, BARE, tmp_path)
    assert str(full.path) == ".github/workflows/probe-gate.yml"
    inputs = gate_step(full.text)
    assert (inputs["workspace-id"], inputs["api-url"], "target-id" in inputs) == ("290", "us", False)
    assert yaml.safe_load(full.text)[True]["push"]["branches"] == ["trunk"]
    assert yaml.safe_load(full.text)["concurrency"]["group"] == "probe-target-41-42"
    assert gate_step(bare.text)["workspace-id"] == "${{ vars.SPLX_WORKSPACE_ID }}"
    assert gate_step(bare.text)["target-id"] == "${{ vars.SPLX_TARGET_ID }}"
    assert bare.setting.endswith(
        "the secret SPLX_API_KEY, the variable SPLX_WORKSPACE_ID and the variable SPLX_TARGET_ID."
    )


@pytest.mark.parametrize("system", CiSystem)
def test_says_what_to_replace_until_the_project_is_published(
    system: CiSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The placeholder is named; with an account there is none."""
    monkeypatch.setattr(home, "OWNER", "")
    pipeline = make_pipeline(system, FULL, tmp_path)
    assert pipeline.text.count("OWNER") == 1
    assert pipeline.edits[0].startswith("replace OWNER with the GitHub account that publishes probe-gate")
    monkeypatch.setattr(home, "OWNER", "Acme")
    pipeline = make_pipeline(system, FULL, tmp_path)
    assert re.search(r"ghcr\.io/acme/|[ /]Acme/", pipeline.text)
    assert "OWNER" not in pipeline.text + "".join(pipeline.edits)


def test_github_actions_are_pinned_as_in_the_example(tmp_path: Path) -> None:
    """By commit, with the version beside it; both places are kept in step."""
    pins = re.compile(r"uses: (\S+@[0-9a-f]{40} # v\S+)")
    text = make_pipeline(CiSystem.GITHUB, FULL, tmp_path).text
    assert set(pins.findall(text)) <= set(pins.findall((EXAMPLES / "github" / "probe-gate.yml").read_text()))
    assert len(pins.findall(text)) == text.count("uses: ") - 1


def test_gitlab_gets_a_pipeline_or_a_file_to_include(tmp_path: Path) -> None:
    """A pipeline that is there is left alone."""
    pipeline = make_pipeline(CiSystem.GITLAB, FULL, tmp_path)
    inputs = yaml.safe_load(pipeline.text)["include"][0]["inputs"]
    assert (inputs["workspace-id"], inputs["api-url"], inputs["resource-group"]) == ("290", "us", "probe-target-41-42")
    assert str(pipeline.path) == ".gitlab-ci.yml"
    (tmp_path / ".gitlab-ci.yml").write_text("stages: [test]\n")
    beside = make_pipeline(CiSystem.GITLAB, BARE, tmp_path)
    assert str(beside.path) == ".gitlab/probe-gate.yml"
    assert any("local: .gitlab/probe-gate.yml" in step for step in beside.edits)
    assert beside.change == "merge request"
    assert "workspace-id" not in yaml.safe_load(beside.text)["include"][0]["inputs"]


def test_jenkins_gets_a_pipeline_or_a_file_beside_it(tmp_path: Path) -> None:
    """What is not known has a mark that the advice names."""
    pipeline = make_pipeline(CiSystem.JENKINS, FULL, tmp_path)
    assert "SPLX_WORKSPACE_ID = '290'" in pipeline.text
    assert "SPLX_API_URL = 'us'" in pipeline.text
    assert "SPLX_TARGET_ID" not in pipeline.text
    assert "FILL-IN" not in pipeline.text
    assert str(pipeline.path) == "Jenkinsfile"
    (tmp_path / "Jenkinsfile").write_text("pipeline {}\n")
    beside = make_pipeline(CiSystem.JENKINS, BARE, tmp_path)
    assert str(beside.path) == "Jenkinsfile.probe-gate"
    assert beside.text.count("FILL-IN") == 2
    assert any("FILL-IN" in step for step in beside.edits)


@pytest.mark.parametrize("system", CiSystem)
@pytest.mark.parametrize("facts", [BARE, FULL], ids=["bare", "full"])
def test_no_mark_of_the_template_is_left(system: CiSystem, facts: Facts, tmp_path: Path) -> None:
    """And no key stands in the file: it comes from a secret."""
    text = make_pipeline(system, facts, tmp_path).text
    assert "@@" not in text
    assert text.endswith("\n")
    assert "SPLX_API_KEY" in text
