"""`doctor`: what was read of the platform, and what to say of it. Only information is requested; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from probe_gate.domain.concurrent_runs import active_runs, known_runs
from probe_gate.domain.dates import (
    DAY,
    dates_agree,
    format_timestamp,
    has_zone,
    is_in_future,
    precision_of,
)
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.policy import Policy, policy_rows
from probe_gate.domain.probes import AllProbes, ChosenProbes, ProbeChoice
from probe_gate.domain.provability import ProofBasis, foresee_proof
from probe_gate.domain.run import Run, RunState, complete_counts
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.domain.scores import Scores
from probe_gate.domain.target_state import as_map
from probe_gate.domain.text import as_sentence, plain_line
from probe_gate.errors import PRECEDENCE, AuthError, CancelledError, GateError, Outcome, PlatformError
from probe_gate.use_cases.ports import Clock, NoScoresError, Platform
from probe_gate.use_cases.select_probes import check_probe_choice

QUESTION_SECONDS = 20.0
"""For one answer of the platform: a person waits."""
LIST_SECONDS = 60.0
"""The same for a list of runs, which may be long."""
SCORES_ATTEMPTS = 3
"""A platform may answer with an error for a target that has no scores yet."""
RECENT_RUNS = 30
"""How many of the latest runs are looked at."""
SIZED_RUNS = 5
"""How many of the latest completed runs tell the usual number of test cases."""
MAX_NAMED = 10


class Status(Enum):
    """What a finding means for the reader. The values appear in the JSON output."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    id: str
    title: str
    status: Status
    text: str
    hint: str = ""
    """What to do, in one line."""
    target_id: int | None = None
    outcome: Outcome | None = None
    """How a gate would end because of this problem; None if it is none."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """Facts for programs."""


def problem(id: str, title: str, error: GateError, target_id: int | None = None) -> Finding:  # noqa: A002 - its name in the output
    """Return the finding that an error amounts to."""
    details = "; ".join(getattr(error, "problems", ()))
    text = f"{error.message} {as_sentence(details)}".strip() if details else error.message
    hint = error.hint or _FALLBACK_HINTS.get(error.outcome, "Run doctor again with --verbose.")
    return Finding(id, title, Status.PROBLEM, text, hint, target_id, error.outcome)


_FALLBACK_HINTS = {
    Outcome.CONFIG_ERROR: "Correct the options; docs/options.md lists them.",
    Outcome.AUTH_ERROR: "Check the key and what its owner may use.",
    Outcome.PLATFORM_ERROR: (
        "Check the network of this machine and the address of the platform (--api-url), then run doctor again."
    ),
}


def worst_outcome(findings: Sequence[Finding]) -> Outcome:
    """Return how a gate would end by these findings, by the same order as over several targets."""
    outcomes = {finding.outcome for finding in findings if finding.outcome is not None}
    return next((outcome for outcome in PRECEDENCE if outcome in outcomes), Outcome.PASSED)


@dataclass(frozen=True, slots=True)
class TargetReading:
    """What the platform answered about one target, each an error where it answered with one."""

    target: Target
    description: Mapping[str, Any] | GateError
    listing: RunList | GateError | None = None
    """None if it was not asked for, since the target could not be read."""
    scores: Scores | GateError | None = None


async def read_target(
    platform: Platform, clock: Clock, target: Target, completed_statuses: frozenset[str]
) -> TargetReading:
    """Return what the platform answers about a target. Raises only `CancelledError`."""
    try:
        description = await platform.get_target(target.id, clock.monotonic() + QUESTION_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        return TargetReading(target, error)
    listing: RunList | GateError
    scores: Scores | GateError
    query = RunQuery(newest=RECENT_RUNS, completed_statuses=completed_statuses)
    try:
        listing = await platform.list_runs(target.id, query, clock.monotonic() + LIST_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        listing = error
    try:
        scores = await platform.fetch_scores(target.id, clock.monotonic() + QUESTION_SECONDS, attempts=SCORES_ATTEMPTS)
    except CancelledError:
        raise
    except GateError as error:
        scores = error
    return TargetReading(target, description, listing, scores)


async def read_target_types(platform: Platform, clock: Clock) -> Sequence[Mapping[str, Any]] | GateError:
    """Return the target types, which every valid key may read, or why they cannot be read. Raises only `CancelledError`."""
    try:
        return await platform.list_target_types(clock.monotonic() + QUESTION_SECONDS)
    except CancelledError:
        raise
    except GateError as error:
        return error


@dataclass(frozen=True, slots=True)
class RegionAnswer:
    """What a region of the platform answered to the key."""

    name: str
    """As `--api-url` takes it: `eu`, `us` or an address."""
    error: GateError | None = None
    """None if it accepts the key."""

    @property
    def rejects_key(self) -> bool:
        """Whether the answer was 401."""
        return isinstance(self.error, AuthError) and self.error.status == 401

    @property
    def accepts_key(self) -> bool:
        """Whether the key is known there; that it may not do something (403) says so too."""
        return self.error is None or (isinstance(self.error, AuthError) and self.error.status == 403)


def diagnose_region(own: RegionAnswer, other: RegionAnswer | None, api_url: str) -> Finding:
    """Return what to say of the key and the platform.

    Args:
        own: What the platform answered that is set.
        other: What the other region answered; None if it was not asked.
        api_url: The address of the platform that is set.
    """
    data = {"apiUrl": api_url, "region": own.name}
    if own.error is None:
        return Finding("platform", "Platform", Status.OK, f"{api_url} accepts the key.", data=data)
    if own.rejects_key:
        return _diagnose_rejected_key(other, api_url, data)
    if own.accepts_key:
        text = f"{api_url} knows the key, but does not let it read the target types. {own.error.message}"
        hint = "Only --probe-ids recommended and risk>=LEVEL need them."
        return Finding("platform", "Platform", Status.NOTE, text, hint, data=data)
    found = problem("platform", "Platform", own.error)
    return Finding(found.id, found.title, found.status, found.text, found.hint, outcome=found.outcome, data=data)


def _diagnose_rejected_key(other: RegionAnswer | None, api_url: str, data: Mapping[str, Any]) -> Finding:
    text = f"{api_url} does not accept the key (401)."
    hint = (
        "Copy the key again, or create a new one in the platform's account settings: it is wrong, has expired, or was "
        "revoked."
    )
    if other is None:
        hint = f"{hint} A key of the vendor's regions is accepted at --api-url eu or us only."
    elif other.accepts_key:
        text = f"{text} The region {other.name} does."
        hint = f"Set --api-url {other.name} (SPLX_API_URL): the key belongs to that region."
    elif other.rejects_key:
        text = f"{text} The region {other.name} does not, either."
    elif other.error is not None:
        text = f"{text} The region {other.name} could not be asked: {other.error.message}"
    return Finding("platform", "Platform", Status.PROBLEM, text, hint, outcome=Outcome.AUTH_ERROR, data=data)


def diagnose_workspace(workspace_id: int, readings: Sequence[TargetReading]) -> Finding:
    """Return what to say of the workspace: any target that can be read proves it."""
    data = {"workspaceId": workspace_id}
    errors = [reading.description for reading in readings if isinstance(reading.description, GateError)]
    if not readings:
        return Finding(
            "workspace", "Workspace", Status.SKIPPED, f"{workspace_id}; only a target can show it.", data=data
        )
    if len(errors) < len(readings):
        return Finding("workspace", "Workspace", Status.OK, f"The key may use workspace {workspace_id}.", data=data)
    if all(isinstance(error, AuthError) for error in errors):
        text = (
            f"The key may not use workspace {workspace_id}, or "
            f"{'the target is' if len(readings) == 1 else 'the targets are'} not in it: the platform's answer is the same."
        )
        hint = (
            "Compare both numbers with the address of the target's page (/w/WORKSPACE/target/TARGET), and check that the "
            "key's owner is a member of the workspace."
        )
        return Finding("workspace", "Workspace", Status.PROBLEM, text, hint, outcome=Outcome.AUTH_ERROR, data=data)
    text = f"Not known whether the key may use workspace {workspace_id}: no target could be read."
    return Finding("workspace", "Workspace", Status.SKIPPED, text, data=data)


@dataclass(frozen=True, slots=True)
class GateIntent:
    """What the next `run` will do with a target."""

    target: Target
    probes: ProbeChoice
    policy: Policy
    timeout_seconds: float
    settle_seconds: float
    on_busy: str
    trusts_unproven: bool


def diagnose_target(
    reading: TargetReading, types: Sequence[Mapping[str, Any]] | GateError, intent: GateIntent, now: datetime
) -> Iterator[Finding]:
    """Yield what to say of a target, its runs, probes, dates and scores, and of the next run."""
    target_id = reading.target.id
    if isinstance(reading.description, GateError):
        yield problem("target", "Target", reading.description, target_id)
        return
    yield _describe_target(reading.target, reading.description, types)
    yield from _diagnose_choice(reading, types, intent)
    listing = reading.listing
    if not isinstance(listing, RunList):
        if listing is not None:
            yield problem("runs", "Runs", listing, target_id)
        return
    yield _diagnose_runs(listing, target_id, intent, now)
    yield _describe_probes(listing, target_id)
    scores = reading.scores if isinstance(reading.scores, Scores) else None
    has_results = any(run.state.is_terminal and run.may_be_scored for run in known_runs(listing))
    if isinstance(reading.scores, GateError) and not isinstance(reading.scores, NoScoresError):
        if has_results or not isinstance(reading.scores, PlatformError):
            yield problem("scores", "Scores", reading.scores, target_id)
            return
        text = f"There are none yet, and the platform answers with an error: {reading.scores.message}"
        hint = "That does not keep the gate from starting the first run."
        yield Finding("scores", "Scores", Status.NOTE, text, hint, target_id, data={"overall": None})
    else:
        yield _describe_scores(scores, target_id)
    yield _describe_dates(listing, scores, target_id, now)
    yield _diagnose_proof(listing, scores, intent, now)
    yield _diagnose_next_run(listing, intent, now)


def _describe_target(
    target: Target, description: Mapping[str, Any], types: Sequence[Mapping[str, Any]] | GateError
) -> Finding:
    settings, connection = as_map(description.get("settings")), as_map(description.get("connection"))
    name = plain_line(str(settings.get("name") or target.name or ""), 80)
    connection_type = plain_line(str(connection.get("type") or "unknown"), 40)
    type_name = _type_name(settings.get("targetPresetId"), types)
    text = f"{target.id}{f' ({name})' if name else ''}, type {type_name or 'not set'}, connection {connection_type}"
    data = {"name": name or None, "type": type_name or None, "connectionType": connection_type}
    return Finding("target", "Target", Status.OK, text, target_id=target.id, data=data)


def _type_name(type_id: object, types: Sequence[Mapping[str, Any]] | GateError) -> str:
    wanted = str(type_id or "").strip()
    for one in () if isinstance(types, GateError) else types:
        if wanted and str(one.get("id", "")).strip().casefold() == wanted.casefold():
            return plain_line(str(one.get("label") or wanted), 80)
    return plain_line(wanted, 80)


def _diagnose_choice(
    reading: TargetReading, types: Sequence[Mapping[str, Any]] | GateError, intent: GateIntent
) -> Iterator[Finding]:
    """Yield a problem if the probes cannot be chosen as the options say."""
    if isinstance(intent.probes, AllProbes | ChosenProbes) or isinstance(reading.description, GateError):
        return
    target_id = reading.target.id
    if isinstance(types, GateError):
        yield problem("probe-choice", "Probe choice", types, target_id)
        return
    try:
        chosen = check_probe_choice(target_id, intent.probes, reading.description, types)
    except GateError as error:
        yield problem("probe-choice", "Probe choice", error, target_id)
        return
    ids = chosen.ids or ()
    text = f"{plural(len(ids), 'probe')}, {chosen.why}: {_few(ids)}"
    yield Finding("probe-choice", "Probe choice", Status.OK, text, target_id=target_id, data={"probeIds": list(ids)})


def _diagnose_runs(listing: RunList, target_id: int, intent: GateIntent, now: datetime) -> Finding:
    runs = known_runs(listing)
    readable = listing.count - listing.unreadable
    unknown = [run for run in listing.unfinished if run.state is RunState.UNKNOWN]
    active = active_runs(listing, now)
    left = [run for run in listing.unfinished if run.state is RunState.ACTIVE and run not in active]
    last = _latest(listing)
    data = {
        "count": readable,
        "last": None if last is None else _run_data(last),
        "active": [run.id for run in active],
        "unknownStatuses": sorted({run.status or "" for run in unknown}),
    }
    if last is None:
        return Finding("runs", "Runs", Status.OK, "None yet.", target_id=target_id, data=data)
    text = f"{plural(readable, 'run')}; the last: {_describe_run(last)}."
    if unknown:
        word = plain_line(unknown[-1].status or "(none)", 40)
        text = f"{text} Run {unknown[-1].id} has the unknown status {word}, so a gate would not see such a run end."
        hint = (
            f"If it means that a run has completed, set --completed-status '{word}'; else ask the platform's support."
        )
        is_newest = unknown[-1].id == runs[-1].id
        return Finding(
            "runs", "Runs", Status.PROBLEM if is_newest else Status.NOTE, text, hint, target_id,
            Outcome.INCONCLUSIVE if is_newest else None, data,
        )  # fmt: skip
    if active:
        text = f"{text} Active now: {_few([run.id for run in active])}."
        consequence = {
            "wait": "A gate waits until it has finished (--on-busy wait).",
            "fail": "A gate started now ends with exit code 7 (--on-busy fail).",
        }.get(intent.on_busy, "A gate started now could not prove its scores (--on-busy proceed).")
        return Finding("runs", "Runs", Status.NOTE, text, consequence, target_id, data=data)
    if left:
        text = f"{text} Run {left[-1].id} has been {left[-1].status} for more than a day."
        hint = "It does not keep the gate waiting unless it moves; cancel it on the platform."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    if listing.unreadable:
        text = f"{text} {plural(listing.unreadable, 'entry', 'entries')} of the list could not be read."
        hint = "Report it to the platform's support if a gate is inconclusive because of it."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    if last.state in (RunState.FAILED, RunState.CANCELLED):
        hint = "If the next run ends so too, the gate ends with exit code 5; see the run on the platform."
        return Finding("runs", "Runs", Status.NOTE, text, hint, target_id, data=data)
    return Finding("runs", "Runs", Status.OK, text, target_id=target_id, data=data)


def _latest(listing: RunList) -> Run | None:
    """Return the run with the highest id: a date may lie in the future."""
    return next(iter(reversed(known_runs(listing))), None)


def _describe_run(run: Run) -> str:
    counts = complete_counts(run.counts)
    parts = [f"{run.id} {plain_line(run.status or 'without a status', 40)}"]
    if run.started_at is not None:
        parts.append(format_timestamp(run.started_at))
    known = ((counts.passed, "passed"), (counts.failed, "failed"), (counts.errors, "with an error"))
    parts += [f"{count} {word}" for count, word in known if count is not None and (count or word != "with an error")]
    return ", ".join(parts)


def _run_data(run: Run) -> Mapping[str, Any]:
    counts = complete_counts(run.counts)
    return {
        "id": run.id,
        "status": run.status,
        "date": run.started_at.isoformat() if run.started_at else None,
        "passed": counts.passed,
        "failed": counts.failed,
        "errors": counts.errors,
        "planned": counts.total,
    }


def _describe_probes(listing: RunList, target_id: int) -> Finding:
    """Return which probes the last run that may have results ran."""
    runs = [run for run in known_runs(listing) if run.may_be_scored]
    if not runs:
        return Finding("probes", "Probes", Status.SKIPPED, "No run has a result yet.", target_id=target_id)
    last = runs[-1]
    if last.probes is None:
        text = "The platform does not list the probes of a run."
        hint = "The gate cannot see whether all probes ran that it asked for."
        return Finding("probes", "Probes", Status.NOTE, text, hint, target_id, data={"probes": None})
    names = [plain_line(name, 60) for name in last.probes]
    text = f"Run {last.id} ran {plural(len(names), 'probe')}: {_few(names)}."
    data = {"runId": last.id, "probes": names}
    if not names:
        hint = "Configure probes for the target on the platform."
        return Finding("probes", "Probes", Status.NOTE, f"Run {last.id} ran no probe.", hint, target_id, data=data)
    return Finding("probes", "Probes", Status.OK, text, target_id=target_id, data=data)


def _describe_scores(scores: Scores | None, target_id: int) -> Finding:
    if scores is None:
        text = "The platform has no scores of the target yet."
        return Finding("scores", "Scores", Status.OK, text, target_id=target_id, data={"overall": None})
    categories = {plain_line(name, 60): score for name, score in (scores.categories or {}).items()}
    rated = [f"{name} {score:g}" for name, score in categories.items() if score is not None]
    text = f"Overall {'unknown' if scores.overall is None else scores.overall}{f'; {_few(rated)}' if rated else ''}"
    data = {
        "overall": scores.overall,
        "categories": categories,
        "simulatedAttacks": scores.simulated_attacks,
        "successfulAttacks": scores.successful_attacks,
    }
    return Finding("scores", "Scores", Status.OK, text, target_id=target_id, data=data)


_PRECISIONS = (
    (timedelta(microseconds=1), "microsecond"),
    (timedelta(milliseconds=1), "millisecond"),
    (timedelta(seconds=1), "second"),
    (timedelta(minutes=1), "minute"),
    (DAY, "day"),
)


def _describe_dates(listing: RunList, scores: Scores | None, target_id: int, now: datetime) -> Finding:
    """Return how precise the platform's dates are, and how those of runs and scores lie to each other."""
    runs = known_runs(listing)
    dated = [run.started_at for run in runs if run.started_at is not None]
    scored = scores.latest_execution if scores is not None else None
    data: dict[str, Any] = {
        "runs": _date_data(dated),
        "scores": _date_data([scored] if scored is not None else []),
        "scoresAfterRunSeconds": None,
    }
    if not runs and scored is None:
        return Finding(
            "dates", "Dates", Status.SKIPPED, "There is nothing with a date yet.", target_id=target_id, data=data
        )
    parts = [
        f"Runs: {_describe_precision(dated) if runs else 'none yet'}",
        f"scores: {_describe_precision([scored] if scored else [])}",
    ]
    last = next((run for run in reversed(runs) if run.may_be_scored and run.state.is_terminal), None)
    sentences = ["; ".join(parts) + "."]
    if last is not None and last.started_at is not None and scored is not None:
        apart = scored - last.started_at
        data["scoresAfterRunSeconds"] = apart.total_seconds()
        sentences += _describe_distance(last, last.started_at, scored)
    sentences += _describe_meaning(runs)
    ahead = [run for run in runs if run.started_at is not None and is_in_future(run.started_at, now)]
    if ahead:
        sentences.append(
            f"Run {ahead[-1].id} is dated in the future ({format_timestamp(ahead[-1].started_at or now)})."
        )
        hint = "The gate goes by the order of ids there; compare the clock of this machine if there are more such runs."
        return Finding("dates", "Dates", Status.NOTE, " ".join(sentences), hint, target_id, data=data)
    return Finding("dates", "Dates", Status.OK, " ".join(sentences), target_id=target_id, data=data)


def _describe_precision(dates: Sequence[datetime]) -> str:
    if not dates:
        return "no dates"
    zone = "" if all(map(has_zone, dates)) else ", without a time zone"
    return f"to the {_precision_name(dates)}{zone}"


def _precision_name(dates: Sequence[datetime]) -> str:
    """Return the finest unit that any of the dates shows: a round date may be a precise one."""
    finest = min(map(precision_of, dates))
    return next(name for unit, name in _PRECISIONS if finest <= unit)


def _date_data(dates: Sequence[datetime]) -> Mapping[str, Any]:
    if not dates:
        return {"precision": None, "hasZone": None}
    return {"precision": _precision_name(dates), "hasZone": all(map(has_zone, dates))}


def _describe_distance(run: Run, started: datetime, scored: datetime) -> Iterator[str]:
    """Yield how far the scores' date is from the run's, if both are finer than a day."""
    if scored == started:
        yield f"The scores have the date of run {run.id}."
    elif DAY not in (precision_of(started), precision_of(scored)):
        if dates_agree(started, scored):
            yield f"The scores' date agrees with that of run {run.id}."
        else:
            word = "after" if scored > started else "before"
            yield f"The scores are dated {format_duration(abs(scored - started))} {word} run {run.id}."


def _describe_meaning(runs: Sequence[Run]) -> Iterator[str]:
    """Yield what the dates of active and finished runs show of what they mean."""
    active = [run for run in runs if run.state is RunState.ACTIVE]
    finished = [run for run in runs if run.state.is_terminal]
    if any(run.started_at is None for run in active) and any(run.started_at is not None for run in finished):
        yield "A run gets its date when it starts or ends."
    elif any(run.started_at is not None for run in active):
        yield "A run has its date before it ends."


def _diagnose_proof(listing: RunList, scores: Scores | None, intent: GateIntent, now: datetime) -> Finding:
    outlook = foresee_proof(
        known_runs(listing),
        scores,
        now,
        all_probes=isinstance(intent.probes, AllProbes),
        settle_seconds=intent.settle_seconds,
    )
    is_problem = outlook.basis is ProofBasis.NOTHING
    status = Status.PROBLEM if is_problem else Status.NOTE if outlook.hint else Status.OK
    text, hint = outlook.text, outlook.hint
    if intent.trusts_unproven:
        text = f"{text} --unproven-scores trust is set: matching readings are judged where nothing proves them."
    return Finding(
        "proof", "Provable", status, text, hint, intent.target.id,
        Outcome.INCONCLUSIVE if is_problem else None, {"basis": outlook.basis.value},
    )  # fmt: skip


def _diagnose_next_run(listing: RunList, intent: GateIntent, now: datetime) -> Finding:
    """Return what the next `run` does, and how many test cases it may cost."""
    runs = [run for run in known_runs(listing) if run.state is RunState.SUCCEEDED and _size(run)]
    sizes = [_size(run) for run in runs[-SIZED_RUNS:]]
    wait = "wait for the active run, then " if active_runs(listing, now) and intent.on_busy == "wait" else ""
    text = (
        f"probe-gate run would {wait}start one test run with {intent.probes}, wait up to "
        f"{format_duration(intent.timeout_seconds)}, and judge the limits below. {_describe_sizes(sizes)}"
    )
    data = {"probes": str(intent.probes), "testCases": sizes}
    least = intent.policy.min_test_cases
    if sizes and max(sizes) < least.value:
        return Finding(
            "next-run", "Next run", Status.PROBLEM, f"{text} That is fewer than min-test-cases {least.value}.",
            f"Lower min-test-cases ({least.origin}), or configure more probes.", intent.target.id, Outcome.INCONCLUSIVE, data,
        )  # fmt: skip
    return Finding("next-run", "Next run", Status.OK, text, target_id=intent.target.id, data=data)


def _describe_sizes(sizes: Sequence[int]) -> str:
    if not sizes:
        return "No run has completed yet, so its number of test cases is not known."
    low, high = min(sizes), max(sizes)
    amount = plural(low, "test case") if low == high else f"{low:,} to {high:,} test cases"
    which = "The last completed run" if len(sizes) == 1 else f"The last {len(sizes)} completed runs"
    return f"{which} had {amount}{'' if len(sizes) == 1 else ' each'}."


def _size(run: Run) -> int:
    """Return the test cases that a run planned; 0 if that is not known."""
    counts = complete_counts(run.counts)
    return counts.total or counts.executed or 0


def describe_limits(policy: Policy, target_id: int | None, common: Policy | None = None) -> Iterator[Finding]:
    """Yield each limit and where it comes from; only those that differ where there is a policy to compare with."""
    same = {(row.key, row.value, str(row.origin)) for row in policy_rows(common)} if common is not None else set()
    for row in policy_rows(policy):
        if (row.key, row.value, str(row.origin)) in same:
            continue
        origin = str(row.origin) if row.origin is not None else "policy"
        yield Finding(
            f"limit:{row.key}", "Limit", Status.OK, f"{row.key} {row.value} ({origin})", target_id=target_id,
            data={"value": row.value, "origin": origin},
        )  # fmt: skip


def _few(items: Sequence[object]) -> str:
    more = f" and {len(items) - MAX_NAMED} more" if len(items) > MAX_NAMED else ""
    return ", ".join(map(str, items[:MAX_NAMED])) + more
