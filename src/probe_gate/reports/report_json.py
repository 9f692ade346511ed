"""report.json: the verdict with all of its evidence."""

from __future__ import annotations

from probe_gate.domain.verdict import Verdict
from probe_gate.files.report_document import render
from probe_gate.reports.context import DEFAULT_CONTEXT, ReportContext


def render_json(verdict: Verdict, _context: ReportContext = DEFAULT_CONTEXT) -> str:
    """Return the document that `docs/report-json.md` describes."""
    return render(verdict)
