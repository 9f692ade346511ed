"""What every renderer of a report takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probe_gate.domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a report may depend on besides the verdict. The defaults suit a report in a file."""

    workflow_file: str = ""
    """Path, in the repository, of the pipeline's definition (`.github/workflows/ci.yml`); empty if it is not known."""
    width: int | None = None
    """Columns of the terminal that a person watches. None: not a terminal, so no line is wrapped."""
    color: bool = False
    """Whether the reader understands the color codes of terminals."""
    encoding: str = "utf-8"
    """Encoding of the stream that the report is written to."""


Renderer = Callable[[Verdict, ReportContext], str]

DEFAULT_CONTEXT = ReportContext()
