"""The settings of a command, or an error with all of their problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from probe_gate.domain.addresses import web_page_of
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import few
from probe_gate.domain.policy import BEFORE, CONFIRM, DEFAULT, Origin, Policy
from probe_gate.domain.shard import is_in_shard
from probe_gate.errors import ConfigError
from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES, options_of
from probe_gate.settings.api_key import MissingKeyError, find_unset_names, read_key
from probe_gate.settings.files import ReadFile, read_small_file
from probe_gate.settings.page_options import apply_page_addresses, apply_pages_of_files
from probe_gate.settings.policies import (
    Plans,
    RepositoryPath,
    TargetPlan,
    check_choice,
    choose_targets,
    read_policies,
    read_policy_part,
)
from probe_gate.settings.resolve import Sources, find_unknown_variables, is_ci_debug
from probe_gate.settings.values import Connection, OutputSettings, ReportSettings, RunSettings, Secret, Settings

NEED_NO_KEY = frozenset({"init"})
NEED_NO_WORKSPACE = frozenset({"init", "target types"})
CLEANUP = frozenset({"runs cancel", "target delete"})
"""A misspelled variable must not prevent these from stopping what is still active."""

MISSING_WORKSPACE = (
    "--workspace-id: required; give it or SPLX_WORKSPACE_ID (the number behind /w/ in the address of any of its pages), "
    "or the address of the target's page with --target-url or PROBE_GATE_TARGET_URL"
)
MAX_NAMED = 10
"""The maximum number of targets named in a sentence."""

CORRECT_THEM = "Correct that and run again. Nothing was sent to the platform."


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
    """Return the settings of a command.

    Args:
        command: The name of the command.
        flags: The flags that were given, by option name.
        environ: The environment variables.
        today: The day in UTC, for waivers.
        read_file: Reads a file of limited size.
        from_fork: Whether this is known to be a pull request from a fork, which gets no secrets.
        leaves_unset_names: Whether a variable without a value may contain a name such as `$(SPLX_API_KEY)`.
        default_policy: Whether `.probe-gate.yml` is read if no policy file is named.
        repository_path: Returns the path of a file from the root of its repository.

    Raises:
        ConfigError: With all problems in `problems`.
        MissingKeyError: The missing API key is the only problem, or `--on-missing-key` allows it to be missing.
    """
    sources = Sources(command, flags, environ)
    # the key first, so that it is masked in all messages
    unset_names = find_unset_names(environ) if leaves_unset_names else ()
    api_key, key_is_missing = _read_key(sources, environ, read_file, unset_names)
    for option in options_of(command):
        sources.given(option.name)
    apply_page_addresses(sources)
    before_files = len(sources.problems)
    file, base = read_policies(
        sources, read_file, today, default_policy=default_policy, repository_path=repository_path
    )
    files_are_valid = len(sources.problems) == before_files
    apply_pages_of_files(sources, base, file)
    connection = _read_connection(sources, api_key)
    plans = Plans(read_policy_part(sources), sources.given("probe-ids"), file, base)
    # do not report as missing what an invalid file may contain
    ids = choose_targets(sources, plans) if files_are_valid else ()
    check_choice(sources, ids)
    targets = [plans.plan_for(Target(one)) for one in ids]
    check_lengths(sources)
    unused: tuple[str, ...] = ()
    if files_are_valid:
        check_baselines(sources, targets or [plans.plan_for(Target(0))])
        unused = (
            *check_run_limits(sources, plans),
            *check_confidence(sources, plans),
            *check_confirm(sources, plans),
        )
    unknown, warnings = find_unknown_variables(environ)
    if command not in CLEANUP:
        sources.problems.extend(unknown)
    missing_key = _missing_key(sources, from_fork, unset_names, warnings) if key_is_missing else None
    _raise_problems(sources, missing_key, hints=warnings)
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
    """Return the targets of all jobs of the gate, which either select targets of the policy file or split one list."""
    owner = plans.owner
    if is_split or owner is None or not owner.targets:
        return ids
    return tuple(sorted(entry.id for entry in owner.targets))


def read_output_settings(
    command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]
) -> tuple[ReportSettings, OutputSettings]:
    """Return the report and output settings even if others are invalid. Never raises; uses defaults for invalid values."""
    sources = Sources(command, flags, environ)
    for name in KEY_VARIABLES:
        sources.keep_secret(environ.get(name, ""))
    return _read_report(sources, environ), _read_output(sources, environ)


def read_job_key(command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> str:
    """Return the job key; empty if it is not given or invalid, or if the command does not have the option."""
    return Sources(command, flags, environ).value("job-key") or ""


def read_verbose(command: str, flags: Mapping[str, str | None], environ: Mapping[str, str]) -> bool:
    """Return whether `--verbose` is set; an invalid value is ignored."""
    return _is_verbose(Sources(command, flags, environ), environ)


def _is_verbose(sources: Sources, environ: Mapping[str, str]) -> bool:
    verbose = sources.given("verbose")
    return bool(verbose.value) if verbose is not None else is_ci_debug(environ)


def _read_key(
    sources: Sources, environ: Mapping[str, str], read_file: ReadFile, unset_names: tuple[str, ...]
) -> tuple[Secret | None, bool]:
    """Return the API key, and whether it is required but missing."""
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
    is_wrong = sources.is_wrong("workspace-id") or sources.is_wrong("target-url")
    if workspace_id is None and sources.command not in NEED_NO_WORKSPACE and not is_wrong:
        sources.missing.append(MISSING_WORKSPACE)
    if api_key is None:
        return None
    api_url = sources.value("api-url")
    return Connection(api_key, api_url, sources.value("platform-url") or web_page_of(api_url), workspace_id or 0)


def _missing_key(
    sources: Sources, from_fork: bool, unset_names: tuple[str, ...], hints: tuple[str, ...]
) -> MissingKeyError:
    wanted = sources.value("on-missing-key") if sources.takes("on-missing-key") else "fail"
    may_skip = wanted == "skip" or (wanted == "skip-forks" and from_fork)
    return MissingKeyError(may_skip=may_skip, from_fork=from_fork, unset_names=unset_names, hints=hints)


def _raise_problems(sources: Sources, missing_key: MissingKeyError | None, *, hints: tuple[str, ...]) -> None:
    if missing_key is not None and not sources.problems and (missing_key.may_skip or not sources.missing):
        raise missing_key
    key_problems = (missing_key.problem,) if missing_key is not None else ()
    problems = [sources.without_secrets(one) for one in (*key_problems, *sources.missing, *sources.problems)]
    if not problems:
        return
    message = f"{len(problems)} problems in options, environment or files." if len(problems) > 1 else problems[0]
    raise ConfigError(message, " ".join((CORRECT_THEM, *hints)), tuple(problems))


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
    """Yield notes on a base policy and on settings that have no effect because of it."""
    if plans.base is None:
        return
    name, gated = plans.base.name, set(ids)
    for key, given in (("soft-fail", plans.given.soft_fail), (CONFIRM, plans.given.limits.get(CONFIRM))):
        if given is not None:
            yield f"Warning: {given.origin} is ignored: with a base policy, only the {key} of {name} applies."
    left_out = [str(entry.id) for entry in plans.base.targets if entry.id not in gated]
    if gated and left_out:
        yield f"Not gated here, because --target-id selects other targets of {name}: {few(left_out, MAX_NAMED)}."
    if plans.file is None:
        yield f"There is no policy file in addition to the base policy {name}."
        return
    for entry in plans.file.targets:
        if entry.id not in gated and plans.base.entry_of(entry.id) is None:
            yield f"Target {entry.id} ({entry.origin}) is not gated yet: the base policy {name} does not list it."


RATE, CONFIDENCE = "max-attack-success-rate", "confidence"
RUN_LIMITS = (RATE, CONFIDENCE, "max-error-rate", "min-test-cases")
"""Limits on the counts of a test run, which `check` does not have."""


def check_lengths(sources: Sources) -> None:
    """Add problems for durations that are zero or do not fit the time limit."""
    timeout = sources.given("timeout")
    if timeout is not None and timeout.value <= timedelta(0):
        sources.problems.append(f"{timeout.origin}: must be longer than zero, such as 45m")
    settle, total = sources.given("settle"), sources.value("timeout")
    if settle is not None and total is not None and settle.value >= total > timedelta(0):
        sources.problems.append(f"{settle.origin}: must be shorter than the overall time limit (--timeout)")
    max_age = sources.given("max-age")
    if max_age is not None and max_age.value <= timedelta(0):
        sources.problems.append(f"{max_age.origin}: must be longer than zero, such as 24h")


def check_baselines(sources: Sources, targets: Sequence[TargetPlan]) -> None:
    """Add a problem for each policy that limits the score drop without a baseline."""
    if not sources.takes("max-score-drop") or any(map(sources.is_wrong, ("baseline", "allow-missing-baseline"))):
        return
    for plan in targets:
        for policy in (plan.policy, *((plan.overrides.pipeline, plan.overrides.change) if plan.overrides else ())):
            if _lacks_baseline(policy):
                problem = _missing_baseline(plan, policy)
                if problem not in sources.problems:
                    sources.problems.append(problem)


def _lacks_baseline(policy: Policy) -> bool:
    return policy.max_score_drop is not None and policy.baseline is None and not policy.allow_missing_baseline.value


def _missing_baseline(plan: TargetPlan, policy: Policy) -> str:
    set_by = policy.max_score_drop.origin if policy.max_score_drop else DEFAULT
    where, allow, unused = "the policy", "--allow-missing-baseline", ""
    if plan.overrides is not None:
        where = "the base policy"
        if policy.max_score_drop == plan.policy.max_score_drop and _lacks_baseline(plan.policy):
            # a flag cannot relax a base policy
            allow = "allow-missing-baseline in the base policy"
        rejected = next((one for one in plan.overrides.rejected if one.key == "baseline"), None)
        unused = f"; the baseline of {rejected.requested_origin} is not used with a base policy" if rejected else ""
    return (
        f"{set_by}: max-score-drop needs something to compare with; give --baseline or PROBE_GATE_BASELINE, set "
        f"baseline in {where}, or {allow} for the first run{unused}"
    )


def check_run_limits(sources: Sources, plans: Plans) -> list[str]:
    """Add problems for limits that need a test run if there is none; return a note on each that a policy file sets."""
    if sources.command != "check":
        return []
    for name in RUN_LIMITS:
        given = sources.given(name)
        if given is not None:
            sources.problems.append(f"{given.origin}: {name} needs a test run, but check starts none; use run")
    baseline = sources.given("baseline")
    if baseline is not None and baseline.value == BEFORE:
        sources.problems.append(
            f"{baseline.origin}: the scores before a test run need a run, but check starts none; "
            "give the report.json of an earlier gate"
        )
    return [
        f"{name} ({_listed(origins)}) needs a test run, so check ignores it."
        for name in RUN_LIMITS
        if (origins := _origins_in_files(plans, name))
    ]


def check_confidence(sources: Sources, plans: Plans) -> list[str]:
    """Add a problem for a confidence level without its rate limit; return a note if a policy file sets it."""
    if sources.command == "check" or sources.is_wrong(RATE) or sources.given(RATE) is not None:
        return []
    if _origins_in_files(plans, RATE):
        return []
    given = sources.given(CONFIDENCE)
    if given is not None:
        sources.problems.append(
            f"{given.origin}: confidence applies to the attack success rate, but no limit on that is set; "
            "give --max-attack-success-rate too"
        )
    origins = _origins_in_files(plans, CONFIDENCE)
    return [f"confidence ({_listed(origins)}) has no effect without max-attack-success-rate."] if origins else []


def check_confirm(sources: Sources, plans: Plans) -> list[str]:
    """Add a problem for a flag that asks for confirming runs where none is started; return a note if others ask for them."""
    test_run = sources.given("test-run-id")
    if sources.command == "check":
        why = "check starts no test run"
    elif test_run is not None:
        why = f"the run of {test_run.origin} already exists and is not repeated"
    else:
        return []
    given, origins = sources.given(CONFIRM), _origins_in_files(plans, CONFIRM)
    if given is not None and given.value > 0:
        if given.by_flag:
            sources.problems.append(f"{given.origin}: there is no failure to confirm with more runs: {why}")
        origins.insert(0, given.origin)
    return [f"confirm ({_listed(origins)}) has no effect: {why}."] if origins else []


def _origins_in_files(plans: Plans, key: str) -> list[Origin]:
    """Return where the policy files set a key, for every target or for one."""
    files = [file for file in (plans.file, plans.base) if file is not None]
    parts = [part for file in files for part in (file.part, *(entry.part for entry in file.targets))]
    return [part.limits[key].origin for part in parts if key in part.limits]


def _listed(origins: Sequence[Origin]) -> str:
    more = len(origins) - 1
    return f"{origins[0]} and {more} more" if more else str(origins[0])
