"""action.yml is what the options, the outputs and the image say it is."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from probe_gate.ci import github
from probe_gate.ci.outputs import outputs_of
from probe_gate.cli.commands import is_command_name
from probe_gate.container import secret_inputs
from probe_gate.options import OPTIONS
from tests.contract.ci_files import ROOT, check_schema, read_yaml, writer
from tests.harness.factories import make_verdict

ACTION = read_yaml("action.yml")
NATIVE = read_yaml("native/action.yml")


def test_it_is_what_the_script_writes() -> None:
    """A change to the options must be followed by scripts/write_ci_files.py."""
    assert (ROOT / "action.yml").read_text(encoding="utf-8") == writer().action()
    assert (ROOT / "native" / "action.yml").read_text(encoding="utf-8") == writer().native_action()


def test_both_actions_have_the_same_inputs_and_outputs() -> None:
    """A workflow moves from one to the other by changing one line."""
    assert {**NATIVE, "runs": None} == {**ACTION, "runs": None}


def test_the_action_without_a_container_has_its_files_and_needs_no_package() -> None:
    """The scripts are there and require what Node brings along, and nothing else."""
    runs = NATIVE["runs"]
    assert runs["using"] == "node24"
    assert runs["post-if"] == ACTION["runs"]["post-if"]
    for script in (runs["main"], runs["post"]):
        text = (ROOT / "native" / script).read_text(encoding="utf-8")
        required = set(re.findall(r"require\('([^']+)'\)", text))
        assert all(name.startswith("node:") or name == "./main.js" for name in required)


def test_the_action_without_a_container_starts_a_function_that_there_is() -> None:
    """The scripts name a module, a function and a command of the program."""
    launch = re.search(r"from (probe_gate\S*) import (\w+)", (ROOT / "native" / "main.js").read_text(encoding="utf-8"))
    assert launch is not None
    assert callable(getattr(import_module(launch[1]), launch[2]))
    (command,) = re.findall(
        r"start\(interpreter, \['(\w+)'\]", (ROOT / "native" / "post.js").read_text(encoding="utf-8")
    )
    assert is_command_name(command)


def test_every_option_is_an_input_and_every_input_is_known() -> None:
    """Nothing that a flag can do is out of reach for the action, and no input is without effect."""
    assert set(ACTION["inputs"]) == {option.name for option in OPTIONS} | set(secret_inputs()) | {"command"}


def test_an_input_that_is_left_out_says_nothing() -> None:
    """A default in action.yml would stand above the policy file; the program has its own defaults."""
    defaults = {name: value["default"] for name, value in ACTION["inputs"].items() if "default" in value}
    assert defaults == {
        "command": "run",
        "comment-token": "${{ github.token }}",
        "job-key": "${{ toJSON(matrix) }}",
    }
    assert not any("required" in value for value in ACTION["inputs"].values())


def test_every_output_is_set_and_every_set_output_is_declared(tmp_path: Path) -> None:
    """The names in action.yml and those that the program writes are the same."""
    path = tmp_path / "output"
    github.write_outputs(str(path), outputs_of(make_verdict(), tmp_path, has_junit=True))
    written = set(re.findall(r"^([a-z-]+)<<probe-gate-", path.read_text(), re.MULTILINE))
    assert written == set(ACTION["outputs"])


def test_it_starts_programs_that_the_image_has() -> None:
    """No entrypoint of its own, no secret among the arguments, and a post step that the Dockerfile makes."""
    runs = ACTION["runs"]
    assert runs["image"] == "Dockerfile"
    assert runs["args"] == ["${{ inputs.command }}"]
    assert "entrypoint" not in runs
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "/opt/probe-gate/bin/probe-gate-cleanup /usr/local/bin/" in dockerfile
    assert runs["post-entrypoint"] == "/usr/local/bin/probe-gate-cleanup"


def test_the_dockerfile_leaves_user_and_directory_to_the_runner() -> None:
    """Another user could not write the runner's files; a shell before the program would drop the inputs."""
    instructions = [line.split()[0] for line in (ROOT / "Dockerfile").read_text().splitlines() if line[:1].isupper()]
    assert "USER" not in instructions
    assert "WORKDIR" not in instructions
    assert 'ENTRYPOINT ["/usr/local/bin/probe-gate"]' in (ROOT / "Dockerfile").read_text()


def test_github_takes_it() -> None:
    """It follows the schema of action files."""
    check_schema("vendor.github-actions", ROOT / "action.yml", ROOT / "native" / "action.yml")


@pytest.mark.parametrize("path", ["action.yml", "native/action.yml", ".github/workflows", ".github/dependabot.yml"])
def test_the_auditor_finds_nothing(path: str) -> None:
    """zizmor in its strictest persona is clean."""
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona", "auditor", ROOT / path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_workflows_follow_their_schemas() -> None:
    """GitHub and Dependabot take their files."""
    check_schema("vendor.github-workflows", *(ROOT / ".github" / "workflows").glob("*.yml"))
    check_schema("vendor.dependabot", ROOT / ".github" / "dependabot.yml")


@pytest.mark.parametrize("name", ["ci", "release"])
def test_workflows_use_pinned_actions_and_ask_for_no_more_than_they_need(name: str) -> None:
    """Every action by its commit with the version beside it; no permission but those that a job names."""
    path = f".github/workflows/{name}.yml"
    assert read_yaml(path)["permissions"] == {}
    uses = re.findall(r"uses: (.*)", (ROOT / path).read_text())
    assert uses
    for use in uses:
        assert re.fullmatch(
            r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+|\./(native)? # zizmor: .*|\$/\.github/workflows/ci\.yml", use
        ), use


def test_the_cleanup_step_runs_whatever_the_job_makes_of_the_gate() -> None:
    """With `continue-on-error` a job in which the gate was killed has not failed. After a gate that ended, it does nothing."""
    assert ACTION["runs"]["post-if"] == "always()"
