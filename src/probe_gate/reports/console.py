"""The verdict at the end of a log or in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from probe_gate.domain.formatting import few, plural
from probe_gate.domain.policy import DEFAULT
from probe_gate.domain.text import as_sentence, can_encode, log_line, name_of, plain_line, short_name_of
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.presentation import (
    ALARMING,
    CHECK_SIGNS,
    alarming_checks,
    alarming_ids,
    confirmation_summary,
    decision_of,
    describe_outcome,
    headline,
    is_good,
    is_green,
    run_of,
    scores_of,
    shrinkages,
    sign_of,
    sign_of_target,
    sort_checks,
    sort_targets,
    split_followers,
    waived_ids,
)
from probe_gate.reports.target_rows import all_run_rows
from probe_gate.reports.text_width import pad, width_of
from probe_gate.reports.trend import since_when

MAX_COLUMNS = 120
"""Wider lines are hard to read."""
MAX_ID_COLUMNS = 60
"""A longer id is not cut, but the columns behind it no longer line up."""
MAX_TARGETS_LISTED = 200
MAX_TARGETS_IN_DETAIL = 20
MAX_CHECKS = 60
MAX_NAMES = 5

SIGNS = {"✓": "✓", "✗": "✗", "?": "?", "~": "~", "·": "·", "!": "!", "→": "→"}
ASCII_SIGNS = {"✓": "ok", "✗": "FAIL", "?": "?", "~": "~", "·": "-", "!": "!", "→": "->"}
"""For logs in an encoding without the signs; what passed, failed and was not judged must still look different."""

_BOLD, _DIM, _RED, _GREEN, _YELLOW = "1", "2", "31", "32", "33"
_EXPLAINED = frozenset({CheckOutcome.FAILED, CheckOutcome.ERROR, CheckOutcome.WAIVED})
_CHECK_COLORS = {
    CheckOutcome.FAILED: _RED,
    CheckOutcome.ERROR: _YELLOW,
    CheckOutcome.WAIVED: _YELLOW,
    CheckOutcome.PASSED: _GREEN,
    CheckOutcome.INFO: _DIM,
}


class _Lines:
    """Lines of text, wrapped and with colors where the reader is at a terminal."""

    def __init__(self, context: ReportContext) -> None:
        self._width = None if context.width is None else min(context.width, MAX_COLUMNS)
        self._signs = SIGNS if can_encode("".join(SIGNS.values()), context.encoding) else ASCII_SIGNS
        self._sign_columns = max(map(len, self._signs.values()))
        self.indent = " " * (self._sign_columns + 3)
        """Of what belongs to a line with a sign."""
        self._color = context.color
        self._lines: list[str] = []

    @property
    def is_ascii(self) -> bool:
        return self._signs is ASCII_SIGNS

    def sign(self, sign: str) -> str:
        """Return the sign in its column."""
        return f"{self._signs[sign]:<{self._sign_columns}} "

    def add(self, text: str = "", *styles: str, indent: str = "", first: str | None = None) -> None:
        """Add a paragraph behind an indent. `first` replaces the indent of its first line."""
        lead = indent if first is None else first
        # made harmless before it is wrapped, which makes it longer
        for line in self._wrap(log_line(text), self._width - len(indent)) if self._width else [text]:
            self.add_unwrapped(lead + line, *styles)
            lead = indent

    def add_unwrapped(self, text: str, *styles: str) -> None:
        """Add one line, however long: an address or a command, which people copy."""
        safe = log_line(text.rstrip())
        if self._color and styles and safe:
            bare = safe.lstrip()
            safe = f"{safe[: len(safe) - len(bare)]}\x1b[{';'.join(styles)}m{bare}\x1b[0m"
        self._lines.append(safe)

    @staticmethod
    def _wrap(text: str, columns: int) -> list[str]:
        from rich.console import Console
        from rich.text import Text

        console = Console(width=columns, color_system=None)
        return [line.plain for line in Text(text).wrap(console, columns, overflow="fold")]

    def fit(self, first: int, *others: int) -> int:
        """Return the columns of the first cell of a row with a sign, so that the others fit beside it."""
        if self._width is None:
            return first
        rest = len(self.indent) + sum(columns + 2 for columns in others)
        return max(min(first, self._width - rest), 0)

    def text(self) -> str:
        return "\n".join(self._lines).rstrip("\n") + "\n"


def render_console(verdict: Verdict, context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the verdict as lines, failed checks first.

    At a terminal the lines are at most as wide as it is; addresses and commands are never broken. Without
    `context.color` the text holds no control character but the line breaks.
    """
    lines = _Lines(context)
    color = _GREEN if is_green(verdict) else _YELLOW if verdict.is_green else _RED
    # in ASCII the sign would repeat the word behind it
    sign = "" if lines.is_ascii else lines.sign(sign_of(verdict.outcome, is_soft=verdict.is_green))
    lines.add(f"{headline(verdict).upper()}  {plain_line(verdict.reason, 600)}", _BOLD, color, indent="  ", first=sign)
    for problem in verdict.listed_problems[:MAX_CHECKS]:
        lines.add(plain_line(problem, 600), indent="    ", first="  - ")
    if len(verdict.targets) == 1:
        _add_target(lines, verdict.targets[0], is_alone=True)
    elif verdict.targets:
        _add_targets(lines, verdict)
    for shrinkage in shrinkages(verdict.targets)[:MAX_TARGETS_IN_DETAIL]:
        lines.add()
        lines.add(plain_line(shrinkage, 600), _YELLOW, indent=lines.indent, first=f"  {lines.sign('!')}")
    for note in verdict.notes[:MAX_CHECKS]:
        lines.add(plain_line(note, 600), indent="  ")
    if verdict.hint and not _said_by_target(verdict):
        lines.add()
        lines.add(plain_line(verdict.hint, 600), indent=lines.indent, first=f"  {lines.sign('→')}")
    return lines.text()


def _said_by_target(verdict: Verdict) -> bool:
    return any(verdict.hint == target.hint for target in verdict.targets)


def _add_targets(lines: _Lines, verdict: Verdict) -> None:
    targets = sort_targets(verdict.targets)
    name_columns = max(width_of(short_name_of(target.target)) for target in targets)
    lines.add()
    for target in targets[:MAX_TARGETS_LISTED]:
        sign = lines.sign(sign_of_target(target))
        lines.add(_target_row(target, name_columns), _color_of(target), indent=lines.indent, first=f"  {sign}")
    if len(targets) > MAX_TARGETS_LISTED:
        lines.add(f"  and {plural(len(targets) - MAX_TARGETS_LISTED, 'more target')}; the reports have them all.")
    bad = [target for target in targets if not is_good(target.outcome)]
    hints: dict[str, list[str]] = {}
    for target in bad[:MAX_TARGETS_IN_DETAIL]:
        for hint in _add_target(lines, target, is_alone=False):
            hints.setdefault(hint, []).append(short_name_of(target.target))
    if len(bad) > MAX_TARGETS_IN_DETAIL:
        lines.add()
        rest = plural(len(bad) - MAX_TARGETS_IN_DETAIL, "more target")
        lines.add(f"  {rest} in need of attention; the reports have them all.")
    if hints:
        lines.add()
    for hint, names in hints.items():
        about = f"{few(names, MAX_NAMES)}: " if len(hints) > 1 else ""
        lines.add(plain_line(about + hint, 800), _BOLD, indent=lines.indent, first=f"  {lines.sign('→')}")


def _target_row(target: TargetVerdict, name_columns: int) -> str:
    scores = scores_of(target)
    score = "" if scores is None or scores.overall is None else str(scores.overall)
    row = f"{pad(short_name_of(target.target), name_columns)}  {score:>3}  {describe_outcome(target)}"
    ids = alarming_ids(target) or waived_ids(target)
    return row + (": " + plain_line(", ".join(ids), 400) if ids else "")


def _color_of(target: TargetVerdict) -> str:
    if is_good(target.outcome):
        return _GREEN if target.outcome is Outcome.PASSED else _DIM
    return _YELLOW if target.is_soft or target.outcome is not Outcome.FAILED else _RED


def _add_target(lines: _Lines, target: TargetVerdict, *, is_alone: bool) -> list[str]:
    """Add what there is to know of a target. Return the hints that are left to be given, if it is not alone."""
    lines.add()
    run = run_of(target)
    title = name_of(target.target)
    if run is not None:
        title += f" · test run {run.id}"
    if target.is_soft and not is_good(target.outcome):
        title += " · does not fail the build (soft-fail)"
    lines.add(title, _BOLD, indent="  ")
    _add_runs(lines, target)
    own, followers = split_followers(alarming_checks(target))
    if not is_alone and not own:
        lines.add(plain_line(target.reason, 600), indent="  ")
    hints = _add_checks(lines, own, target, is_alone=is_alone)
    if followers:
        not_judged = ", ".join(check.id for check in followers)
        sign = f"  {lines.sign('?')}"
        lines.add(
            f"Not judged because of that: {plain_line(not_judged, 600)}.", _YELLOW, indent=lines.indent, first=sign
        )
    if target.hint and target.hint not in hints:
        hints[target.hint] = []
    if is_alone:
        for hint, ids in hints.items():
            about = f"{', '.join(ids)}: " if len(hints) > 1 and ids else ""
            lines.add(plain_line(about + hint, 600), _BOLD, indent=lines.indent, first=f"  {lines.sign('→')}")
        rest = [check for check in sort_checks(target.checks) if check.outcome not in ALARMING]
        _add_checks(lines, rest, target, is_alone=True)
    if target.left_running:
        # the command has a line of its own, so that it can be copied whole
        said, colon, command = plain_line(target.left_running, 600).partition(": probe-gate ")
        lines.add(said + colon[:1], _YELLOW, indent=lines.indent, first=f"  {lines.sign('!')}")
        if colon:
            lines.add_unwrapped(f"{lines.indent}probe-gate {command}", _YELLOW)
    if target.evidence.run_url:
        lines.add_unwrapped(f"  {plain_line(target.evidence.run_url, 500)}")
    return list(hints)


def _add_runs(lines: _Lines, target: TargetVerdict) -> None:
    """Add what the runs that confirm a failure came to, with a line for each of them."""
    summary = confirmation_summary(target)
    if summary:
        lines.add(plain_line(summary, 600), indent="  ")
    for row in all_run_rows(target):
        sign = lines.sign(sign_of(row.outcome))
        name = f"{row.name} ({row.run_id})" if row.run_id else row.name
        lines.add(plain_line(f"{name}: {row.text}", 400).rstrip(), indent=lines.indent, first=f"  {sign}")


def _add_checks(lines: _Lines, checks: list[Check], target: TargetVerdict, *, is_alone: bool) -> dict[str, list[str]]:
    """Add a line for each check. Return the hints of those that are not fine, each with the ids that it is for."""
    limited = [check for check in target.checks if check.limit]
    measured_columns = _widest(check.measured for check in limited)
    id_columns = lines.fit(
        _widest(check.id for check in target.checks), measured_columns, _widest(check.limit for check in limited)
    )
    hints: dict[str, list[str]] = {}
    for check in checks[:MAX_CHECKS]:
        # an id that is longer than its column takes from the next one
        first = f"{pad(plain_line(check.id), id_columns)}  {plain_line(check.measured)}"
        row = f"{pad(first, id_columns + 2 + measured_columns)}  {plain_line(check.limit)}"
        sign = f"  {lines.sign(CHECK_SIGNS[check.outcome])}"
        lines.add(row.rstrip(), _CHECK_COLORS[check.outcome], indent=lines.indent, first=sign)
        if check.outcome in _EXPLAINED or check.kind == "policy":
            # the headline of a target that is alone has said its reason
            sentences = _sentences(check, target, with_message=not is_alone or check.message != target.reason)
            if sentences:
                lines.add(sentences, indent=lines.indent)
        if check.hint and check.outcome in ALARMING:
            hints.setdefault(check.hint, []).append(check.id)
    if len(checks) > MAX_CHECKS:
        lines.add(f"  and {plural(len(checks) - MAX_CHECKS, 'more check')}; the reports have them all.")
    return hints


def _sentences(check: Check, target: TargetVerdict, *, with_message: bool) -> str:
    """Return by how much, since when, and where the limit is set."""
    sentences = [as_sentence(plain_line(check.message, 600))] if with_message else []
    since = since_when(check, target)
    if since:
        sentences.append(f"{since[0].upper()}{since[1:]}.")
    if check.origin is not None and check.limit:
        is_default = check.origin == DEFAULT
        sentences.append("Default limit." if is_default else f"Limit from {plain_line(check.origin.text)}.")
    sentences.append(decision_of(check, target))
    return " ".join(filter(None, sentences))


def _widest(texts: Iterable[str]) -> int:
    widths = (width_of(plain_line(text)) for text in texts)
    return max((width for width in widths if width <= MAX_ID_COLUMNS), default=0)
