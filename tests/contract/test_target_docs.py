"""Every target file in the documentation works as it stands, and what is said of mistakes is what is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from probe_gate.cli.main import run_command
from probe_gate.files.connections import BY_TYPE, NAME_NOT_DOCUMENTED, TargetSettings
from probe_gate.sandbox.server import SandboxServer
from tests.contract.ci_files import check_schema, read_yaml
from tests.contract.documents import DOCS, target_files, type_of, variables_for, workflow
from tests.contract.session import ID_LINE

FILES = [text.replace(ID_LINE, "") for text in target_files("targets.md")]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(targets=60) as server:
        yield server


@pytest.mark.parametrize("text", FILES, ids=[f"{place}-{type_of(text)}" for place, text in enumerate(FILES)])
def test_each_file_makes_a_target_and_then_keeps_it(
    sandbox: SandboxServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """As it stands in the documentation, once its variables are set; no secret stands in it."""
    file = tmp_path / "target.yml"
    file.write_text(text, encoding="utf-8")
    environ = {**sandbox.environment, **variables_for(text)}

    assert run_command(["target", "apply", str(file), "--output", "json"], environ) == 0
    made = capsys.readouterr()
    assert "is in the file itself" not in made.err
    assert "is unknown, so" not in made.err
    assert ("is a guess" in made.err) is (type_of(text) in NAME_NOT_DOCUMENTED)
    target_id = json.loads(made.out)["targetId"]

    file.write_text(f"id: {target_id}\n{text}", encoding="utf-8")
    assert run_command(["target", "apply", str(file), "--output", "json"], environ) == 0
    assert json.loads(capsys.readouterr().out)["action"] == "unchanged"


def test_each_connection_type_has_a_file() -> None:
    """None that is known here is left out."""
    assert {type_of(text) for text in FILES} == set(BY_TYPE)


def test_each_setting_is_named() -> None:
    """In the table, and in the file that has all of them."""
    page = (DOCS / "targets.md").read_text(encoding="utf-8")
    (full,) = [text for text in FILES if "workerPoolId" in text]
    for field in TargetSettings.model_fields.values():
        assert f"`{field.alias}`" in page
        assert f"\n  {field.alias}: " in full or f"\n  {field.alias}:\n" in full


def test_the_mistakes_are_printed_as_they_are_shown(
    sandbox: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example of the page is no invention."""
    monkeypatch.chdir(tmp_path)
    text = FILES[0].replace("STAGE", "Stage").replace("rateLimit: 60", "rateLimit: 5000")
    Path("target.yml").write_text(text, encoding="utf-8")
    assert run_command(["target", "apply", "target.yml"], sandbox.environment) == 2
    printed = capsys.readouterr().err.splitlines()
    page = (DOCS / "targets.md").read_text(encoding="utf-8")
    assert "\n".join(line for line in printed if "target.yml" in line) in page


@pytest.mark.parametrize("text", target_files("previews.md"))
def test_the_preview_of_the_documentation_works(sandbox: SandboxServer, tmp_path: Path, text: str) -> None:
    """It brings a target that exists to its state."""
    file = tmp_path / "preview.yml"
    file.write_text(text, encoding="utf-8")
    environ = {**sandbox.environment, **variables_for(text)}
    assert run_command(["target", "apply", str(file)], environ) == 0
    assert sandbox.platform.targets[43].settings["name"] == "Support bot, preview"


def test_the_workflow_of_the_documentation_hands_over_what_the_file_needs(tmp_path: Path) -> None:
    """It is a workflow, gives the action inputs that it has, and sets each variable of the preview's file."""
    file = tmp_path / "preview.yml"
    file.write_text(workflow("previews.md"), encoding="utf-8")
    check_schema("vendor.github-workflows", file)
    (step,) = [
        step
        for job in read_yaml(str(file))["jobs"].values()
        for step in job["steps"]
        if "probe-gate@" in step.get("uses", "")
    ]
    assert set(step["with"]) <= set(read_yaml("action.yml")["inputs"])
    (text,) = target_files("previews.md")
    assert set(step["env"]) == set(variables_for(text))
    assert step["with"]["target-file"] == "preview.yml"
