"""The comment on a pull or merge request: what a reviewer takes in at a glance; the rest is folded or left to the job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from probe_gate.domain.formatting import plural
from probe_gate.domain.text import name_of, short_name_of
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.explanations import hint_of
from probe_gate.reports.markdown import bar_lines, code_block, details, escape, link, table
from probe_gate.reports.presentation import (
    OUTCOME_NAMES,
    alarming_checks,
    confirmation_summary,
    headline,
    run_of,
    shrinkages,
    sort_targets,
    split_followers,
)
from probe_gate.reports.summary import (
    CHECK_EMOJI,
    MAX_NAMED_CHECKS,
    TARGET_HEADER,
    emoji_of,
    score_with_minimum,
    target_cells,
)
from probe_gate.reports.target_rows import ScoreRow, run_rows, score_rows
from probe_gate.reports.trend import since_when

Item = TypeVar("Item")

MAX_CHECKS = 5
MAX_SCORES = 5
MAX_TARGETS = 12
MAX_FAILED_CHECKS = 14
"""Of several targets, folded."""
MAX_HINTS = 2
MAX_NOTES = 3
MAX_TEXT = 400
MAX_CELL = 160


def render_comment(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the comment as Markdown: at most 36 lines for one target, at most 56 for any number of them."""
    return "\n\n".join(block for block in _blocks(verdict) if block) + "\n"


def _blocks(verdict: Verdict) -> Iterator[str]:
    yield f"### {emoji_of(verdict)} probe-gate: {headline(verdict).lower()}"
    yield escape(verdict.reason, MAX_TEXT)
    targets = sort_targets(verdict.targets)
    if not targets:
        yield _list(verdict.listed_problems, MAX_CHECKS)
    elif len(targets) == 1:
        yield from _only_target(targets[0])
    else:
        yield _target_table(targets)
    hints = dict.fromkeys(hint for target in targets for hint in _hints(target))
    yield _what_to_do([*hints, *([verdict.hint] if verdict.hint and not hints else [])])
    yield _list(shrinkages(targets), MAX_NOTES)
    left = dict.fromkeys(target.left_running for target in targets if target.left_running)
    yield _list((f"May still be active on the platform: {one}" for one in left), MAX_NOTES)
    if len(targets) == 1:
        yield _folded_scores(score_rows(targets[0]))
    else:
        yield _folded_checks(targets)


def _only_target(target: TargetVerdict) -> Iterator[str]:
    yield _target_line(target)
    yield _runs_line(target)
    own, followers = split_followers(alarming_checks(target))
    waived = [check for check in target.checks if check.outcome is CheckOutcome.WAIVED]
    if own or waived:
        yield _check_table([*own, *waived], target)
    if followers:
        ids = ", ".join(check.id for check in followers)
        yield f"Not judged because of that: {escape(ids, MAX_TEXT)}."


def _target_line(target: TargetVerdict) -> str:
    words = [f"**{escape(name_of(target.target), MAX_CELL)}**"]
    score = score_with_minimum(target)
    if score:
        words.append(f"overall score {score}")
    run = run_of(target)
    if run is not None:
        words.append(link(f"test run {run.id}", target.evidence.run_url))
    return " · ".join(words)


def _runs_line(target: TargetVerdict) -> str:
    """Return what each of several runs came to, in one line; empty where there was only one."""
    runs = [
        f"{link(row.name, row.address)} {OUTCOME_NAMES[row.outcome].lower()} ({row.score})" for row in run_rows(target)
    ]
    summary = escape(confirmation_summary(target), MAX_TEXT)
    return f"{summary} Individually: {', '.join(runs)}.".strip() if runs else summary


def _check_table(checks: Sequence[Check], target: TargetVerdict) -> str:
    def row(check: Check) -> tuple[str, ...]:
        return (CHECK_EMOJI[check.outcome], *_check_cells(check), escape(_note(check, target), MAX_CELL))

    return _bounded_table(("", "Check", "Measured", "Limit", "Note"), checks, row, MAX_CHECKS, "check")


def _check_cells(check: Check) -> tuple[str, ...]:
    return (
        escape(check.id, MAX_CELL),
        escape(check.measured, MAX_CELL) or "–",
        escape(check.limit, MAX_CELL) or "–",
    )


def _note(check: Check, target: TargetVerdict) -> str:
    if check.outcome is CheckOutcome.WAIVED:
        return f"waived: {check.waiver_reason}"
    return since_when(check, target)


def _target_table(targets: Sequence[TargetVerdict]) -> str:
    def row(target: TargetVerdict) -> tuple[str, ...]:
        return target_cells(target, escape(short_name_of(target.target), MAX_CELL))

    return _bounded_table(TARGET_HEADER, targets, row, MAX_TARGETS, "target")


def _folded_checks(targets: Sequence[TargetVerdict]) -> str:
    """Return all checks that are not fine; empty if the table of targets names them all."""
    found = {target.target.id: split_followers(alarming_checks(target))[0] for target in targets}
    if all(len(checks) <= MAX_NAMED_CHECKS for checks in found.values()):
        return ""
    pairs = [(target, check) for target in targets for check in found[target.target.id]]

    def row(pair: tuple[TargetVerdict, Check]) -> tuple[str, ...]:
        target, check = pair
        return (
            CHECK_EMOJI[check.outcome],
            escape(short_name_of(target.target), MAX_CELL),
            *_check_cells(check),
            escape(since_when(check, target), MAX_CELL),
        )

    header = ("", "Target", "Check", "Measured", "Limit", "Since")
    title = f"All {plural(len(pairs), 'check')} that failed or could not be judged"
    return details(title, _bounded_table(header, pairs, row, MAX_FAILED_CHECKS, "check"))


def _folded_scores(rows: Sequence[ScoreRow]) -> str:
    if all(row.score is None for row in rows):
        return ""
    lines = bar_lines(rows[:MAX_SCORES])
    if len(rows) > MAX_SCORES:
        lines.append(f"  … and {len(rows) - MAX_SCORES} more")
    return details("Scores (0 critical risk, 100 low risk)", code_block(lines))


def _hints(target: TargetVerdict) -> Iterator[str]:
    own, _ = split_followers(alarming_checks(target))
    yield from filter(None, map(hint_of, own))
    if not own and target.hint:
        yield target.hint


def _what_to_do(hints: Sequence[str]) -> str:
    if len(hints) == 1:
        return f"**What to do:** {escape(hints[0], MAX_TEXT)}"
    return f"**What to do**\n\n{_list(hints, MAX_HINTS)}" if hints else ""


def _list(items: Iterable[str], most: int) -> str:
    listed = list(items)
    lines = [f"- {escape(item, MAX_TEXT)}" for item in listed[:most]]
    if len(listed) > most:
        lines.append(f"- and {len(listed) - most} more")
    return "\n".join(lines)


def _bounded_table(
    header: Sequence[str], items: Sequence[Item], render_row: Callable[[Item], Sequence[str]], max_rows: int, noun: str
) -> str:
    """Return a table of at most so many rows, and render no others. A last column without any text is left out."""
    rows = [render_row(item) for item in items[:max_rows]]
    if not any(row[-1] for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    text = table(header, rows, noun=noun)
    left_out = len(items) - len(rows)
    return text + (f"\n\n… and {plural(left_out, f'more {noun}')}." if left_out else "")
