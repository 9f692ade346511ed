"""Baselines: earlier reports to compare scores with."""

from __future__ import annotations

from pathlib import Path

from probe_gate.domain.evidence import Baseline, Unavailable
from probe_gate.domain.policy import BEFORE, Policy
from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.errors import GateError


class BaselineFiles:
    """The baselines of one gate. Each file is read once for all targets."""

    def __init__(self, *, is_demo: bool = False) -> None:
        """Read reports of demos only for another demo: their scores are made up."""
        self._is_demo = is_demo
        self._reports: dict[str, Verdict | Unavailable] = {}

    def find(self, policy: Policy, target_id: int) -> Baseline | Unavailable | None:
        """Return the baseline of a target from the report that its policy names, or None if it names none.

        A report that cannot be used is `Unavailable`, with the reason for the check that needs it.
        """
        if policy.baseline is None or policy.baseline.value == BEFORE:
            return None
        source = policy.baseline.value
        if source not in self._reports:
            self._reports[source] = _read(source)
        report = self._reports[source]
        if isinstance(report, Unavailable):
            return report
        if report.command == "demo" and not self._is_demo:
            return Unavailable(
                f"The baseline {source} cannot be used: it is the report of a demo, which tests nothing."
            )
        for verdict in report.targets:
            if verdict.target.id == target_id:
                scores = verdict.scores
                if isinstance(scores, Unavailable):
                    return Unavailable(f"The baseline {source} has no scores of target {target_id}: {scores.reason}")
                return Baseline(source, scores, report.judged_at, target_id, verdict.outcome)
        others = ", ".join(str(verdict.target.id) for verdict in report.targets[:5]) or "none"
        return Unavailable(f"The baseline {source} does not include target {target_id}; its targets: {others}.")


def _read(source: str) -> Verdict | Unavailable:
    """Return the report, or why it cannot be a baseline. Its scores may be forged, so the report is verified."""
    from probe_gate.files.report_file import verify_report  # imported here: most gates have no baseline

    try:
        report = verify_report(Path(source))
    except GateError as error:
        return Unavailable(f"The baseline cannot be used: {error.message}")
    if not report.differences:
        return report.verdict
    first = plain_line(f"{report.differences[0].where}: {report.differences[0].what}", 120)
    return Unavailable(
        f"The baseline {source} cannot be used: it does not follow from its own evidence ({first}). "
        f"See: probe-gate verify {source}"
    )
