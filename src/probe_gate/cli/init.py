"""`probe-gate init`: write a starter policy and the pipeline file of the repository's CI system.

It never prompts: it detects what it can and prints the remaining steps. Without an API key or the network it writes the
default limits.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from probe_gate.ci.files import write_atomically
from probe_gate.ci.ownership import make_directories
from probe_gate.cli.output import echo
from probe_gate.cli.platform_call import ask
from probe_gate.cli.policy import read_file
from probe_gate.domain.addresses import is_loopback, region_of, web_page_of
from probe_gate.domain.concurrent_runs import known_runs
from probe_gate.domain.run_list import RunQuery
from probe_gate.domain.run_size import usual_size
from probe_gate.domain.scores import Scores
from probe_gate.domain.target_state import as_map
from probe_gate.errors import ConfigError, PlatformError
from probe_gate.options import DEFAULT_POLICY_FILE, default_of
from probe_gate.scaffold.pipeline import Pipeline, make_pipeline
from probe_gate.scaffold.policy import MARGIN, is_below_default, minimum_of, render_policy
from probe_gate.scaffold.repository import CiSystem, Facts, TargetFacts, detect_branch, detect_systems
from probe_gate.settings import Settings, flags_from, read_settings
from probe_gate.settings.page_options import apply_page_addresses
from probe_gate.settings.resolve import Sources

if TYPE_CHECKING:
    from probe_gate.use_cases.ports import Clock, Platform

POLICY_PATH = PurePosixPath(DEFAULT_POLICY_FILE)
NO_PIPELINE = "none"
SYSTEMS = tuple(system.value for system in CiSystem)
PROGRAM = "probe-gate init"
DEFAULTS = "The limits are the defaults"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to write")
    group.add_argument(
        "--ci",
        choices=[*SYSTEMS, NO_PIPELINE],
        help="the CI system; detected by default. none: write the policy only",
    )
    group.add_argument(
        "--force", action="store_true", help="overwrite both files; to rewrite only one, delete it first"
    )


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    now, root = datetime.now(UTC), Path()
    flags = flags_from(arguments, "init")
    settings = read_settings("init", flags, environ, today=now.date())
    system = _choose_system(arguments.ci, root)
    keeps_policy = _is_there(root / POLICY_PATH) and not arguments.force
    workspace_id, url = _read_place(flags, environ)
    targets, notes = (
        _targets_of_file(now) if keeps_policy else _read_targets(settings, _missing(settings, workspace_id))
    )
    region = region_of(url)
    api_url = "" if region == default_of("api-url") else region
    facts = Facts(now.date(), targets, workspace_id, api_url, detect_branch(root), web_page_of(url) or "")
    pipeline = make_pipeline(system, facts, root) if system else None
    texts = {POLICY_PATH: render_policy(facts)} | ({pipeline.path: pipeline.text} if pipeline else {})
    _write(root, texts, force=arguments.force)
    host = urlsplit(url).hostname
    if is_loopback(host):
        notes.append(
            f"The files name the platform at {host}, which a CI system cannot reach. For your real target, run "
            f"{PROGRAM} again with --force and --target-url."
        )
    for note in notes:
        echo(note)
    echo("Next:")
    for number, step in enumerate(_steps(pipeline, is_ci_named=arguments.ci is not None), 1):
        echo(f"  {number}. {step}")
    return 0


def _steps(pipeline: Pipeline | None, *, is_ci_named: bool) -> Iterator[str]:
    """Yield what is left to do, in three steps."""
    if pipeline is None:
        named = "Add the gate to your pipeline: docs/other-ci.md has examples."
        unknown = (
            "No CI system was detected, so only the policy was written. For a pipeline file, name your CI system: "
            f"{PROGRAM} --ci {'|'.join(SYSTEMS)}. Others: docs/other-ci.md"
        )
        yield named if is_ci_named else unknown
    else:
        yield pipeline.setting
    edits = "; ".join(pipeline.edits) if pipeline else ""
    yield f"Review the new files{f': {edits}' if edits else ''}."
    yield f"Add {default_of('report-dir')}/ to .gitignore, commit the files on a branch, and open a {pipeline.change if pipeline else 'pull request'}."


def _choose_system(named: str | None, root: Path) -> CiSystem | None:
    if named is not None:
        return None if named == NO_PIPELINE else CiSystem(named)
    found = detect_systems(root)
    if len(found) > 1:
        names = ", ".join(system.value for system in found)
        raise ConfigError(
            f"Several CI systems are in use here: {names}.",
            "Name one with --ci, or use --ci none. Nothing was written.",
        )
    return found[0] if found else None


def _read_place(flags: Mapping[str, str], environ: Mapping[str, str]) -> tuple[int | None, str]:
    """Return the workspace and the API address."""
    sources = Sources("init", flags, environ)
    apply_page_addresses(sources)
    return sources.value("workspace-id"), sources.value("api-url")


def _targets_of_file(now: datetime) -> tuple[tuple[TargetFacts, ...], list[str]]:
    file = read_file(None, now)
    return tuple(TargetFacts(entry.id, entry.name) for entry in file.targets), []


def _missing(settings: Settings, workspace_id: int | None) -> list[str]:
    """Return what is missing to read the current scores, as words for a sentence."""
    missing = [] if settings.connection is not None else ["set SPLX_API_KEY"]
    if workspace_id is None or not settings.named_target_ids:
        missing.append("give the address of the target's page with --target-url")
    return missing


def _read_targets(settings: Settings, missing: Sequence[str]) -> tuple[tuple[TargetFacts, ...], list[str]]:
    """Return the targets with their current scores, and a note on each that has none."""
    ids = settings.named_target_ids
    targets = tuple(TargetFacts(one) for one in ids)
    if missing:
        return targets, [
            f"{DEFAULTS}. To take them from the current scores, {' and '.join(missing)}, then run {PROGRAM} again with --force."
        ]
    notes: list[str] = []

    async def question(platform: Platform, _clock: Clock, deadline: float) -> tuple[TargetFacts, ...]:
        return tuple([await _read_target(platform, one, deadline, notes) for one in ids])

    try:
        return ask(settings, question, seconds=settings.timings.init_seconds), notes
    except PlatformError as error:
        return targets, [f"{DEFAULTS}, because the request to the platform failed: {error.message}"]


async def _read_target(platform: Platform, target_id: int, deadline: float, notes: list[str]) -> TargetFacts:
    """Return one target, with its scores if there are any.

    Raises:
        GateError: The target does not exist or is not accessible. Missing scores are only noted.
    """
    target = await platform.get_target(target_id, deadline)
    name = as_map(target.get("settings")).get("name")
    scores: Scores | None = None
    reason = "it has never run"
    try:
        scores = await platform.fetch_scores(target_id, deadline)
    except (ConfigError, PlatformError) as error:
        reason = error.message
    usual: int | None = None
    with suppress(ConfigError, PlatformError):  # then the policy sets no minimum number of test cases
        usual = usual_size(known_runs(await platform.list_runs(target_id, RunQuery(), deadline)))
    # The platform may report zeros for a target that has never run; a limit of zero would let everything pass.
    if scores is not None and (scores.latest_execution is None or scores.simulated_attacks == 0):
        scores = None
    if scores is None or scores.overall is None:
        notes.append(f"Target {target_id}: the limit is the default, because there is no overall score ({reason}).")
    else:
        notes.append(f"Target {target_id}: the minimum scores are the current ones minus {MARGIN} points.")
        if is_below_default(scores.overall):
            notes.append(
                f"Target {target_id}: its score is {scores.overall}, below the default minimum of "
                f"{default_of('min-score')}. The policy allows {minimum_of(scores.overall)} for now, so that the first "
                "build is green. Fix the target, then raise min-score."
            )
    return TargetFacts(target_id, name if isinstance(name, str) else None, scores, usual)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _write(root: Path, texts: Mapping[PurePosixPath, str], *, force: bool) -> None:
    """Write the files that do not exist yet, or all of them with `force`. Raises `ConfigError`."""
    kept = [] if force else [path for path in texts if _is_there(root / path)]
    if len(kept) == len(texts):
        names = " and ".join(map(str, kept))
        raise ConfigError(
            f"{names} already exists." if len(kept) == 1 else f"{names} already exist.",
            "Nothing was written; --force overwrites.",
        )
    for path, text in texts.items():
        if path in kept:
            echo(f"{path} already exists and was left unchanged.")
            continue
        target = root / path
        try:
            make_directories(target.parent)
            write_atomically(target.parent.resolve(), target.name, text)
        except OSError as error:
            raise ConfigError(f"{path} could not be written: {error.strerror or error}.") from error
        echo(f"Wrote {path}.")
