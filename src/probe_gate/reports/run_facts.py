"""What is known of a target's run and of the evidence, as labelled lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probe_gate.domain.dates import format_moment
from probe_gate.domain.evidence import Evidence, Missing, RunOrigin
from probe_gate.domain.freshness import describe_overlaps
from probe_gate.domain.run import Run
from probe_gate.domain.verdict import TargetVerdict

MOST_PROBES = 60

_ORIGINS = {
    RunOrigin.TRIGGERED: "started by this gate",
    RunOrigin.TAKEN_UP: "started by an earlier attempt of this job, taken up by this gate",
    RunOrigin.GIVEN: "existed already, named by --test-run-id",
    RunOrigin.NONE: "none: the target's present scores were judged",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled line."""

    label: str
    text: str
    """Foreign text in it is not yet escaped."""
    address: str = ""
    """Where it links to, unchecked; empty when it does not."""
    is_literal: bool = False
    """Whether it is meant to be copied: an id, a mark, a digest."""


def run_facts(target: TargetVerdict) -> list[Fact]:
    """What a reader wants to know of the run, in the order in which it came about."""
    return [fact for fact in _facts(target.evidence) if fact.text]


def _facts(evidence: Evidence) -> Iterator[Fact]:
    facts, run = evidence.facts, evidence.run
    if isinstance(run, Run):
        yield Fact("Test run", str(run.id), evidence.run_url)
        yield Fact("Status on the platform", run.status or "none given")
    else:
        yield Fact("Test run", run.reason, evidence.run_url)
    yield Fact("Where it came from", _ORIGINS[facts.origin])
    yield Fact("Mark", facts.mark, is_literal=True)
    yield Fact("CI job", facts.job, facts.job)
    if facts.triggered_at is not None:
        yield Fact("Triggered", format_moment(facts.triggered_at))
    if isinstance(run, Run):
        yield Fact("Date on the platform", format_moment(run.started_at) if run.started_at else "none given")
        yield Fact("Test cases", describe_counts(run))
        yield Fact("Probes that ran", _describe_probes(run.probes))
    if facts.origin is not RunOrigin.NONE:
        yield Fact("Probes asked for", _describe_asked(facts.probe_ids))
        yield Fact("Why these probes", facts.probe_choice)
    yield from _score_facts(evidence)


def _score_facts(evidence: Evidence) -> Iterator[Fact]:
    scores, overlaps = evidence.scores, evidence.overlaps
    if isinstance(scores, Missing):
        yield Fact("Scores", scores.reason)
    else:
        latest = format_moment(scores.latest_execution) if scores.latest_execution else "none given"
        yield Fact("Newest probe in the scores", latest)
        if scores.simulated_attacks is not None and scores.successful_attacks is not None:
            attacks = f"{scores.successful_attacks:,} of {scores.simulated_attacks:,} succeeded, over all probes"
            yield Fact("Attacks behind the scores", attacks)
    if evidence.facts.origin is not RunOrigin.NONE:
        described = overlaps.reason if isinstance(overlaps, Missing) else describe_overlaps(overlaps) or "none"
        yield Fact("Other runs in the scores", described)
    if isinstance(evidence.baseline, Missing):
        yield Fact("Baseline", evidence.baseline.reason)
    elif evidence.baseline is not None:
        when = f", judged {format_moment(evidence.baseline.judged_at)}" if evidence.baseline.judged_at else ""
        yield Fact("Baseline", f"{evidence.baseline.source}{when}")
    yield Fact("Judged", format_moment(evidence.judged_at))


def describe_counts(run: Run) -> str:
    """`114 passed, 9 failed, 2 in error, of 125 planned`; what the platform does not tell is left out."""
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
    text = ", ".join(probes[:MOST_PROBES]) or "none"
    return text + (f" and {len(probes) - MOST_PROBES} more" if len(probes) > MOST_PROBES else "")


def _describe_asked(probe_ids: tuple[int, ...] | None) -> str:
    if probe_ids is None:
        return "all that are configured"
    text = ", ".join(str(probe_id) for probe_id in probe_ids[:MOST_PROBES])
    return text + (f" and {len(probe_ids) - MOST_PROBES} more" if len(probe_ids) > MOST_PROBES else "")
