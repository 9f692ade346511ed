"""Azure Pipelines: the summary, output variables and masks, by commands in the log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from probe_gate.ci.outputs import Outputs


def commands(outputs: Outputs, summary: Path | None) -> Iterator[str]:
    """The commands that show the summary on the build's page and set the step's output variables."""
    if summary is not None:
        yield f"##vso[task.uploadsummary]{_escape(str(summary))}"
    values = {
        "outcome": outputs.outcome,
        "exitCode": outputs.exit_code,
        "score": outputs.score,
        "testRunId": outputs.test_run_id,
        "testRunUrl": outputs.test_run_url,
        "reportDir": outputs.report_dir,
        "junitPath": outputs.junit_path,
        "failedChecks": ",".join(outputs.failed_checks),
    }
    for name, value in values.items():
        yield f"##vso[task.setvariable variable={name};isOutput=true]{_escape(value)}"


def warning(text: str) -> str:
    """The command that shows a warning on the build's page."""
    return f"##vso[task.logissue type=warning]{_escape(text)}"


def mask(secret: str) -> str:
    """The command that makes the agent hide a secret in everything that follows."""
    return f"##vso[task.setsecret]{_escape(secret)}"


def _escape(text: str) -> str:
    return text.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")
