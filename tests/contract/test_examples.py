"""The examples are what their CI systems take, and hand the gate what it needs to know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import home
from probe_gate.ci.detect import detect_ci
from tests.contract.ci_files import ROOT, check_schema, read_yaml
from tests.harness.ci_environments import SYSTEMS

EXAMPLES = ROOT / "examples"
FILES = {
    "github": ["github/probe-gate.yml", "github/many-targets.yml"],
    "gitlab": ["gitlab/.gitlab-ci.yml"],
    "jenkins": ["jenkins/Jenkinsfile", "jenkins/Jenkinsfile.docker-run"],
    "azure": ["azure/azure-pipelines.yml"],
    "bitbucket": ["bitbucket/bitbucket-pipelines.yml"],
    "circleci": ["circleci/config.yml"],
    "buildkite": ["buildkite/pipeline.yml"],
    "docker": ["docker/probe-gate.sh"],
}
SCHEMAS = {
    "github": "vendor.github-workflows",
    "gitlab": "vendor.gitlab-ci",
    "azure": "vendor.azure-pipelines",
    "bitbucket": "vendor.bitbucket-pipelines",
    "circleci": "vendor.circle-ci",
    "buildkite": "vendor.buildkite",
}
LOCKS = {
    "github": r"^concurrency:\n  group: probe-target",
    "gitlab": r"resource-group: probe-target-42",
    "jenkins": r"lock\(resource: 'probe-target-42'\)",
    "azure": r"^lockBehavior: sequential",
    "bitbucket": r"concurrency-group: probe-target-42",
    "circleci": r"serial-group: probe-target-42",
    "buildkite": r"concurrency: 1\n    concurrency_group: probe-target-42",
    "docker": r"flock 9",
}
EACH = [(system, path) for system, paths in FILES.items() for path in paths]


def _text(path: str) -> str:
    return (EXAMPLES / path).read_text(encoding="utf-8")


def test_every_example_is_known_here() -> None:
    """A new example gets the checks of the others."""
    found = {str(path.relative_to(EXAMPLES)) for path in EXAMPLES.rglob("*") if path.is_file()}
    assert found - {".probe-gate.yml"} == {path for _, path in EACH}


def _with_text_for_numbers(value: Any) -> Any:
    """Azure's schema takes numbers as text."""
    if isinstance(value, dict):
        return {name: _with_text_for_numbers(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_with_text_for_numbers(entry) for entry in value]
    return str(value) if type(value) is int else value


@pytest.mark.parametrize(("system", "path"), [(system, path) for system, path in EACH if system in SCHEMAS])
def test_its_system_takes_it(system: str, path: str, tmp_path: Path) -> None:
    """It follows the schema of its system."""
    if system == "azure":
        file = tmp_path / "azure-pipelines.json"
        file.write_text(json.dumps(_with_text_for_numbers(yaml.safe_load(_text(path)))))
        check_schema(SCHEMAS[system], file, "--regex-variant", "nonunicode")
    else:
        check_schema(SCHEMAS[system], EXAMPLES / path)


@pytest.mark.parametrize(("system", "path"), EACH)
def test_it_locks_its_target(system: str, path: str) -> None:
    """Two gates never start on one target at once: each example uses its system's own lock."""
    assert re.search(LOCKS[system], _text(path), re.MULTILINE)


@pytest.mark.parametrize(("system", "path"), [pair for pair in EACH if pair[0] not in {"docker"}])
def test_the_change_under_test_cannot_loosen_the_policy(system: str, path: str) -> None:
    """The policy of the base branch is the base policy. Where all targets stand in the policy file, the file is theirs."""
    text = _text(path)
    if path in {"github/many-targets.yml", "jenkins/Jenkinsfile"}:
        pytest.skip("the simpler one of two examples")
    assert re.search(r"policy-floor[: ]", text)
    assert re.search(r"baseline[: ]", text)


OUTSIDE = re.compile(r"(/references|\$\{\{ runner\.temp \}\}/baseline|\.\./references-\$CI_JOB_ID)/report\.json")


@pytest.mark.parametrize(("system", "path"), EACH)
def test_the_baseline_is_outside_of_the_checkout(system: str, path: str) -> None:
    """A report that the change brings along can never be taken for the one that is downloaded."""
    for found in re.findall(r"baseline(?::| (?=\S*report\.json)) ?(\S.*?report\.json)", _text(path)):
        assert OUTSIDE.fullmatch(found), found
    assert not re.search(r"target(Path)?: \S*(DefaultWorkingDirectory|'baseline')", _text(path))
    assert not re.search(r"^ +path: baseline", _text(path), re.MULTILINE)


def test_the_base_policy_is_never_written_through_a_link() -> None:
    """A link in its place, which the change brings along, would make a file of the change the base policy."""
    scaffold = ROOT / "src" / "probe_gate" / "scaffold" / "templates"
    paths = [path for path in (*EXAMPLES.rglob("*"), *scaffold.iterdir()) if path.is_file()]
    written = 0
    for path in paths:
        text = path.read_text(encoding="utf-8")
        for place in re.findall(r"git show \S+ > (\S+)", text):
            written += 1
            folder = place.strip('"').rpartition("/")[0]
            is_new_folder = folder and re.search(rf'rm -rf "?{re.escape(folder)}"?\s', text)
            is_unknown_to_the_change = 'mkdir "references-$CI_PIPELINE_ID" && cd "references-$CI_PIPELINE_ID"' in text
            assert is_new_folder or is_unknown_to_the_change or f"rm -rf {place}\n" in text, (path, place)
    assert written >= 7


def _pipelines_to_copy() -> list[Path]:
    """Return the examples, and the templates of `init`."""
    scaffold = ROOT / "src" / "probe_gate" / "scaffold" / "templates"
    return [path for path in (*EXAMPLES.rglob("*"), *scaffold.iterdir()) if path.is_file()]


@pytest.mark.parametrize("path", _pipelines_to_copy(), ids=lambda path: path.name)
def test_no_outcome_is_softened_unless_somebody_chooses_to(path: Path) -> None:
    """What is red on one CI system is red on the others: a broken policy, and what could not be judged."""
    softening = r"soft[-_]fail|allow[-_]failure|unstable\(|catchError|returnStatus|\|\| true"
    text = path.read_text(encoding="utf-8").replace("allow_dependency_failure", "")
    assert not re.search(softening, text)


@pytest.mark.parametrize(
    "path", [path for path in _pipelines_to_copy() if "concurrency:\n" in path.read_text()], ids=str
)
def test_a_gate_that_waits_is_not_cancelled_by_the_next_one(path: Path) -> None:
    """GitHub keeps only one waiting job in a group unless told to queue, which it does not do while it cancels."""
    block = yaml.safe_load(re.sub(r"@@\w+@@", "x", path.read_text().replace("@@INPUTS@@", "")))["concurrency"]
    assert block["queue"] == "max"
    assert block["cancel-in-progress"] is False


@pytest.mark.parametrize(("system", "path"), EACH)
def test_a_forgotten_secret_is_not_skipped(system: str, path: str) -> None:
    """Without a key, only pull requests from forks are skipped."""
    assert re.search(r"on-missing-key(:| ) ?skip-forks\b", _text(path))


def test_nothing_that_is_copied_skips_wherever_there_is_no_key() -> None:
    """Neither an example, nor what `init` writes, nor a page."""
    scaffold = ROOT / "src" / "probe_gate" / "scaffold" / "templates"
    paths = [*EXAMPLES.rglob("*"), *scaffold.iterdir(), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    for path in paths:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        assert not re.search(r"on-missing-key: skip(?!-forks)", text), path
    for path in scaffold.iterdir():
        assert re.search(r"on-missing-key(:| ) ?skip-forks\b", path.read_text(encoding="utf-8")), path


class Recording(Mapping[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


@pytest.mark.parametrize(
    ("system", "path"),
    [
        ("azure", "azure/azure-pipelines.yml"),
        ("buildkite", "buildkite/pipeline.yml"),
        ("jenkins", "jenkins/Jenkinsfile.docker-run"),
    ],
)
def test_the_container_learns_which_job_it_is_part_of(system: str, path: str) -> None:
    """`docker run` hands over every variable that the gate looks at on this system."""
    environ = Recording(SYSTEMS[system])
    assert detect_ci(environ).system == system
    handed_over = set(re.findall(r"--env ([A-Z0-9_]+)", _text(path)))
    asked = {name for name in environ.asked if name.startswith(_prefixes(system))}
    assert asked <= handed_over
    assert {"SPLX_API_KEY", "SPLX_API_URL", "SPLX_WORKSPACE_ID", "SPLX_TARGET_ID"} <= handed_over


def _prefixes(system: str) -> tuple[str, ...]:
    return {
        "azure": ("TF_", "BUILD_", "SYSTEM_", "AGENT_"),
        "buildkite": ("BUILDKITE",),
        "jenkins": ("JENKINS_", "JOB_", "BUILD_", "STAGE_", "GIT_COMMIT", "BRANCH_", "CHANGE_"),
    }[system]


@pytest.mark.parametrize("path", FILES["github"])
def test_github_examples_use_inputs_and_outputs_that_there_are(path: str) -> None:
    """Nothing is given that the action does not know, and every other action is pinned by its commit."""
    action = read_yaml("action.yml")
    steps = [step for job in read_yaml(f"examples/{path}")["jobs"].values() for step in job["steps"]]
    gates = [step for step in steps if step.get("uses", "").startswith(f"{home.owner()}/")]
    assert gates
    for step in gates:
        assert step["uses"] == f"{home.action()}@v1"
        assert set(step["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.gate\.outputs\.([a-z-]+)", _text(path))) <= set(action["outputs"])
    for use in re.findall(rf"uses: (?!{home.owner()}/)(.*)", _text(path)):
        assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use), use


def test_the_gitlab_example_uses_inputs_that_there_are() -> None:
    """Nothing is given that the component does not know."""
    spec, _ = read_yaml("templates/probe-gate.yml")
    (include,) = read_yaml("examples/gitlab/.gitlab-ci.yml")["include"]
    assert set(include["inputs"]) <= set(spec["spec"]["inputs"])


@pytest.mark.parametrize("path", [path for system, path in EACH if system not in {"github", "gitlab"}])
def test_the_image_is_the_released_one(path: str) -> None:
    """Every example takes the image of one major version."""
    assert set(re.findall(r"ghcr\.io/\S+?/probe-gate:?[\w.]*", _text(path))) == {f"{home.image()}:1"}
