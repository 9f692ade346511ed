"""docs/sandbox.md against the sandbox, and the sandbox's readings against the API description."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis

from probe_gate.sandbox.fault_kinds import FAULT_KINDS
from probe_gate.sandbox.platform import WORKSPACE_ID
from probe_gate.sandbox.readings import KEYS, parse_reading
from probe_gate.sandbox.scenarios import SCENARIOS
from probe_gate.sandbox.server import DEFAULT_KEY, SandboxServer
from scripts.write_sandbox_tables import PAGE, with_tables

TEXT = PAGE.read_text(encoding="utf-8")
DESCRIPTION: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text())

READINGS_THAT_KEEP_TO_THE_DESCRIPTION = (
    "executed=request,scores=run,precision=7/us,zone=+02:00/Z",
    "executed=start,scores=first-probe,precision=s/s-rounded",
    "executed=end,scores=last-probe,precision=min/day,skew=1s",
    "executed=request-then-end,scores=computation,lag=10s,steps=4",
    "executed=update,lag=10s,date-lead=5s,units=messages,no-scores=zeros-epoch",
    "executed=never,scores=request,appear=per-probe,units=conversations,no-scores=zeros",
    "counts=absent-zero+at-end,probes=null,status=SUCCESS,replica=5s",
    "counts=no-error-count,probes=shared-name,configured=3,counts-lag=5s",
    "earlier=1s,earlier-score=95,stuck=QUEUED,future=1h,lag=20s,no-scores=400",
    "earlier=never,nightly-before=2s,nightly-during=3s,nightly-after=2s,nightly-score=0,no-scores=500",
)


def test_the_tables_are_those_of_the_code() -> None:
    """The tables of keys and faults are what scripts/write_sandbox_tables.py writes."""
    assert with_tables(TEXT) == TEXT
    assert all(f"\n| `{name}` | " in TEXT for name in KEYS)
    assert all(f"`{name}`" in TEXT for name in FAULT_KINDS)


def test_the_readings_on_the_page_are_readings() -> None:
    """Every example can be copied, and none says what goes without saying."""
    shown = re.findall(r"(?:--reading |reading=\"|\"reading\": \")([a-z-]+=[^\s\"]+)", TEXT)
    assert len(shown) >= 7
    for text in shown:
        assert str(parse_reading(text)).count("=") == text.count("=")


def test_the_scenarios_on_the_page_exist() -> None:
    """Those of its commands."""
    assert set(re.findall(r"--scenario ([a-z-]+)", TEXT)) <= set(SCENARIOS)


@pytest.mark.parametrize("reading", READINGS_THAT_KEEP_TO_THE_DESCRIPTION)
def test_answers_keep_to_the_api_description(reading: str) -> None:
    """Before, while and after a run, unless the reading is about breaking the description."""
    now = [1_800_000_000.0]
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    with SandboxServer("passing", reading=reading, history=2, clock=lambda: now[0]) as server:
        for seconds in (0.0, 7.0, 16.0, 4.0, 40.0):
            now[0] += seconds
            for path in ("scores", "test-runs"):
                operation = schema[f"/api/workspaces/{{workspaceId}}/target/{{targetId}}/{path}"]["GET"]
                case = operation.Case(path_parameters={"workspaceId": WORKSPACE_ID, "targetId": 1})
                case.call_and_validate(
                    base_url=server.url,
                    headers={"X-Api-Key": DEFAULT_KEY},
                    excluded_checks=[schemathesis.checks.not_a_server_error],
                )
            if not server.runs:
                server.platform.engine.trigger(1, None, "gate")
        assert server.recorder.bugs == []
