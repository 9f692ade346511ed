"""The scores of one target as rows: what was reached, what was asked for, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probe_gate.domain.evidence import Baseline
from probe_gate.domain.numbers import exact
from probe_gate.domain.policy import BEFORE, REST
from probe_gate.domain.score import Scores, same_category
from probe_gate.domain.verdict import Check, CheckOutcome, TargetVerdict
from probe_gate.reports.story import scores_of

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
    """What the scores are compared with in charts, and what that is called; nothing is judged by it."""
    baseline = target.evidence.baseline
    if isinstance(baseline, Baseline) and baseline.source != BEFORE:
        return baseline.scores, "baseline"
    before = target.evidence.scores_before
    return (before, "before this run") if isinstance(before, Scores) else (None, "")


def score_rows(target: TargetVerdict) -> list[ScoreRow]:
    """Overall first, then the categories by name. Empty when there is neither a score nor a minimum."""
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
