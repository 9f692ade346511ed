"""GitLab: variables for later jobs, a link on the job's page, sections in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from probe_gate.ci.outputs import Outputs
from probe_gate.domain.text import plain_line

DOTENV_FILE = "gate.env"
ANNOTATIONS_FILE = "annotations.json"
MOST_DOTENV_BYTES = 5 * 1024
"""GitLab refuses a dotenv report that is larger, and fails the job for it."""

_NOT_FOR_DOTENV = re.compile(r"[^A-Za-z0-9_.,:/@%+=~?&#-]+")
_NOT_FOR_SECTIONS = re.compile(r"[^a-z0-9_]+")


def render_dotenv(outputs: Outputs) -> str:
    """The verdict as variables for later jobs.

    The names begin with `GATE_`, not `PROBE_GATE_`: those are the gate's own options, and a later gate in
    the pipeline would take the run of this one for its `--test-run-id`. Blanks and everything else that a
    dotenv report may not hold become `_`.
    """
    lines = [
        f"GATE_OUTCOME={outputs.outcome}",
        f"GATE_EXIT_CODE={outputs.exit_code}",
        f"GATE_SCORE={outputs.score}",
        f"GATE_TEST_RUN_ID={_fitting(outputs.test_run_id, 1_000)}",
        f"GATE_TEST_RUN_URL={_fitting(outputs.test_run_url, 500)}",
        f"GATE_REPORT_DIR={_fitting(outputs.report_dir, 500)}",
        f"GATE_JUNIT_PATH={_fitting(outputs.junit_path, 500)}",
        f"GATE_FAILED_CHECKS={_fitting(','.join(outputs.failed_checks), 2_000)}",
    ]
    return "\n".join(lines) + "\n"


def render_annotations(links: Mapping[str, str]) -> str:
    """The annotations report: links on the job's page, by label."""
    entries = [{"external_link": {"label": plain_line(label, 200), "url": url}} for label, url in links.items()]
    return json.dumps({"Probe": entries}, indent=2) + "\n"


def section_start(name: str, header: str, unix_seconds: int, *, is_collapsed: bool = True) -> str:
    """The line that opens a section of the log, with its header."""
    collapsed = "[collapsed=true]" if is_collapsed else ""
    return f"\x1b[0Ksection_start:{unix_seconds}:{_section_name(name)}{collapsed}\r\x1b[0K{plain_line(header, 200)}"


def section_end(name: str, unix_seconds: int) -> str:
    """The line that closes a section of the log."""
    return f"\x1b[0Ksection_end:{unix_seconds}:{_section_name(name)}\r\x1b[0K"


def _section_name(name: str) -> str:
    return _NOT_FOR_SECTIONS.sub("_", name.lower())


def _fitting(text: str, longest: int) -> str:
    """Text for a dotenv value; longer text is cut at a comma, so that no part of a list is half."""
    fit = _NOT_FOR_DOTENV.sub("_", text)
    return fit if len(fit) <= longest else fit[:longest].rpartition(",")[0]
