"""summary.md: the job summary, in the Markdown that GitHub and GitLab share."""

from __future__ import annotations

from collections.abc import Iterator

from probe_gate.domain.dates import format_moment
from probe_gate.domain.names import name_of
from probe_gate.domain.numbers import format_duration, plural
from probe_gate.domain.verdict import TargetVerdict, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.markdown_blocks import details, join_within, table
from probe_gate.reports.markdown_text import escape, link
from probe_gate.reports.story import (
    OUTCOME_WORDS,
    alarming_ids,
    headline,
    is_good,
    is_green,
    run_of,
    scores_of,
    sort_targets,
)
from probe_gate.reports.summary_target import LONGEST_MESSAGE, target_blocks

MOST_BYTES = 1_000_000
"""GitHub drops a summary of more than 1,048,576 bytes whole."""

_RESERVE = 600
_BYTES_OF_TARGET_TABLE = 400_000
_BYTES_OF_FOLDED_TARGET = 60_000
_TARGETS_UNFOLDED = 3


def render_summary(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT, *, most_bytes: int = MOST_BYTES) -> str:
    """The summary as Markdown of at most `most_bytes` bytes in UTF-8.

    What does not fit is left out from the end, where the least urgent stands, and that is said.
    """
    text, was_cut = join_within(_blocks(verdict, most_bytes), most_bytes - _RESERVE)
    if was_cut:
        text += "\n\n---\n\n*This summary was cut to the size that CI systems show. The other reports have all of it.*"
    return text + "\n"


def _blocks(verdict: Verdict, most_bytes: int) -> Iterator[str]:
    yield f"## {_emoji(verdict)} {headline(verdict)}: {escape(verdict.reason, LONGEST_MESSAGE)}"
    yield _facts_line(verdict)
    if verdict.advice and not any(verdict.advice == target.advice for target in verdict.targets):
        yield f"**What to do:** {escape(verdict.advice, LONGEST_MESSAGE)}"
    if verdict.problems:
        yield "\n".join(f"- {escape(problem, LONGEST_MESSAGE)}" for problem in verdict.problems[:50])
    for note in verdict.notes[:20]:
        yield f"> {escape(note, LONGEST_MESSAGE)}"
    targets = sort_targets(verdict.targets)
    if len(targets) == 1:
        yield from target_blocks(targets[0], is_alone=True)
        return
    if targets:
        yield _target_table(targets, min(_BYTES_OF_TARGET_TABLE, most_bytes // 2))
    yield from _sections(targets)


def _sections(targets: list[TargetVerdict]) -> Iterator[str]:
    bad = [target for target in targets if not is_good(target.outcome)]
    for target in bad[:_TARGETS_UNFOLDED]:
        yield f"### {_target_emoji(target)} {escape(name_of(target.target))}: {escape(target.reason, LONGEST_MESSAGE)}"
        yield from target_blocks(target, is_alone=False)
    rest = [*bad[_TARGETS_UNFOLDED:], *(target for target in targets if is_good(target.outcome))]
    for target in rest:
        body, _ = join_within(target_blocks(target, is_alone=False), _BYTES_OF_FOLDED_TARGET)
        yield details(f"{_target_emoji(target)} {escape(name_of(target.target))}: {escape(target.reason)}", body)


def _emoji(verdict: Verdict) -> str:
    if is_green(verdict):
        return "⏭️" if verdict.outcome is Outcome.SKIPPED else "✅"
    return "⚠️" if verdict.is_green else "❌" if verdict.outcome is Outcome.FAILED else "❔"


def _target_emoji(target: TargetVerdict) -> str:
    if is_good(target.outcome):
        return "⏭️" if target.outcome is Outcome.SKIPPED else "✅"
    return "⚠️" if target.is_soft else "❌" if target.outcome is Outcome.FAILED else "❔"


def _facts_line(verdict: Verdict) -> str:
    words = []
    if len(verdict.targets) == 1:
        target = verdict.targets[0]
        words.append(f"**{escape(name_of(target.target))}**")
        run = run_of(target)
        if run is not None:
            words.append(link(f"test run {run.id}", target.evidence.run_url))
    elif verdict.targets:
        words.append(f"**{plural(len(verdict.targets), 'target')}**")
    if verdict.shard is not None:
        words.append(f"part {verdict.shard[0]} of {verdict.shard[1]}")
    took = format_duration(verdict.judged_at - verdict.started_at)
    words.append(f"judged {format_moment(verdict.judged_at)} after {took}")
    words.append(f"exit code {verdict.exit_code}")
    return " · ".join(words)


def _target_table(targets: list[TargetVerdict], most_bytes: int) -> str:
    rows = (
        (
            _target_emoji(target),
            escape(name_of(target.target), 100),
            _score(target),
            OUTCOME_WORDS[target.outcome].lower() + (", does not fail the build" if target.is_soft else ""),
            escape(", ".join(alarming_ids(target)), 200) or "–",
            _run_cell(target),
        )
        for target in targets
    )
    header = ("", "Target", "Score", "Outcome", "Checks to look at", "Test run")
    return table(header, rows, noun="target", most_bytes=most_bytes)


def _score(target: TargetVerdict) -> str:
    scores = scores_of(target)
    return "–" if scores is None or scores.overall is None else str(scores.overall)


def _run_cell(target: TargetVerdict) -> str:
    run = run_of(target)
    return "–" if run is None else link(str(run.id), target.evidence.run_url)
