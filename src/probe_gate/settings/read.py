"""The settings of a command, or every mistake in them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import plural
from probe_gate.domain.shard import is_in_shard
from probe_gate.errors import ConfigError
from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES, options_of
from probe_gate.settings.addresses import web_page_of
from probe_gate.settings.checks import check_baselines, check_confidence, check_lengths, check_run_limits
from probe_gate.settings.debug import is_ci_debug
from probe_gate.settings.files import ReadFile, read_small_file
from probe_gate.settings.key import MissingKeyError, find_unset_names, read_key
from probe_gate.settings.plans import Plans, read_policy_part
from probe_gate.settings.policies import RepositoryPath, read_policies
from probe_gate.settings.secret import Secret
from probe_gate.settings.sources import Sources
from probe_gate.settings.targets import check_choice, choose_targets
from probe_gate.settings.unknown_variables import find_unknown_variables
from probe_gate.settings.values import Connection, OutputSettings, ReportSettings, RunSettings, Settings

NEED_NO_KEY = frozenset({"init"})
NEED_NO_WORKSPACE = frozenset({"init", "target types"})
CLEANUP = frozenset({"runs cancel", "target delete"})
"""A misspelt variable must not keep these from stopping what is still active."""

MISSING_WORKSPACE = (
    "--workspace-id: required; give it or SPLX_WORKSPACE_ID (the number behind /w/ in the address of any of its pages)"
)
MAX_NAMED = 10
"""Targets named in one sentence."""

NOTHING_SENT = "Nothing was sent to the platform."


def read_settings(
    command: str,
    flags: Mapping[str, str | None],
    environ: Mapping[str, str],
    *,
    today: date,
    read_file: ReadFile = read_small_file,
    from_fork: bool = False,
    leaves_unset_names: bool = False,
    default_policy: bool = True,
    repository_path: RepositoryPath = str,
) -> Settings:
    """What the command was asked to do. `flags` by option name; `today` in UTC, for waivers.

    `default_policy`: whether `.probe-gate.yml` is read when no policy file is named. `repository_path` returns the path
    of a file from the root of its repository.

    `from_fork`: whether the CI system says that this is a pull request from a fork, which is given no secrets.
    `leaves_unset_names`: whether a variable without a value may hold a name such as `$(SPLX_API_KEY)`.

    Raises `ConfigError` with every mistake in `problems`; `MissingKeyError` when no API key is all that is wrong,
    or when there is none and `--on-missing-key` allows that here.
    """
    sources = Sources(command, flags, environ)
    # The key first: no message about anything else may then hold it.
    unset_names = find_unset_names(environ) if leaves_unset_names else ()
    api_key, key_is_missing = _read_key(sources, environ, read_file, unset_names)
    for option in options_of(command):
        sources.given(option.name)
    connection = _read_connection(sources, api_key)
    before_files = len(sources.problems)
    file, base = read_policies(
        sources, read_file, today, default_policy=default_policy, repository_path=repository_path
    )
    files_are_right = len(sources.problems) == before_files
    plans = Plans(read_policy_part(sources), sources.given("probe-ids"), file, base)
    # What a broken file would have said is not known, so nothing is said to be missing because of it.
    ids = choose_targets(sources, plans) if files_are_right else ()
    check_choice(sources, ids)
    targets = [plans.plan_for(Target(one)) for one in ids]
    check_lengths(sources)
    unused: tuple[str, ...] = ()
    if files_are_right:
        check_baselines(sources, targets or [plans.plan_for(Target(0))])
        unused = (*check_run_limits(sources, plans), *check_confidence(sources, plans))
    unknown, warnings = find_unknown_variables(environ)
    if command not in CLEANUP:
        sources.problems.extend(unknown)
    missing_key = _missing_key(sources, from_fork, unset_names, warnings) if key_is_missing else None
    _raise_mistakes(sources, missing_key, hints=warnings)
    report, output = _read_report(sources, environ), _read_output(sources, environ)
    shard = report.shard
    given_ids = sources.given("target-id")
    return Settings(
        command=command,
        connection=connection,
        targets=tuple(plan for plan in targets if shard is None or is_in_shard(plan.target.id, shard)),
        all_target_ids=_all_target_ids(plans, ids, is_split=shard is not None),
        named_target_ids=given_ids.value if given_ids else (),
        plans=plans,
        test_run_id=sources.value("test-run-id"),
        target_file=sources.value("target-file"),
        run=_read_run(sources),
        report=report,
        output=output,
        notes=(*warnings, *unused, *_notes(plans, ids)),
    )


def _all_target_ids(plans: Plans, ids: tuple[int, ...], *, is_split: bool) -> tuple[int, ...]:
    """Return the targets of all jobs of the gate. Jobs either pick targets from the policy file or split one list."""
    owner = plans.owner
    if is_split or owner is None or not owner.targets:
        return ids
    return tuple(sorted(entry.id for entry in owner.targets))


def read_output_settings(
    command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[ReportSettings, OutputSettings]:
    """Where to report and how to speak, for when all else is wrong: it never raises, and takes defaults for mistakes."""
    sources = Sources(command, flags, environ)
    for name in KEY_VARIABLES:
        sources.keep_secret(environ.get(name, ""))
    return _read_report(sources, environ), _read_output(sources, environ)


def read_job_key(command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> str:
    """Return the job key; empty when there is none, when it is wrong, and when the command takes none."""
    return Sources(command, flags, environ).value("job-key") or ""


def read_verbose(command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> bool:
    """Return whether everything is to be logged; a wrong value is passed over."""
    return _is_verbose(Sources(command, flags, environ), environ)


def _is_verbose(sources: Sources, environ: Mapping[str, str]) -> bool:
    verbose = sources.given("verbose")
    return bool(verbose.value) if verbose is not None else is_ci_debug(environ)


def _read_key(
    sources: Sources, environ: Mapping[str, str], read_file: ReadFile, unset_names: tuple[str, ...]
) -> tuple[Secret | None, bool]:
    """The API key, and whether it is missing where one is needed."""
    if not sources.takes("api-key-file"):
        return None, False
    before = len(sources.problems)
    api_key = read_key(sources, environ, read_file, unset_names=unset_names)
    missing = api_key is None and len(sources.problems) == before
    return api_key, missing and sources.command not in NEED_NO_KEY


def _read_connection(sources: Sources, api_key: Secret | None) -> Connection | None:
    if not sources.takes("workspace-id"):
        return None
    workspace_id = sources.value("workspace-id")
    if workspace_id is None and sources.command not in NEED_NO_WORKSPACE and not sources.is_wrong("workspace-id"):
        sources.missing.append(MISSING_WORKSPACE)
    if api_key is None or (workspace_id is None and sources.command == "init"):
        return None
    api_url = sources.value("api-url")
    return Connection(api_key, api_url, sources.value("platform-url") or web_page_of(api_url), workspace_id or 0)


def _missing_key(
    sources: Sources, from_fork: bool, unset_names: tuple[str, ...], hints: tuple[str, ...]
) -> MissingKeyError:
    wanted = sources.value("on-missing-key") if sources.takes("on-missing-key") else "fail"
    may_skip = wanted == "skip" or (wanted == "skip-forks" and from_fork)
    return MissingKeyError(may_skip=may_skip, from_fork=from_fork, unset_names=unset_names, hints=hints)


def _raise_mistakes(sources: Sources, missing_key: MissingKeyError | None, *, hints: tuple[str, ...]) -> None:
    if missing_key is not None and not sources.problems and (missing_key.may_skip or not sources.missing):
        raise missing_key
    key_problems = missing_key.problems if missing_key is not None else ()
    problems = [sources.without_secrets(one) for one in (*key_problems, *sources.missing, *sources.problems)]
    if not problems:
        return
    raise ConfigError(
        f"{plural(len(problems), 'mistake')} in options, environment or files.",
        " ".join((NOTHING_SENT, *hints)),
        tuple(problems),
    )


def _read_run(sources: Sources) -> RunSettings:
    low, high = sources.value("poll-interval")
    return RunSettings(
        timeout_seconds=sources.value("timeout").total_seconds(),
        poll_low_seconds=low.total_seconds(),
        poll_high_seconds=high.total_seconds(),
        settle_seconds=sources.value("settle").total_seconds(),
        scores_timeout_seconds=sources.value("scores-timeout").total_seconds(),
        unproven_scores=sources.value("unproven-scores"),
        completed_statuses=sources.value("completed-status") or frozenset(),
        on_timeout=sources.value("on-timeout"),
        on_busy=sources.value("on-busy"),
        reuse=sources.value("reuse"),
        name=sources.value("name") or "",
        run_ai_analysis=sources.value("run-ai-analysis"),
        notify=sources.value("notify"),
        parallel=sources.value("parallel"),
    )


def _read_report(sources: Sources, environ: Mapping[str, str]) -> ReportSettings:
    token = environ.get(COMMENT_TOKEN_VARIABLE, "").strip()
    return ReportSettings(
        directory=sources.value("report-dir"),
        reports=sources.value("reports"),
        comment=sources.value("comment") == "on",
        comment_token=Secret(token) if token else None,
        shard=sources.value("shard"),
    )


def _read_output(sources: Sources, environ: Mapping[str, str]) -> OutputSettings:
    return OutputSettings(
        log_format=sources.value("log-format"),
        verbose=_is_verbose(sources, environ),
        quiet=sources.value("quiet"),
        color=not sources.value("no-color"),
        format=sources.value("output"),
    )


def _notes(plans: Plans, ids: Iterable[int]) -> Iterator[str]:
    """Yield what a reader should know about a base policy and what does not count beside it."""
    if plans.base is None:
        return
    name, gated = plans.base.name, set(ids)
    softened = plans.given.soft_fail
    if softened is not None:
        yield f"Warning: {softened.origin} is ignored: beside a base policy, only the soft-fail of {name} applies."
    left_out = [str(entry.id) for entry in plans.base.targets if entry.id not in gated]
    if gated and left_out:
        more = f" and {len(left_out) - MAX_NAMED} more" if len(left_out) > MAX_NAMED else ""
        yield f"Not gated here, because --target-id picks others of {name}: {', '.join(left_out[:MAX_NAMED])}{more}."
    if plans.file is None:
        yield f"There is no policy file beside the base policy {name}."
        return
    for entry in plans.file.targets:
        if entry.id not in gated and plans.base.entry_of(entry.id) is None:
            yield f"Target {entry.id} ({entry.origin}) is not gated yet: the base policy {name} does not list it."
