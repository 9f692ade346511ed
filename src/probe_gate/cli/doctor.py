"""`probe-gate doctor`: what is right and wrong before the first gate. It only asks for information and starts nothing."""

from __future__ import annotations

import argparse
import platform as python_platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.job import path_in_repository
from probe_gate.cli.arguments import is_target_flag
from probe_gate.cli.output import Column, echo, echo_err, print_json, render_table, terminal_width
from probe_gate.domain.addresses import REGIONS, region_of
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import plural
from probe_gate.domain.freshness import DEFAULT_UNIT_SECONDS
from probe_gate.domain.text import as_sentence
from probe_gate.errors import AuthError, ConfigError, GateError, Outcome, exit_code_for
from probe_gate.http.redact import Redactor
from probe_gate.options import KEY_VARIABLES
from probe_gate.settings import Plans, Settings, flags_from
from probe_gate.settings.partial import (
    ADDRESS,
    KEY,
    OPTION,
    POLICY,
    TARGET,
    WORKSPACE,
    PartialSettings,
    read_partial_settings,
)
from probe_gate.settings.values import Connection
from probe_gate.timings import DEFAULT_TIMINGS
from probe_gate.use_cases.doctor.access import RegionAnswer, diagnose_region, diagnose_workspace
from probe_gate.use_cases.doctor.findings import Finding, Status, problem, worst_outcome
from probe_gate.use_cases.doctor.next_run import CATEGORY, GateIntent, describe_limits
from probe_gate.use_cases.doctor.read import TargetReading, read_target, read_target_types
from probe_gate.use_cases.doctor.target import diagnose_target
from probe_gate.use_cases.ports import Clock, Platform

if TYPE_CHECKING:
    from probe_gate.bootstrap import Question, Result

MAX_TARGETS = 10
"""Targets that are asked about: three requests each."""

MAX_TEXT_LENGTH = 2_000
"""With every problem of a policy file in it."""
COLUMNS = (Column(""), Column("ITEM"), Column("FOUND", may_fold=True))
MARKS = {Status.OK: "ok", Status.NOTE: "note", Status.PROBLEM: "PROBLEM", Status.SKIPPED: "-"}


def main(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    now = datetime.now(UTC)
    job = detect_ci(environ)
    flags = flags_from(arguments, "doctor")
    partial = read_partial_settings(
        "doctor",
        flags,
        environ,
        today=now.date(),
        leaves_unset_names=job.leaves_unset_names,
        repository_path=lambda path: path_in_repository(path, job.workspace),
    )
    redact = Redactor(environ.get(name, "") for name in KEY_VARIABLES)
    findings = [
        replace(one, text=redact(one.text), hint=redact(one.hint)) for one in _diagnose(partial, flags, environ, now)
    ]
    outcome = worst_outcome(findings)
    if partial.output.format == "json":
        print_json(_describe(findings, outcome))
    else:
        _print(findings, outcome, has_policy=_has_policy(partial.settings))
    return exit_code_for(outcome)


def _diagnose(
    partial: PartialSettings, flags: Mapping[str, str], environ: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    from probe_gate import __version__

    python = f"{python_platform.python_version()} on {python_platform.system()}, probe-gate {__version__}"
    yield Finding("python", "Python", Status.OK, python)
    network = list(_diagnose_network(partial, environ))
    yield from network
    yield from _option_problems(partial, KEY, "api-key", "API key") or [_diagnose_key(partial)]
    yield from _option_problems(partial, OPTION, "options", "Options")
    yield from _note_settings(partial)
    target_file, targets = _diagnose_target_file(partial, flags, environ)
    yield from target_file
    connection = partial.connection()
    if connection is None or any(finding.status is Status.PROBLEM for finding in network):
        wrong = "its address is wrong or contradicted" if partial.api_url is None else "fix what is wrong above first"
        parts = ((ADDRESS, "platform", "Platform"), (WORKSPACE, "workspace", "Workspace"), (TARGET, "target", "Target"))
        for part, finding_id, title in parts:
            yield from _option_problems(partial, part, finding_id, title) or [_skipped(finding_id, title, wrong)]
        yield from _diagnose_policy(partial)
        return
    answers = list(_diagnose_platform(partial, connection, targets, now))
    yield from answers
    doubtful = {f"limit:min-category-score {one.id.partition(':')[2]}" for one in answers if one.title == CATEGORY}
    for finding in _diagnose_policy(partial):
        yield replace(finding, status=Status.NOTE) if finding.id in doubtful else finding


def _diagnose_network(partial: PartialSettings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield how the platform is reached, by what the environment says."""
    from probe_gate.http.network import authorities_from, find_proxy, tls_context

    if partial.api_url is None:
        yield _skipped("proxy", "Proxy", "the address of the platform is wrong or contradicted")
        yield _skipped("certificates", "Certificates", "the address of the platform is wrong or contradicted")
        return
    try:
        proxy = find_proxy(partial.api_url, environ)
    except ConfigError as error:
        yield problem("proxy", "Proxy", error)
    else:
        text = "none" if proxy is None else f"{proxy.address}, from {proxy.source}"
        data = {"proxy": proxy.address if proxy else None}
        yield Finding("proxy", "Proxy", Status.OK, text, data=data)
    if urlsplit(partial.api_url).scheme != "https":
        yield Finding("certificates", "Certificates", Status.OK, "not needed: http to this machine")
        return
    try:
        tls_context(None, environ)
    except ConfigError as error:
        yield problem("certificates", "Certificates", error)
    else:
        named = authorities_from(None, environ)
        text = f"{named[1]}, from {named[0]}" if named else "the authorities that come with probe-gate"
        yield Finding("certificates", "Certificates", Status.OK, text)


def _diagnose_key(partial: PartialSettings) -> Finding:
    if partial.api_key is None:
        return Finding("api-key", "API key", Status.PROBLEM, "There is none.", outcome=Outcome.CONFIG_ERROR)
    key, text = partial.api_key.reveal(), f"{partial.key_source} holds a key without spaces or line breaks."
    if key[0] in "\"'" or key[-1] in "\"'":
        hint = "If the platform does not accept the key, remove the quotation marks."
        return Finding("api-key", "API key", Status.NOTE, f"{text} It is in quotation marks.", hint)
    return Finding("api-key", "API key", Status.OK, text, data={"source": partial.key_source})


def _note_settings(partial: PartialSettings) -> Iterator[Finding]:
    """Yield what a reader should know about how the settings came about."""
    for index, note in enumerate(partial.settings.notes if partial.settings is not None else ()):
        yield Finding(f"note:{index + 1}", "Options", Status.NOTE, note)


def _option_problems(partial: PartialSettings, part: str, id: str, title: str) -> list[Finding]:  # noqa: A002
    """Return each problem of a part of the options; empty if there is none."""
    return [
        Finding(
            f"{id}:{number}" if number > 1 else id,
            title,
            Status.PROBLEM,
            as_sentence(text),
            _HINTS[part],
            outcome=Outcome.CONFIG_ERROR,
        )
        for number, text in enumerate(partial.problems.get(part, ()), start=1)
    ]


_HINTS = {
    KEY: "Create a key in the platform's account settings and put it into the secret variable SPLX_API_KEY.",
    ADDRESS: "Set --api-url to eu or us, or leave it out and give the address of the target's page with --target-url.",
    WORKSPACE: "Give the address of the target's page with --target-url, and no other option for workspace, target and region.",
    TARGET: "Give the address of the target's page with --target-url, and no other option for workspace, target and region.",
    POLICY: "Correct the file; probe-gate policy validate checks it without the network.",
    OPTION: "Correct the options and variables; docs/options.md lists them.",
}


def _skipped(id: str, title: str, why: str) -> Finding:  # noqa: A002
    return Finding(id, title, Status.SKIPPED, f"Not checked: {why}.")


def _diagnose_target_file(
    partial: PartialSettings, flags: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[list[Finding], list[Target]]:
    """Return what to say of the target file, if there is one, and the targets to ask about."""
    settings = partial.settings
    if settings is None:
        return [], [Target(target_id) for target_id in partial.target_ids]
    if settings.target_file is None:
        return [], [plan.target for plan in settings.targets]
    from probe_gate.cli.targets import read_target, reject_other_target

    try:
        file = read_target(settings.target_file, environ, settings)
        reject_other_target(file, settings, is_flag=is_target_flag(flags))
    except ConfigError as error:
        return [problem("target-file", "Target file", error)], []
    hint = " ".join(file.notes)
    status = Status.NOTE if hint else Status.OK
    if file.id is None:
        text = f"{file.name} describes a temporary target: run creates it and deletes it afterwards."
        return [Finding("target-file", "Target file", status, text, hint, data={"id": None})], []
    text = f"{file.name} describes target {file.id}: run updates it first, if it differs."
    return [Finding("target-file", "Target file", status, text, hint, data={"id": file.id})], [Target(file.id)]


def _diagnose_platform(
    partial: PartialSettings, connection: Connection, targets: Sequence[Target], now: datetime
) -> Iterator[Finding]:
    asked = targets[:MAX_TARGETS] if partial.workspace_id is not None else []
    statuses = partial.settings.run.completed_statuses if partial.settings is not None else frozenset()

    async def question(
        platform: Platform, clock: Clock, _deadline: float
    ) -> tuple[Sequence[Mapping[str, Any]] | GateError, list[TargetReading]]:
        types = await read_target_types(platform, clock)
        if _ends_here(types):
            return types, []
        return types, [await read_target(platform, clock, target, statuses) for target in asked]

    try:
        types, readings = _ask(partial, connection, question)
    except ConfigError as error:
        types, readings = error, []
    own = RegionAnswer(region_of(connection.api_url), types if isinstance(types, GateError) else None)
    other = _ask_other_region(partial, connection) if own.rejects_key else None
    yield diagnose_region(own, other, connection.api_url)
    not_reached = f"the platform must {'accept the key' if isinstance(types, AuthError) else 'be reached'} first"
    if found := _option_problems(partial, WORKSPACE, "workspace", "Workspace"):
        yield from found
    elif _ends_here(types):
        yield _skipped("workspace", "Workspace", not_reached)
    elif partial.workspace_id is not None:
        yield diagnose_workspace(partial.workspace_id, readings)
    if found := _option_problems(partial, TARGET, "target", "Target"):
        yield from found
    elif not readings:
        none = "there is none yet" if partial.settings is not None else "fix what is wrong above first"
        why = not_reached if _ends_here(types) else "it needs the workspace" if targets else none
        yield _skipped("target", "Target", why)
    for reading in readings:
        found_of_target = diagnose_target(reading, types, _intent_of(partial, reading.target), now)
        if partial.settings is None:
            found_of_target = (one for one in found_of_target if one.id != "next-run")
        yield from found_of_target
    if len(targets) > len(asked) and readings:
        more = plural(len(targets) - len(asked), "more target")
        yield _skipped("targets", "Targets", f"{more}; name some of them with --target-id")


def _ends_here(types: Sequence[Mapping[str, Any]] | GateError) -> bool:
    """Return whether nothing else can be asked: the key is not accepted, or there is no answer."""
    from probe_gate.http.errors import TransportError

    if isinstance(types, AuthError):
        return types.status != 403
    return isinstance(types, TransportError)


def _ask(partial: PartialSettings, connection: Connection, question: Question[Result]) -> Result:
    from probe_gate.bootstrap import ask_platform, make_request_log

    return ask_platform(
        connection,
        question,
        seconds=DEFAULT_TIMINGS.command_seconds,
        log_requests=make_request_log(partial.output, echo_err),
    )


def _ask_other_region(partial: PartialSettings, connection: Connection) -> RegionAnswer | None:
    """Return what the vendor's other region answers to the key; None if the platform that is set is not the vendor's.

    The key is never sent from an address of somebody else's to the vendor's.
    """
    own = region_of(connection.api_url)
    if own not in REGIONS:
        return None
    name, api_url = next((name, url) for name, url in REGIONS.items() if name != own)

    async def question(platform: Platform, clock: Clock, _deadline: float) -> Sequence[Mapping[str, Any]] | GateError:
        return await read_target_types(platform, clock)

    try:
        types = _ask(partial, Connection(connection.api_key, api_url, None, connection.workspace_id), question)
    except ConfigError as error:
        types = error
    return RegionAnswer(name, types if isinstance(types, GateError) else None)


def _intent_of(partial: PartialSettings, target: Target) -> GateIntent:
    """Return what the next `run` would do; if the settings are wrong, with the defaults."""
    settings = partial.settings
    if settings is None:
        plan = Plans().plan_for(target)
        return GateIntent(target, plan.probes, plan.policy, 0.0, DEFAULT_UNIT_SECONDS, "wait", trusts_unproven=False)
    plan, run = settings.plan_for(target), settings.run
    return GateIntent(
        plan.target,
        plan.probes,
        plan.policy,
        run.timeout_seconds,
        run.settle_seconds,
        run.on_busy,
        run.unproven_scores == "trust",
        plan.overrides,
    )


def _diagnose_policy(partial: PartialSettings) -> Iterator[Finding]:
    """Yield the policy file and where each limit comes from."""
    found = _option_problems(partial, POLICY, "policy", "Policy")
    yield from found
    settings = partial.settings
    if settings is None:
        if not found:
            yield _skipped("policy", "Policy", "fix what is wrong above first")
        return
    name, base = settings.policy_name, settings.plans.base
    if not _has_policy(settings):
        text = "There is no policy file: the limits come from options and defaults."
        hint = "probe-gate init writes a policy file from the current scores."
        yield Finding("policy", "Policy", Status.NOTE, text, hint, data={"file": None})
    else:
        names = [*([name] if name else []), *([f"{base.name} (base policy)"] if base else [])]
        yield Finding("policy", "Policy", Status.OK, " and ".join(names), data={"file": name})
    plans = [settings.plan_for(plan.target) for plan in settings.targets]
    common = settings.plan_for(Target(0)).policy
    if len(plans) == 1:
        yield from describe_limits(plans[0].policy, plans[0].target.id)
        return
    yield from describe_limits(common, None)
    for plan in plans:
        yield from describe_limits(plan.policy, plan.target.id, common)


def _describe(findings: Sequence[Finding], outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": str(outcome),
        "exitCode": exit_code_for(outcome),
        "findings": [
            {
                "id": finding.id,
                "title": finding.title,
                "target": finding.target_id,
                "status": finding.status.value,
                "outcome": str(finding.outcome) if finding.outcome is not None else None,
                "text": finding.text,
                "hint": finding.hint or None,
                "data": dict(finding.data),
            }
            for finding in findings
        ],
    }


def _has_policy(settings: Settings | None) -> bool:
    return settings is not None and (settings.policy_name is not None or settings.plans.base is not None)


def _print(findings: Sequence[Finding], outcome: Outcome, *, has_policy: bool) -> None:
    several = len({finding.target_id for finding in findings if finding.target_id is not None}) > 1

    def title_of(finding: Finding) -> str:
        is_about_one = several and finding.target_id is not None
        return f"{finding.title} ({finding.target_id})" if is_about_one else finding.title

    rows = [(MARKS[finding.status], title_of(finding), finding.text) for finding in findings]
    for line in render_table(COLUMNS, rows, terminal_width(), max_length=MAX_TEXT_LENGTH):
        echo(line)
    for status, heading in ((Status.PROBLEM, "To do:"), (Status.NOTE, "Good to know:")):
        hints = [
            f"  {title_of(finding)}: {finding.hint}"
            for finding in findings
            if finding.status is status and finding.hint
        ]
        if hints:
            echo()
            echo(heading)
            for hint in dict.fromkeys(hints):
                echo(hint)
    echo()
    count = sum(finding.status is Status.PROBLEM for finding in findings)
    if count:
        echo(f"{plural(count, 'problem')}. A gate would exit with {exit_code_for(outcome)} ({outcome}).")
    else:
        with_policy = "probe-gate run (starts a test run and uses credits)"
        following = with_policy if has_policy else "probe-gate check (starts nothing), then probe-gate init"
        echo(f"No problem found. Nothing was started or changed. Next: {following}")
