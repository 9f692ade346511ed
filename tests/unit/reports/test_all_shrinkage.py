"""A run that became much smaller than usual is pointed out by every report that people read, also when it passed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probe_gate.domain.run import Counts
from probe_gate.errors import Outcome
from probe_gate.reports.comment import render_comment
from probe_gate.reports.console import render_console
from probe_gate.reports.context import DEFAULT_CONTEXT, Renderer
from probe_gate.reports.html import render_html
from probe_gate.reports.summary import render_summary
from tests.harness.factories import make_evidence, make_run, make_target_verdict, make_verdict


@pytest.mark.parametrize("render", [render_console, render_comment, render_summary, render_html])
def test_a_run_that_shrank_is_pointed_out_once(render: Renderer) -> None:
    """With both numbers."""
    earlier = [replace(make_run(), id=number) for number in (6998, 6999, 7000)]
    run = make_run(counts=Counts(20, 0, 0, 20))
    evidence = make_evidence(run=run, trend=(run, *earlier))
    verdict = make_verdict(make_target_verdict(evidence=evidence))
    text = render(verdict, DEFAULT_CONTEXT)
    assert verdict.outcome is Outcome.PASSED
    assert text.count("much smaller than usual: 20 test cases") == 1
