from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.ci import gitlab
from probe_gate.ci.outputs import Outputs, outputs_of
from probe_gate.options import KEY_VARIABLES, OPTIONS
from tests.harness.factories import hostile_text, make_failed_target, make_verdict

LINE = re.compile(r"[A-Z][A-Z0-9_]*=[^\s'\"\\`$#]*(?:#[^\s'\"\\`$]*)?")
OUTPUTS = outputs_of(make_verdict(make_failed_target()), Path("probe-gate-report"), has_junit=True)


def test_later_jobs_get_the_verdict() -> None:
    """The variables of a failed gate, as the next job sees them."""
    lines = dict(line.split("=", 1) for line in gitlab.render_dotenv(OUTPUTS).splitlines())
    assert lines["GATE_OUTCOME"] == "failed"
    assert lines["GATE_EXIT_CODE"] == "1"
    assert lines["GATE_TEST_RUN_ID"] == "7001"
    assert lines["GATE_FAILED_CHECKS"] == "Support_bot:_category-score:Security_71_minimum_90"


def test_no_variable_is_an_option_of_a_later_gate() -> None:
    """A second gate in the same pipeline must not take this one's run for its own."""
    options = {name for option in OPTIONS for name in option.env} | set(KEY_VARIABLES)
    assert options.isdisjoint(line.partition("=")[0] for line in gitlab.render_dotenv(OUTPUTS).splitlines())


@given(st.lists(hostile_text(), max_size=400), hostile_text(), st.integers(1, 500))
def test_a_dotenv_report_that_gitlab_takes(names: list[str], text: str, times: int) -> None:
    """Under 5 KB, and no comment, blank line, quote, space or line break in a value, whatever stands in it."""
    outputs = Outputs("failed", "1", "84", text * times, text * times, text * times, text, tuple(names))
    rendered = gitlab.render_dotenv(outputs)
    assert len(rendered.encode()) <= gitlab.MAX_DOTENV_BYTES
    for line in rendered.removesuffix("\n").split("\n"):
        assert LINE.fullmatch(line), line


def test_a_list_that_is_cut_ends_with_a_whole_name() -> None:
    """No half of a check's name is taken for another check."""
    names = tuple(f"category-score:Category{number:04}" for number in range(300))
    line = gitlab.render_dotenv(replace(OUTPUTS, failed_checks=names)).splitlines()[-1]
    assert set(line.partition("=")[2].split(",")) <= set(names)


def test_the_link_on_the_job_page() -> None:
    """The annotations report has the shape that GitLab documents."""
    assert json.loads(gitlab.render_annotations({"Test run 7": "https://probe.example.com/7"})) == {
        "Probe": [{"external_link": {"label": "Test run 7", "url": "https://probe.example.com/7"}}]
    }


def test_a_section_opens_and_closes_under_one_name() -> None:
    """The markers have GitLab's form, and the header cannot bring one of its own."""
    start = gitlab.section_start("Waiting for it", "Waiting\x1b[0Ksection_end:1:x", 1_700_000_000)
    assert start.startswith("\x1b[0Ksection_start:1700000000:waiting_for_it[collapsed=true]\r\x1b[0KWaiting")
    assert start.count("\x1b") == 2
    assert (
        gitlab.section_end("Waiting for it", 1_700_000_001) == "\x1b[0Ksection_end:1700000001:waiting_for_it\r\x1b[0K"
    )
