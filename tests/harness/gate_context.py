"""The context of a command that ends with a verdict."""

from __future__ import annotations

from pathlib import Path

from probe_gate.bootstrap import GateContext
from probe_gate.ci.job import CiJob
from probe_gate.settings import OutputSettings, ReportSettings, Secret

OUTPUT = OutputSettings(log_format="text", verbose=False, quiet=False, color=False, format="text")


def make_context(
    directory: Path | None = None, *report_names: str, job: CiJob | None = None, comment_token: str | None = None
) -> GateContext:
    """Return a context whose log is discarded.

    Args:
        directory: The report directory; None: nothing can be written there.
        report_names: The reports that are written, as `--reports` names them.
        job: The CI job; an unknown one unless given.
        comment_token: What writes the comment; None: no comment is asked for.
    """
    report = ReportSettings(
        directory=directory or Path("reports"),
        reports=frozenset(report_names),
        comment=comment_token is not None,
        comment_token=Secret(comment_token) if comment_token else None,
        shard=None,
    )
    return GateContext(report, OUTPUT, job or CiJob("generic"), directory, lambda _line: None)
