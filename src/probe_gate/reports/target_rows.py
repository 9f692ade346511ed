"""What reports list of one target: its scores, its waivers, and what is known of its run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from probe_gate.domain.checks_run import describe_last_status
from probe_gate.domain.dates import format_timestamp
from probe_gate.domain.evidence import Baseline, Evidence, RunOrigin, Unavailable
from probe_gate.domain.formatting import exact, few, format_rate, plural
from probe_gate.domain.freshness import describe_overlaps
from probe_gate.domain.policy import BEFORE, REST
from probe_gate.domain.run import Counts, Run, complete_counts
from probe_gate.domain.scores import Scores, same_category
from probe_gate.domain.verdict import Check, CheckOutcome, RunResult, TargetVerdict
from probe_gate.errors import Outcome
from probe_gate.reports.presentation import scores_of

OVERALL = "Overall"
EACH = "Each category"
"""Where a minimum for all categories met none."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score."""

    name: str
    """`Overall`, or the platform's name of the category, as it came."""
    score: float | None
    minimum: float | None
    earlier: float | None
    """The same score in the baseline or in the reading before this run."""
    outcome: CheckOutcome | None
    """None when it was not judged."""

    @property
    def change(self) -> float | None:
        """Points gained (above 0) or lost since the earlier reading."""
        if self.score is None or self.earlier is None:
            return None
        return float(exact(self.score) - exact(self.earlier))


def earlier_scores(target: TargetVerdict) -> tuple[Scores | None, str]:
    """Return what the scores are compared with in charts, and what that is called; nothing is judged by it."""
    baseline = target.evidence.baseline
    if isinstance(baseline, Baseline) and baseline.source != BEFORE:
        return baseline.scores, "baseline"
    before = target.evidence.scores_before
    return (before, "before this run") if isinstance(before, Scores) else (None, "")


def score_rows(target: TargetVerdict) -> list[ScoreRow]:
    """Return the overall score first, then the categories by name. Empty when there is neither a score nor a minimum."""
    scores = scores_of(target)
    earlier, _ = earlier_scores(target)
    present = {} if scores is None else dict(scores.categories or {})
    before = (earlier.categories if earlier else None) or {}
    checks = {check.id.partition(":")[2]: check for check in target.checks if check.kind == "category-score"}
    rest = checks.pop(REST, None)
    overall = next((check for check in target.checks if check.kind == "overall-score"), None)
    rows = [_row(OVERALL, scores.overall if scores else None, earlier.overall if earlier else None, overall)]
    names = [*present, *(name for name in checks if not _known(name, present))]
    rows += [
        _row(name, present.get(name), _find(before, name), checks.get(name, rest))
        for name in sorted(names, key=str.casefold)
        if present.get(name) is not None or name in checks
    ]
    if rest is not None and not names:
        rows.append(_row(EACH, None, None, rest))
    return [row for row in rows if row.score is not None or row.minimum is not None]


def _row(name: str, score: float | None, earlier: float | None, check: Check | None) -> ScoreRow:
    if check is None:
        return ScoreRow(name, score, None, earlier, None)
    judged = check.outcome is not CheckOutcome.ERROR or score is None
    return ScoreRow(name, score, check.limit_value, earlier, check.outcome if judged else None)


def _known(name: str, present: Mapping[str, float | None]) -> bool:
    return any(same_category(name, other) for other in present)


def _find(categories: Mapping[str, float | None], name: str) -> float | None:
    return next((score for other, score in categories.items() if same_category(other, name)), None)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One of the runs of a target whose failure was to be confirmed, or all of them together."""

    name: str
    """`run 2`, or `median of 3 runs`."""
    run_id: str
    """Empty if none was started, and for all runs together."""
    address: str
    """Unchecked."""
    score: str
    """The overall score; `–` without one."""
    rate: str
    """The attack success rate; `–` without one."""
    outcome: Outcome
    detail: str
    """What failed, or why the run could not be judged."""

    @property
    def text(self) -> str:
        """Return `score 70, attack success rate 3 % (3 of 99), overall-score`. The detail is untrusted text."""
        return ", ".join(filter(None, (f"score {self.score}", f"attack success rate {self.rate}", self.detail)))


def run_rows(target: TargetVerdict) -> list[RunRow]:
    """Return each run with what it came to by itself; empty where there was only one."""
    if target.confirmation is None or not target.confirmation.runs:
        return []
    found = zip(target.runs, target.confirmation.results, strict=False)
    return [_run_row(number, evidence, result) for number, (evidence, result) in enumerate(found, start=1)]


def _run_row(number: int, evidence: Evidence, result: RunResult) -> RunRow:
    run, scores = evidence.run, evidence.scores
    known = scores if isinstance(scores, Scores) else None
    overall = None if known is None else known.overall
    counts = complete_counts(run.counts, known) if isinstance(run, Run) else Counts()
    judged, failed = counts.evaluated, counts.failed
    return RunRow(
        name=f"run {number}",
        run_id=str(run.id) if isinstance(run, Run) else "",
        address=evidence.run_url,
        score="–" if overall is None else str(overall),
        rate=format_rate(failed, judged) if judged and failed is not None else "–",
        outcome=result.outcome,
        detail=", ".join(result.failed) or ("" if result.outcome is Outcome.PASSED else result.reason),
    )


def median_row(target: TargetVerdict) -> RunRow | None:
    """Return what the runs came to together; None where they were not judged together."""
    confirmation = target.confirmation
    if confirmation is None or confirmation.scores is None:
        return None
    rate = next((check.measured for check in target.checks if check.kind == "attack-success-rate"), "")
    runs, failed = len(confirmation.results), sum(bool(result.failed) for result in confirmation.results)
    return RunRow(
        name=f"median of {plural(runs, 'run')}",
        run_id="",
        address="",
        score=str(confirmation.scores.overall),
        rate=rate or "–",
        outcome=target.outcome,
        detail=f"{failed} of {runs} failed individually",
    )


def all_run_rows(target: TargetVerdict) -> list[RunRow]:
    """Return a row for each run, and the one for all of them together; empty where there was only one."""
    rows, median = run_rows(target), median_row(target)
    return [*rows, median] if rows and median else rows


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver."""

    check: str
    until: str
    """The last day on which it holds, ISO 8601."""
    days_left: int
    """0 on its last day, below 0 when it has ended."""
    state: str
    """`in use, 12 days left`, `ended`, `not needed, 3 days left`."""
    is_used: bool
    reason: str
    approved_by: str


def waiver_rows(target: TargetVerdict) -> list[WaiverRow]:
    """Return the waivers for this target or for every one, the one that ends first on top."""
    today = target.last.judged_at.astimezone(UTC).date()
    waived = {check.id.casefold() for check in target.checks if check.outcome is CheckOutcome.WAIVED}
    rows = []
    for waiver in target.policy.waivers:
        if waiver.target not in (REST, str(target.target.id)):
            continue
        days = (waiver.until - today).days
        used = days >= 0 and waiver.check.strip().casefold() in waived
        left = f"{plural(days, 'day')} left" if days else "last day"
        state = "ended" if days < 0 else f"{'in use' if used else 'not needed'}, {left}"
        rows.append(
            WaiverRow(waiver.check, waiver.until.isoformat(), days, state, used, waiver.reason, waiver.approved_by)
        )
    return sorted(rows, key=lambda row: (row.until, row.check))


MAX_PROBES = 60

_ORIGINS = {
    RunOrigin.TRIGGERED: "started by this gate",
    RunOrigin.REUSED: "started by an earlier attempt of this job and continued by this gate",
    RunOrigin.EXISTING: "an existing run, given by --test-run-id",
    RunOrigin.NONE: "no run: the target's current scores were judged",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line."""

    label: str
    text: str
    """Untrusted text in it is not yet escaped."""
    address: str = ""
    """Where it links to, unchecked; empty when it does not."""
    is_literal: bool = False
    """Whether it is meant to be copied: an id, a run tag, a digest."""


def run_facts(target: TargetVerdict) -> list[Fact]:
    """Return what a reader wants to know of the run, in the order in which it came about."""
    return [fact for fact in _facts(target.evidence) if fact.text]


def _facts(evidence: Evidence) -> Iterator[Fact]:
    facts, run = evidence.facts, evidence.run
    if isinstance(run, Run):
        yield Fact("Test run", str(run.id), evidence.run_url)
        yield Fact("Status on the platform", describe_last_status(run))
    elif evidence.has_run or facts.origin is RunOrigin.NONE:
        yield Fact("Test run", run.reason, evidence.run_url)
    elif facts.origin is RunOrigin.EXISTING:
        yield Fact("Test run", "not seen on the platform", evidence.run_url)
    else:
        yield Fact("Test run", "none was started")
    if evidence.has_run or facts.origin is RunOrigin.NONE:
        yield Fact("Origin", _ORIGINS[facts.origin])
        yield Fact("Run tag", facts.tag, is_literal=True)
    yield Fact("CI job", facts.job, facts.job)
    if facts.triggered_at is not None:
        yield Fact("Triggered", format_timestamp(facts.triggered_at))
    if isinstance(run, Run):
        yield Fact("Date on the platform", format_timestamp(run.started_at) if run.started_at else "none given")
        yield Fact("Test cases", describe_counts(run))
        yield Fact("Probes that ran", _describe_probes(run.probes))
    if facts.origin is not RunOrigin.NONE:
        yield Fact("Requested probes", _describe_asked(facts.probe_ids))
        if facts.probe_ids is not None:
            yield Fact("Probe selection", facts.probe_choice)
    yield from _score_facts(evidence)


def _score_facts(evidence: Evidence) -> Iterator[Fact]:
    scores, overlaps = evidence.scores, evidence.overlaps
    if isinstance(scores, Unavailable):
        yield Fact("Scores", scores.reason)
    else:
        latest = format_timestamp(scores.latest_execution) if scores.latest_execution else "none given"
        yield Fact("Newest probe in the scores", latest)
        if scores.simulated_attacks is not None and scores.successful_attacks is not None:
            attacks = f"{scores.successful_attacks:,} of {scores.simulated_attacks:,} succeeded, over all probes"
            yield Fact("Attacks behind the scores", attacks)
    if evidence.facts.origin is not RunOrigin.NONE:
        described = overlaps.reason if isinstance(overlaps, Unavailable) else describe_overlaps(overlaps) or "none"
        yield Fact("Other runs in the scores", described)
    if isinstance(evidence.baseline, Unavailable):
        yield Fact("Baseline", evidence.baseline.reason)
    elif evidence.baseline is not None:
        when = f", judged {format_timestamp(evidence.baseline.judged_at)}" if evidence.baseline.judged_at else ""
        yield Fact("Baseline", f"{evidence.baseline.source}{when}")
    yield Fact("Judged", format_timestamp(evidence.judged_at))


def describe_counts(run: Run) -> str:
    """Return `114 passed, 9 failed, 2 in error, of 125 planned`; what the platform does not tell is left out."""
    counts = run.counts
    words = [
        f"{count:,} {word}"
        for count, word in ((counts.passed, "passed"), (counts.failed, "failed"), (counts.errors, "in error"))
        if count is not None
    ]
    if counts.total is not None:
        words.append(f"of {counts.total:,} planned")
    return ", ".join(words) or "the platform gives no counts"


def _describe_probes(probes: tuple[str, ...] | None) -> str:
    if probes is None:
        return "the platform does not say"
    return few(probes, MAX_PROBES) or "none"


def _describe_asked(probe_ids: tuple[int, ...] | None) -> str:
    if probe_ids is None:
        return "all configured probes"
    return few(probe_ids, MAX_PROBES)
