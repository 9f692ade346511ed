"""The verdict at the end of a log or in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from probe_gate.domain.limit import DEFAULT
from probe_gate.domain.names import name_of, short_name_of
from probe_gate.domain.numbers import plural
from probe_gate.domain.plain_text import can_encode, log_line, plain_line
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict, Verdict
from probe_gate.errors import Outcome
from probe_gate.reports.cells import cut, fit, width_of, wrap
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext
from probe_gate.reports.since import since_when
from probe_gate.reports.story import (
    ALARMING,
    CHECK_SIGNS,
    OUTCOME_WORDS,
    alarming_checks,
    alarming_ids,
    decision_of,
    headline,
    is_good,
    is_green,
    run_of,
    scores_of,
    sign_of,
    sort_checks,
    sort_targets,
    split_followers,
)

NARROWEST = 40
WIDEST = 120
MOST_TARGETS_LISTED = 200
MOST_TARGETS_IN_DETAIL = 20
MOST_CHECKS = 60

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


class _Paper:
    """Lines of a width, with or without colours."""

    def __init__(self, width: int, signs: Mapping[str, str], *, color: bool) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self._signs = signs
        self._sign_columns = max(map(len, signs.values()))
        self.indent = " " * (self._sign_columns + 3)
        """Of what belongs to a line with a sign."""
        self._color = color
        self._lines: list[str] = []

    def line(self, text: str = "", *styles: str) -> None:
        """A line as it stands; the caller has made it fit."""
        safe = log_line(text.rstrip())
        if self._color and styles and safe:
            bare = safe.lstrip()
            safe = f"{safe[: len(safe) - len(bare)]}\x1b[{';'.join(styles)}m{bare}\x1b[0m"
        self._lines.append(safe)

    def paragraph(self, text: str, indent: str, first: str | None = None, *styles: str) -> None:
        """Wrapped text; `first` is in place of the first line's indent, and no wider."""
        lead = indent if first is None else first
        # before it is wrapped, since it makes the text longer
        for part in wrap(log_line(text), self.width - width_of(indent)):
            self.line(lead + part, *styles)
            lead = indent

    def sign(self, sign: str) -> str:
        """The sign in its column."""
        return f"{self._signs[sign]:<{self._sign_columns}} "

    def text(self) -> str:
        return "\n".join(self._lines).rstrip("\n") + "\n"


def render_console(verdict: Verdict, context: ReportContext = DEFAULT_CONTEXT) -> str:
    """The verdict in lines of at most `width` columns (addresses are never broken), failed checks first.

    Without `color` the text holds no control character but the line breaks.
    """
    signs = SIGNS if can_encode("".join(SIGNS.values()), context.encoding) else ASCII_SIGNS
    paper = _Paper(context.width or WIDEST, signs, color=context.color)
    tone = _GREEN if is_green(verdict) else _YELLOW if verdict.is_green else _RED
    # spelled out, the sign would say the same as the word behind it
    sign = "" if signs is ASCII_SIGNS else paper.sign(sign_of(verdict.outcome, is_soft=verdict.is_green))
    paper.paragraph(
        f"{headline(verdict).upper()}  {plain_line(verdict.reason, 600)}",
        "  ",
        sign,
        _BOLD,
        tone,
    )
    for problem in verdict.problems[:MOST_CHECKS]:
        paper.paragraph(plain_line(problem, 600), "    ", "  - ")
    if len(verdict.targets) == 1:
        _write_target(paper, verdict.targets[0], everything=True)
    elif verdict.targets:
        _write_targets(paper, verdict)
    for note in verdict.notes[:MOST_CHECKS]:
        paper.paragraph(plain_line(note, 600), "  ")
    if verdict.advice and not _said_by_target(verdict):
        paper.line()
        paper.paragraph(plain_line(verdict.advice, 600), paper.indent, f"  {paper.sign('→')}")
    return paper.text()


def _said_by_target(verdict: Verdict) -> bool:
    return any(verdict.advice == target.advice for target in verdict.targets)


def _write_targets(paper: _Paper, verdict: Verdict) -> None:
    targets = sort_targets(verdict.targets)
    name_columns = min(max(width_of(short_name_of(target.target)) for target in targets), paper.width // 3)
    paper.line()
    for target in targets[:MOST_TARGETS_LISTED]:
        paper.line(_target_row(target, name_columns, paper), _tone_of(target))
    if len(targets) > MOST_TARGETS_LISTED:
        paper.line(f"  and {plural(len(targets) - MOST_TARGETS_LISTED, 'more target')}; the reports have them all.")
    bad = [target for target in targets if not is_good(target.outcome)]
    for target in bad[:MOST_TARGETS_IN_DETAIL]:
        _write_target(paper, target, everything=False)
    if len(bad) > MOST_TARGETS_IN_DETAIL:
        paper.line()
        rest = plural(len(bad) - MOST_TARGETS_IN_DETAIL, "more target")
        paper.line(f"  {rest} in need of attention; the reports have them all.")


def _target_row(target: TargetVerdict, name_columns: int, paper: _Paper) -> str:
    scores = scores_of(target)
    score = "" if scores is None or scores.overall is None else str(scores.overall)
    row = (
        f"  {paper.sign(sign_of(target.outcome, is_soft=target.is_soft))}{fit(short_name_of(target.target), name_columns)}"
        f"  {fit(score, 3, right=True)}  {OUTCOME_WORDS[target.outcome].lower()}"
    )
    alarming = alarming_ids(target)
    if alarming:
        row += ": " + plain_line(", ".join(alarming), 400)
    return cut(log_line(row), paper.width)


def _tone_of(target: TargetVerdict) -> str:
    if is_good(target.outcome):
        return _GREEN if target.outcome is Outcome.PASSED else _DIM
    return _YELLOW if target.is_soft or target.outcome is not Outcome.FAILED else _RED


def _write_target(paper: _Paper, target: TargetVerdict, *, everything: bool) -> None:
    paper.line()
    run = run_of(target)
    title = name_of(target.target)
    if run is not None:
        title += f" · test run {run.id}"
    if target.is_soft and not is_good(target.outcome):
        title += " · does not fail the build (soft-fail)"
    paper.paragraph(title, "  ", None, _BOLD)
    own, followers = split_followers(alarming_checks(target))
    if not everything and not any(target.reason == check.message for check in own):
        paper.paragraph(plain_line(target.reason, 600), "  ")
    _write_checks(paper, own, target)
    if followers:
        ids = ", ".join(check.id for check in followers)
        said = f"Not judged because of that: {plain_line(ids, 600)}."
        paper.paragraph(said, paper.indent, f"  {paper.sign('?')}", _YELLOW)
    if everything:
        _write_checks(paper, [check for check in sort_checks(target.checks) if check.outcome not in ALARMING], target)
    if target.evidence.left_running:
        # the command stands on a line of its own, so that it can be copied whole
        said, colon, command = plain_line(target.evidence.left_running, 600).partition(": probe-gate ")
        paper.paragraph(said + colon[:1], paper.indent, f"  {paper.sign('!')}", _YELLOW)
        if colon:
            paper.line(f"{paper.indent}probe-gate {command}", _YELLOW)
    if target.advice and not any(target.advice == check.advice for check in own):
        paper.paragraph(plain_line(target.advice, 600), paper.indent, f"  {paper.sign('→')}")
    if target.evidence.run_url:
        paper.line(f"  {plain_line(target.evidence.run_url, 500)}")


def _write_checks(paper: _Paper, checks: list[Check], target: TargetVerdict) -> None:
    id_columns = _widest((check.id for check in target.checks), paper.width // 2 - 6)
    measured_columns = _widest((check.measured for check in target.checks), (paper.width - id_columns) // 2)
    advised: dict[str, list[str]] = {}
    for check in checks[:MOST_CHECKS]:
        row = (
            f"  {paper.sign(CHECK_SIGNS[check.outcome])}{fit(plain_line(check.id), id_columns)}"
            f"  {fit(plain_line(check.measured), measured_columns)}  {plain_line(check.limit)}"
        )
        paper.line(cut(log_line(row), paper.width), _CHECK_COLORS[check.outcome])
        if check.outcome in _EXPLAINED or check.kind == "policy":
            paper.paragraph(_sentences(check, target), paper.indent)
        if check.advice and check.outcome in ALARMING:
            advised.setdefault(check.advice, []).append(check.id)
    if len(checks) > MOST_CHECKS:
        paper.line(f"  and {plural(len(checks) - MOST_CHECKS, 'more check')}; the reports have them all.")
    for advice, ids in advised.items():
        about = f"{', '.join(ids)}: " if len(advised) > 1 else ""
        paper.paragraph(plain_line(about + advice, 600), paper.indent, f"  {paper.sign('→')}", _BOLD)


def _sentences(check: Check, target: TargetVerdict) -> str:
    """By how much, since when, and where the limit stands."""
    message = plain_line(check.message, 600)
    sentences = [message if message.endswith((".", "?", "!", "…")) else f"{message}."]
    since = since_when(check, target)
    if since:
        sentences.append(f"{since[0].upper()}{since[1:]}.")
    if check.origin not in (None, DEFAULT) and check.limit:
        sentences.append(f"Limit from {plain_line(check.origin.text)}.")
    sentences.append(decision_of(check, target))
    return " ".join(filter(None, sentences))


def _widest(texts: Iterable[str], most: int) -> int:
    return min(max((width_of(plain_line(text)) for text in texts), default=0), most)
