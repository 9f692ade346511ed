"""The GitLab component is what the options say it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate.ci.gitlab import ANNOTATIONS_FILE, DOTENV_FILE
from probe_gate.options import BY_NAME, OPTIONS
from tests.contract.ci_files import ROOT, check_schema, read_yaml, writer

SPEC, JOBS = read_yaml("templates/probe-gate.yml")
INPUTS: dict[str, Any] = SPEC["spec"]["inputs"]
OWN_INPUTS = {
    "job-name", "stage", "image", "resource-group", "allow-failure-exit-codes", "artifacts-access",
}  # fmt: skip
(JOB,) = JOBS.values()


def test_it_is_what_the_script_writes() -> None:
    """A change to the options must be followed by scripts/write_ci_files.py."""
    assert (ROOT / "templates" / "probe-gate.yml").read_text(encoding="utf-8") == writer().template()


def test_every_option_is_an_input_that_reaches_the_command() -> None:
    """Each input goes by a variable of its own into a flag of its own."""
    assert set(INPUTS) == {option.name for option in OPTIONS} | OWN_INPUTS
    script = " ".join(JOB["script"])
    for option in OPTIONS:
        variable = "GATE_INPUT_" + option.name.upper().replace("-", "_")
        assert JOB["variables"][variable] == f"$[[ inputs.{option.name} ]]"
        assert f'{option.flag}="${variable}"' in script


def test_no_variable_is_one_that_the_program_reads_itself() -> None:
    """A project's own variables win over a job's in GitLab, so the inputs keep out of their way."""
    read = {name for option in OPTIONS for name in option.env}
    assert read.isdisjoint(JOB["variables"])


def test_every_input_has_a_default_so_that_none_is_required() -> None:
    """One include and two variables are enough; what is left out says nothing, but for the report directory."""
    assert all("default" in value for value in INPUTS.values())
    given = {name for name, value in INPUTS.items() if value["default"] != ""}
    assert given - OWN_INPUTS == {"report-dir"}
    assert INPUTS["report-dir"]["default"] == BY_NAME["report-dir"].default


def test_reports_are_artifacts_in_every_case() -> None:
    """A failed job keeps its reports, too, and strangers may not read them."""
    artifacts = JOB["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["reports"]["dotenv"].endswith(f"/{DOTENV_FILE}")
    assert artifacts["reports"]["annotations"].endswith(f"/{ANNOTATIONS_FILE}")
    assert artifacts["reports"]["junit"].endswith("/junit.xml")
    assert INPUTS["artifacts-access"]["default"] == "developer"


def _rendered(**inputs: Any) -> str:
    """The job with its inputs put in, as GitLab does it."""
    values = {name: value["default"] for name, value in INPUTS.items()} | inputs
    text = (ROOT / "templates" / "probe-gate.yml").read_text(encoding="utf-8").partition("\n---\n")[2]
    return re.sub(r"\$\[\[ inputs\.([a-z-]+) \]\]", lambda match: str(values[match[1]]), text)


@pytest.mark.parametrize("codes", [[200], [4, 6, 7]])
def test_gitlab_takes_it(tmp_path: Path, codes: list[int]) -> None:
    """With its inputs put in it follows the schema of pipelines."""
    path = tmp_path / ".gitlab-ci.yml"
    path.write_text(_rendered(**{"allow-failure-exit-codes": codes}))
    check_schema("vendor.gitlab-ci", path)
    assert yaml.safe_load(path.read_text())["probe-gate"]["allow_failure"] == {"exit_codes": codes}
