"""Whether a report file says what follows from its own evidence: `verify`, `merge` and baselines ask this."""

from __future__ import annotations

from typing import Any

from probe_gate.domain.verdict import Verdict
from probe_gate.domain.verify import Difference, find_differences
from probe_gate.report_file.derived import find_derived_differences
from probe_gate.report_file.encode import written_by


def judge_again(document: dict[str, Any], verdict: Verdict) -> list[Difference]:
    """Return everything that a report says and its evidence does not; the sentences too where this version wrote them."""
    same_version = document.get("writtenBy") == written_by()
    return [*find_differences(verdict, with_words=same_version), *find_derived_differences(document, verdict)]
