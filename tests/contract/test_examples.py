"""The examples are what their CI systems take, and hand the gate what it needs to know."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from probe_gate import __version__, home
from probe_gate.ci.detect import detect_ci
from tests.contract.ci_files import ROOT, check_schema, read_yaml
from tests.harness.ci_environments import SYSTEMS

EXAMPLES = ROOT / "examples"
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = {
    "github": [
        "github/probe-gate.yml",
        "github/many-targets.yml",
        "github/quick.yml",
        "github/night.yml",
        "github/monorepo.yml",
        "github/signed.yml",
    ],
    "gitlab": [
        "gitlab/.gitlab-ci.yml",
        "gitlab/remote.gitlab-ci.yml",
        "gitlab/plain.gitlab-ci.yml",
        "gitlab/quick-and-night.gitlab-ci.yml",
        "gitlab/monorepo.gitlab-ci.yml",
    ],
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
    "github": r"^ *concurrency:\n +group: probe-target",
    "gitlab": r"resource[-_]group: probe-target-",
    "jenkins": r"lock\(resource: 'probe-target-42'\)",
    "azure": r"^lockBehavior: sequential",
    "bitbucket": r"concurrency-group: probe-target-42",
    "circleci": r"serial-group: probe-target-42",
    "buildkite": r"concurrency: 1\n    concurrency_group: probe-target-42",
    "docker": r"flock 9",
}
WITHOUT_BASE_POLICY = {
    "github/signed.yml",  # main, too
    "github/night.yml",  # main is compared with its limits alone
    "gitlab/remote.gitlab-ci.yml",
    "gitlab/plain.gitlab-ci.yml",
    "jenkins/Jenkinsfile",
    "docker/probe-gate.sh",
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


@pytest.mark.parametrize("system", SCHEMAS)
def test_its_system_takes_them(system: str, tmp_path: Path) -> None:
    """All examples of a system follow its schema."""
    paths = [path for its_system, path in EACH if its_system == system]
    assert paths
    if system == "azure":
        files = [tmp_path / f"{number}.json" for number in range(len(paths))]
        for file, path in zip(files, paths, strict=True):
            file.write_text(json.dumps(_with_text_for_numbers(yaml.safe_load(_text(path)))))
        check_schema(SCHEMAS[system], *files, "--regex-variant", "nonunicode")
    else:
        check_schema(SCHEMAS[system], *(EXAMPLES / path for path in paths))


@pytest.mark.parametrize(("system", "path"), EACH)
def test_it_locks_its_target(system: str, path: str) -> None:
    """Two gates never start on one target at once: each example uses its system's own lock."""
    assert re.search(LOCKS[system], _text(path), re.MULTILINE)


@pytest.mark.parametrize(("system", "path"), EACH)
def test_the_change_under_test_cannot_loosen_the_policy(system: str, path: str) -> None:
    """The policy of the base branch is the base policy. Where all targets stand in the policy file, the file is theirs."""
    text = _text(path)
    if path in WITHOUT_BASE_POLICY:
        assert "on-missing-key" not in text or "No base policy: a change can lower its own limits here." in text
        return
    assert re.search(r"policy-floor[: ]", text)
    assert re.search(r"baseline[: ]", text)
    assert "No base policy" not in text


def test_the_readme_marks_the_examples_with_a_base_policy() -> None:
    """Its introduction promises one for those alone."""
    links = list(re.finditer(r"\(examples/(\S+?)\)", README))
    assert links
    for link in links:
        phrase = re.findall(r"[Ww]ith(?:out)?\b[^.:]*?base\s+policy", README[: link.start()])[-1]
        is_without = link[1] in WITHOUT_BASE_POLICY - {"github/night.yml"}
        assert phrase.lower().startswith("without") == is_without, link[1]


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
    softening = r"soft[-_]fail|allow[-_]failure|unstable\(|catchError|returnStatus|probe-gate run.*\|\|"
    text = path.read_text(encoding="utf-8").replace("allow_dependency_failure", "")
    assert not re.search(softening, text)


@pytest.mark.parametrize(
    "path", [path for path in _pipelines_to_copy() if "concurrency:\n" in path.read_text()], ids=str
)
def test_a_gate_that_waits_is_not_cancelled_by_the_next_one(path: Path) -> None:
    """GitHub keeps only one waiting job in a group unless told to queue, which it does not do while it cancels."""
    workflow = yaml.safe_load(re.sub(r"@@\w+@@", "x", path.read_text().replace("@@INPUTS@@", "")))
    blocks = [part["concurrency"] for part in (workflow, *workflow["jobs"].values()) if "concurrency" in part]
    assert blocks
    for block in blocks:
        assert block["queue"] == "max"
        assert block["cancel-in-progress"] is False


@pytest.mark.parametrize(("system", "path"), EACH)
def test_a_forgotten_secret_is_not_skipped(system: str, path: str) -> None:
    """Without a key, only pull requests from forks are skipped."""
    if path in {"github/night.yml", "github/signed.yml"}:
        pytest.skip("runs on no pull request: a missing key is an error")
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


@pytest.mark.parametrize("path", [path for path in FILES["gitlab"] if "include:" in _text(path)])
def test_gitlab_examples_use_inputs_that_there_are(path: str) -> None:
    """Nothing is given that the component does not know."""
    spec, _ = read_yaml("templates/probe-gate.yml")
    for include in read_yaml(f"examples/{path}")["include"]:
        assert set(include["inputs"]) <= set(spec["spec"]["inputs"])


def test_the_included_file_is_that_of_this_version_with_its_hash() -> None:
    """GitLab compares the hash with the file that it fetches, and refuses any other."""
    (include,) = read_yaml("examples/gitlab/remote.gitlab-ci.yml")["include"]
    name, _, digest = include["integrity"].partition("-")
    file = (ROOT / "templates" / "probe-gate.yml").read_bytes()
    assert (name, base64.b64decode(digest)) == ("sha256", hashlib.sha256(file).digest())
    assert include["remote"].endswith(f"/{home.action()}/v{__version__}/templates/probe-gate.yml")


def _run_of(path: str, name: str) -> str:
    """Return the script of a step of a GitHub example."""
    steps = [step for job in read_yaml(f"examples/{path}")["jobs"].values() for step in job["steps"]]
    return str(next(step["run"] for step in steps if name in (step.get("id"), step.get("name"))))


def _note_script(path: str) -> str:
    """Return the script that sends the note, with the variables that it reads called as on GitHub."""
    if path.startswith("github/"):
        return _run_of(path, "Note a change of the outcome")
    return str(read_yaml(f"examples/{path}")["note"]["script"][-1])


@pytest.mark.parametrize("path", ["github/night.yml", "gitlab/quick-and-night.gitlab-ci.yml"])
@pytest.mark.parametrize(
    ("before", "now", "is_sent"),
    [
        (None, "passed", False),
        (None, "failed", True),
        ("failed", "failed", False),
        ("failed", "passed", True),
        ("passed", "", True),
    ],
)
def test_a_note_is_sent_when_the_outcome_changes(
    path: str, before: str | None, now: str, is_sent: bool, tmp_path: Path
) -> None:
    """And at no other time; the next night is compared with this one. The address is on no command line."""
    webhook = "https://hooks.slack.com/services/T/B/secret"
    (tmp_path / "curl").write_text(
        f'#!/bin/sh\ncat > {tmp_path}/config\nfor word; do :; done\necho "$*" > {tmp_path}/sent\n'
    )
    (tmp_path / "curl").chmod(0o755)
    (tmp_path / "night").mkdir()
    if before is not None:
        (tmp_path / "night" / "outcome").write_text(f"{before}\n")
    env = {
        "PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin",
        "RUNNER_TEMP": str(tmp_path),
        **dict.fromkeys(("WEBHOOK", "NOTE_WEBHOOK"), webhook),
        **dict.fromkeys(("OUTCOME", "GATE_OUTCOME"), now),
        "GITHUB_REPOSITORY": "acme/bot",
        "CI_PROJECT_PATH": "acme/bot",
    }
    _run_script(_note_script(path), tmp_path, env)
    assert (tmp_path / "sent").exists() == is_sent
    assert (tmp_path / "night" / "outcome").read_text().strip() == (now or "no outcome")
    if is_sent:
        command = (tmp_path / "sent").read_text()
        note = json.loads(command[command.index("{") :])
        assert f"acme/bot: {now or 'no outcome'}" in note["text"]
        assert webhook not in command
        assert webhook in (tmp_path / "config").read_text()


@pytest.mark.parametrize("path", ["github/night.yml", "gitlab/quick-and-night.gitlab-ci.yml"])
def test_a_note_for_teams_is_a_card(path: str, tmp_path: Path) -> None:
    """Any other address than Slack's gets the message of a Teams workflow. Without an address nothing is sent."""
    (tmp_path / "curl").write_text(f'#!/bin/sh\ncat > /dev/null\necho "$*" > {tmp_path}/sent\n')
    (tmp_path / "curl").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "RUNNER_TEMP": str(tmp_path), "OUTCOME": "failed"}
    env |= {"GATE_OUTCOME": "failed", "WEBHOOK": "", "NOTE_WEBHOOK": ""}
    _run_script(_note_script(path), tmp_path, env)
    assert not (tmp_path / "sent").exists()
    (tmp_path / "night" / "outcome").unlink()
    webhook = "https://prod-1.westeurope.logic.azure.com/workflows/1"
    _run_script(_note_script(path), tmp_path, {**env, "WEBHOOK": webhook, "NOTE_WEBHOOK": webhook})
    command = (tmp_path / "sent").read_text()
    (attachment,) = json.loads(command[command.index("{") :])["attachments"]
    assert "failed" in attachment["content"]["body"][0]["text"]


@pytest.mark.parametrize(
    ("results", "code", "deploys"),
    [
        (["PASSED"], 0, True),
        (["FAILED", "PASSED"], 0, True),
        (["PASSED", "FAILED"], 0, False),
        (["WARNED"], 0, False),
        ([], 1, False),
    ],
)
def test_only_the_newest_signed_pass_is_deployed(results: list[str], code: int, deploys: bool, tmp_path: Path) -> None:
    """A later gate of the same image outweighs an earlier one; without a signature `gh` fails, and the deployment stops."""
    found = [
        {
            "verificationResult": {
                "statement": {"predicate": {"result": result}},
                "verifiedTimestamps": [{"type": "Tlog", "timestamp": f"2026-11-2{day}T12:00:00Z"}],
            }
        }
        for day, result in enumerate(results)
    ]
    (tmp_path / "found.json").write_text(json.dumps(found[::-1]))
    (tmp_path / "gh").write_text(
        f'#!/bin/bash\nwhile [ $# -gt 1 ]; do case $1 in --jq) jq -r "$2" {tmp_path}/found.json;; esac; shift; done\nexit {code}\n'
    )
    (tmp_path / "gh").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin", "IMAGE": "ghcr.io/acme/bot", "DIGEST": "sha256:1"}
    script = _run_of("github/signed.yml", "Ask for the signed result")
    env |= {"GITHUB_REPOSITORY": "acme/bot"}
    done = subprocess.run(["bash", "-e", "-c", script], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == deploys, done.stderr


def _run_script(script: str, directory: Path, env: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=directory, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


GIT = ("git", "-c", "user.name=test", "-c", "user.email=test@example.com")


def _commit(directory: Path, **files: str | None) -> None:
    for name, text in files.items():
        path = directory / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink()
        else:
            path.write_text(text)
    for words in (["add", "--all"], ["commit", "--quiet", "--allow-empty", "--message", "A change"]):
        subprocess.run([*GIT, *words], cwd=directory, check=True)


@pytest.mark.parametrize(
    ("change", "folders"),
    [
        ({"README": "new"}, []),
        ({"bots__a__prompt": "new"}, ["bots/a"]),
        ({"bots__a__prompt": "new", "bots__b__deep__file": "new"}, ["bots/a", "bots/b"]),
        ({"bots__a__.probe-gate.yml": None}, ["bots/a"]),
        ({"bots__c__.probe-gate.yml": "version: 1", "bots__c__prompt": "x"}, ["bots/c"]),
        ({"bots__no-policy__prompt": "x"}, []),
    ],
)
def test_the_bots_that_a_change_touches_are_gated(
    change: dict[str, str | None], folders: list[str], tmp_path: Path
) -> None:
    """One that loses its policy, too."""
    done = _find_bots(tmp_path, change)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "output").read_text().removeprefix("folders=")) == folders


def _find_bots(directory: Path, change: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
    """Run the monorepo example's search for bots on a change to a repository of the bots `a` and `b`."""
    subprocess.run(["git", "init", "--quiet"], cwd=directory, check=True)
    base = {f"bots__{bot}__{name}": "version: 1" for bot in "ab" for name in (".probe-gate.yml", "prompt")}
    _commit(directory, README="A monorepo", **base)
    _commit(directory, **change)
    return _search_bots(directory)


def _search_bots(directory: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "GITHUB_OUTPUT": str(directory / "output")}
    script = _run_of("github/monorepo.yml", "changes")
    return subprocess.run(
        ["bash", "-e", "-c", script], cwd=directory, env=env, capture_output=True, text=True, check=False
    )


GONE: dict[str, str | None] = {"bots__a__.probe-gate.yml": None, "bots__a__prompt": None}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"bots__odd name;$(touch pwned)__.probe-gate.yml": "version: 1"},
            "::error::bots/odd name;$(touch pwned): name",
        ),
        ({"bots__a\n::debug::x__.probe-gate.yml": "version: 1"}, "::error::bots/a?::debug::x: name its folder"),
        ({"bots__ö__.probe-gate.yml": "version: 1"}, "name its folder"),
        ({"bots__a__deep__.probe-gate.yml": "version: 1"}, "::error::bots/a/deep: name its folder"),
        (
            {**GONE, "bots__a bot__.probe-gate.yml": "version: 1", "bots__a bot__prompt": "x"},
            "bots/a bot: name its folder",
        ),
        ({**GONE, "elsewhere__.probe-gate.yml": "version: 1"}, "::error::bots/a was removed or moved"),
        ({**GONE, "bots__c__.probe-gate.yml": "version: 1"}, "::error::bots/a was removed or moved"),
    ],
)
def test_a_bot_cannot_escape_its_gate_by_its_name_or_place(
    change: dict[str, str | None], says: str, tmp_path: Path
) -> None:
    """The required check fails, and says why in one line; nothing in a name acts."""
    done = _find_bots(tmp_path, change)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    assert says in line
    assert not (tmp_path / "output").exists()
    assert not (tmp_path / "pwned").exists()


def test_a_checkout_without_the_base_finds_no_bots_but_fails(tmp_path: Path) -> None:
    """An empty list would be green."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    _commit(tmp_path, **{"bots__a__.probe-gate.yml": "version: 1"})
    done = _search_bots(tmp_path)
    assert done.returncode != 0
    assert not (tmp_path / "output").exists()


def test_a_link_in_place_of_a_bot_is_a_bot_that_was_moved(tmp_path: Path) -> None:
    """What it leads to could be changed later without a gate."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / ".probe-gate.yml").write_text("version: 1")
    _find_bots(tmp_path, GONE)
    (tmp_path / "bots" / "a").rmdir()
    (tmp_path / "bots" / "a").symlink_to("../elsewhere")
    subprocess.run(["git", "reset", "--quiet", "--soft", "HEAD^"], cwd=tmp_path, check=True)
    _commit(tmp_path)
    done = _search_bots(tmp_path)
    assert done.returncode == 1
    assert "bots/a was removed or moved" in done.stdout


def test_a_submodule_in_place_of_a_bot_is_a_bot_that_was_moved(tmp_path: Path) -> None:
    """Even if it is at a commit of this repository, which git can read as a folder."""
    _find_bots(tmp_path, GONE)
    subprocess.run(["git", "reset", "--quiet", "--soft", "HEAD^"], cwd=tmp_path, check=True)
    head = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tmp_path, text=True).strip()
    place = ["git", "update-index", "--add", "--cacheinfo", f"160000,{head},bots/a"]
    subprocess.run(place, cwd=tmp_path, check=True)
    subprocess.run([*GIT, "commit", "--quiet", "--message", "A submodule"], cwd=tmp_path, check=True)
    done = _search_bots(tmp_path)
    assert done.returncode == 1
    assert "bots/a was removed or moved" in done.stdout


@pytest.mark.parametrize(
    ("bots", "passes"),
    [
        (["sales", "support"], True),
        (["sales"], False),
        (["sales", "support", "new"], False),
        (["sales", "sup port"], False),
    ],
)
def test_a_bot_without_a_gate_fails_the_merge_request(bots: list[str], passes: bool, tmp_path: Path) -> None:
    """In the monorepo of GitLab each bot has a gate of its own, written by hand."""
    for bot in bots:
        (tmp_path / "bots" / bot).mkdir(parents=True)
        (tmp_path / "bots" / bot / ".probe-gate.yml").write_text("version: 1")
    script = "\n".join(read_yaml("examples/gitlab/monorepo.gitlab-ci.yml")["every-merge-request"]["script"])
    done = subprocess.run(["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert (done.returncode == 0) == passes


@pytest.mark.parametrize(
    ("changes", "folders", "bots", "passes"),
    [
        ("success", "[]", "skipped", True),
        ("success", '["bots/a"]', "success", True),
        ("success", '["bots/a"]', "failure", False),
        ("success", '["bots/a"]', "cancelled", False),
        ("success", '["bots/a"]', "skipped", False),
        ("failure", "", "skipped", False),
        ("cancelled", "[]", "skipped", False),
    ],
)
def test_the_required_check_of_a_monorepo(changes: str, folders: str, bots: str, passes: bool) -> None:
    """Green when nothing was to be gated or all of it passed; never because something did not run."""
    job = read_yaml("examples/github/monorepo.yml")["jobs"]["probe-gate"]
    env = {"PATH": "/usr/bin:/bin", "CHANGES": changes, "FOLDERS": folders, "BOTS": bots}
    done = subprocess.run(["bash", "-e", "-c", job["steps"][0]["run"]], env=env, capture_output=True, check=False)
    assert (done.returncode == 0) == passes


@pytest.mark.parametrize("path", [path for system, path in EACH if system not in {"github", "gitlab"}])
def test_the_image_is_the_released_one(path: str) -> None:
    """Every example takes the image of one major version."""
    assert not re.search("ghcr", _text(path)) or set(re.findall(r"ghcr\.io/\S+?/probe-gate:?[\w.]*", _text(path))) == {
        f"{home.image()}:1"
    }
