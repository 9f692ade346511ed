"""Pipeline files of the supported CI systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path, PurePosixPath

from probe_gate import home
from probe_gate.scaffold.repository import CiSystem, Facts


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline file to write."""

    path: PurePosixPath
    """From the root of the repository."""
    text: str
    setting: str
    """What is left to set up in the CI system."""
    edits: tuple[str, ...] = ()
    """What is left to fill in, each as a clause without a full stop."""
    change: str = "pull request"
    """What the CI system calls a proposed change."""


_TEMPLATES = {CiSystem.GITHUB: "github.yml", CiSystem.GITLAB: "gitlab.yml", CiSystem.JENKINS: "Jenkinsfile"}


def make_pipeline(system: CiSystem, facts: Facts, root: Path) -> Pipeline:
    """Return the pipeline file, under a different name if the repository already has one that may not be replaced."""
    make = {CiSystem.GITHUB: _github, CiSystem.GITLAB: _gitlab, CiSystem.JENKINS: _jenkins}[system]
    pipeline = make(facts, root)
    if not home.OWNER:
        edit = (
            f"replace {home.PLACEHOLDER} with the GitHub account that publishes probe-gate (if there is none, see its "
            "docs/releasing.md)"
        )
        pipeline = replace(pipeline, edits=(edit, *pipeline.edits))
    return pipeline


def _github(facts: Facts, _root: Path) -> Pipeline:
    inputs = {
        "workspace-id": f'"{facts.workspace_id}"' if facts.workspace_id else "${{ vars.SPLX_WORKSPACE_ID }}",
        "target-id": "" if facts.targets else "${{ vars.SPLX_TARGET_ID }}",
        "api-url": facts.api_url,
    }
    needs = ["the secret SPLX_API_KEY"]
    needs += [] if facts.workspace_id else ["the variable SPLX_WORKSPACE_ID"]
    needs += [] if facts.targets else ["the variable SPLX_TARGET_ID"]
    fill = {
        "NEEDS": ", ".join(needs),
        "INPUTS": _inputs(inputs, 10),
        "LOCK": facts.lock_name,
        "BRANCH": facts.branch,
    }
    setting = f"In the repository's settings, under Secrets and variables, Actions, add {_listed(needs)}."
    return Pipeline(PurePosixPath(".github/workflows/probe-gate.yml"), _fill(CiSystem.GITHUB, fill), setting)


def _gitlab(facts: Facts, root: Path) -> Pipeline:
    # unknown values are left to the project's variables, which every job gets
    inputs = {"workspace-id": f'"{facts.workspace_id}"' if facts.workspace_id else "", "api-url": facts.api_url}
    needs = ["the masked variable SPLX_API_KEY"]
    needs += [] if facts.workspace_id else ["the variable SPLX_WORKSPACE_ID"]
    needs += [] if facts.targets else ["the variable SPLX_TARGET_ID"]
    fill = {"NEEDS": ", ".join(needs), "INPUTS": _inputs(inputs, 6), "LOCK": facts.lock_name}
    setting = f"In the project's settings, under CI/CD, Variables, add {_listed(needs)}."
    edits = []
    path = PurePosixPath(".gitlab-ci.yml")
    if (root / path).exists():
        path = PurePosixPath(".gitlab/probe-gate.yml")
        edits.append(f"add to .gitlab-ci.yml, under include: - local: {path}")
    return Pipeline(path, _fill(CiSystem.GITLAB, fill), setting, tuple(edits), "merge request")


def _jenkins(facts: Facts, root: Path) -> Pipeline:
    more = {"SPLX_API_URL": facts.api_url, "SPLX_TARGET_ID": "" if facts.targets else "FILL-IN"}
    text = _fill(
        CiSystem.JENKINS,
        {
            "NEEDS": 'a credential "splx-api-key" (secret text)',
            "WORKSPACE": str(facts.workspace_id or "FILL-IN"),
            "MORE": "".join(f"        {name} = '{value}'\n" for name, value in more.items() if value),
            "LOCK": facts.lock_name,
        },
    )
    path = PurePosixPath("Jenkinsfile")
    setting = 'In Jenkins, add a "Secret text" credential "splx-api-key" with the API key.'
    edits = ["replace FILL-IN with the ids of workspace and target"] if "FILL-IN" in text else []
    if (root / path).exists():
        path = PurePosixPath("Jenkinsfile.probe-gate")
        edits.append(f"copy the stage of {path} into your Jenkinsfile, or create a pipeline from it")
    return Pipeline(path, text, setting, tuple(edits))


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _inputs(values: Mapping[str, str], indent: int) -> str:
    return "".join(f"{' ' * indent}{name}: {value}\n" for name, value in values.items() if value)


def _fill(system: CiSystem, values: Mapping[str, str]) -> str:
    text = (files("probe_gate.scaffold") / "templates" / _TEMPLATES[system]).read_text("utf-8")
    for name, value in {**values, "ACTION": home.action(), "IMAGE": home.image()}.items():
        text = text.replace(f"@@{name}@@", value)
    return text
