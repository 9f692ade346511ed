"""The trend as a Mermaid diagram, which GitHub and GitLab draw inside Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from probe_gate.reports.charts import round_top
from probe_gate.reports.trend import TrendPoint

_COLORS = "#d9b38c, #b3261e"
"""Bars, then the line: told apart on light and dark ground."""


def trend_diagram(points: Sequence[TrendPoint]) -> str:
    """The fenced block. Nothing in it but numbers: no text of others can reach the diagram's language."""
    success = [point.attack_success_rate or 0.0 for point in points]
    errors = [point.error_rate or 0.0 for point in points]
    return "\n".join(
        [
            "```mermaid",
            f'%%{{init: {{"themeVariables": {{"xyChart": {{"plotColorPalette": "{_COLORS}"}}}}}}}}%%',
            "xychart-beta",
            f'    title "Last {len(points)} completed runs, this one on the right"'
            if points[-1].is_this_run
            else f'    title "Last {len(points)} completed runs"',
            f'    x-axis "run" 1 --> {len(points)}',
            f'    y-axis "percent" 0 --> {round_top(max(*success, *errors))}',
            f"    bar [{', '.join(f'{value:.2f}' for value in errors)}]",
            f"    line [{', '.join(f'{value:.2f}' for value in success)}]",
            "```",
        ]
    )
