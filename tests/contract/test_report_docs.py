"""docs/verify.md and docs/report-json.md against what they speak of."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import probe_gate
from probe_gate.cli.main import run_command
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.verdict import combine
from probe_gate.files.report_document import render, to_document
from tests.harness import factories as make

ROOT = Path(__file__).parents[2]
VERIFY = (ROOT / "docs/verify.md").read_text(encoding="utf-8")
REPORT_JSON = (ROOT / "docs/report-json.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The report of a gate that failed, where the pages have it; returns its document."""
    monkeypatch.chdir(tmp_path)
    target = evaluate(make.make_policy(min_score=make.make_limit(90.0)), make.make_evidence())
    verdict = combine([target], started_at=make.STARTED, judged_at=make.NOW)
    Path("probe-gate-report").mkdir()
    Path("probe-gate-report/report.json").write_text(render(verdict))
    return to_document(verdict)


def test_the_example_is_what_verify_prints(report: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """The page shows the command's own words."""
    command = blocks(VERIFY, "sh")[0].split()
    assert command[0] == "probe-gate"
    assert run_command(command[1:], {}) == 0
    assert capsys.readouterr().out.replace(probe_gate.__version__, "0.1.0") == blocks(VERIFY, "text")[0]


def test_every_key_of_a_report_is_explained(report: Any) -> None:
    """Each key of the document, of a target and of the evidence stands in a table, and no other one does."""
    tables = re.split(r"^\| key \| holds \|$", REPORT_JSON, flags=re.MULTILINE)[1:]
    first_columns = [re.findall(r"^\| (`.*?) \|", table, flags=re.MULTILINE) for table in tables]
    explained = [{key for cell in cells for key in re.findall(r"`(\w+)`", cell)} for cells in first_columns]
    target = report["targets"][0]
    assert explained == [set(report), set(target), set(target["evidence"]) - {"target"}]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_jq_examples_work(report: Any) -> None:
    """They run as they stand, and say what they are there for."""
    failed, scores = (block for block in blocks(REPORT_JSON, "sh") if block.startswith("jq"))
    assert shell(failed).startswith("42 overall-score: ")
    assert json.loads(shell(scores)) == {"id": 42, "scores": report["targets"][0]["evidence"]["scores"]["scores"]}


def test_the_schema_can_be_printed_as_the_page_says() -> None:
    """The command of the page prints the published schema."""
    command = next(block for block in blocks(REPORT_JSON, "sh") if block.startswith("python"))
    assert json.loads(shell(command.replace("python", sys.executable, 1)))["title"] == "probe-gate report.json"


def shell(command: str) -> str:
    return subprocess.run(["bash", "-euc", command], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(("index", "schema"), [(0, "vendor.github-workflows"), (1, "vendor.gitlab-ci")])
def test_the_pipelines_are_valid(tmp_path: Path, index: int, schema: str) -> None:
    """The pipelines that sign a report are valid for their CI system."""
    block = blocks(VERIFY, "yaml")[index]
    assert yaml.safe_load(block)
    path = tmp_path / "pipeline.yml"
    path.write_text(block)
    tool = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run([tool, "--builtin-schema", schema, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
