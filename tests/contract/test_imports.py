"""What each command imports: every pipeline pays for it at every push, so nothing creeps in unseen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import environment

DEAR = {"typing", "re", "dataclasses", "inspect", "contextlib", "pathlib", "datetime", "json", "logging", "asyncio"}
"""Of the standard library: each costs a good part of the interpreter's own start."""
LIBRARIES = {"requests", "urllib3", "tenacity", "pydantic", "junit_xml", "yaml", "jinja2", "rich", "shtab"}
SANDBOX = {"fastapi", "starlette", "uvicorn", "anyio"}


def imported(arguments: list[str], env: dict[str, str], directory: Path) -> set[str]:
    """The modules that a real process imports, without those of the interpreter's own start."""

    def names(*command: str) -> set[str]:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *command], cwd=directory, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}

    return names("-c", "from probe_gate.__main__ import main; main()", *arguments) - names("-c", "pass")


def packages(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def ours(modules: set[str]) -> set[str]:
    return {module.removeprefix("probe_gate.") for module in modules if module.startswith("probe_gate.")}


def test_the_version_needs_next_to_nothing(tmp_path: Path) -> None:
    """A pipeline that prints it first pays no more than for an interpreter."""
    found = imported(["--version"], environment(tmp_path), tmp_path)
    assert ours(found) == {
        "__main__",
        "cli",
        "cli.main",
        "runtime",
        "runtime.signals",
        "errors",
    }
    assert not packages(found) & (DEAR | LIBRARIES | {"argparse"})


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"], ["demo", "--help"]])
def test_help_needs_the_options_only(arguments: list[str], tmp_path: Path) -> None:
    """Nothing of what would be done is imported to say what could be done."""
    found = imported(arguments, environment(tmp_path), tmp_path)
    assert not packages(found) & (LIBRARIES | {"typing", "dataclasses", "shutil", "json", "asyncio"})
    assert not {
        name for name in ours(found) if name.startswith(("domain", "use_cases", "settings", "http", "ci", "cli.gate"))
    }


def test_a_gate_imports_what_its_way_needs(tmp_path: Path) -> None:
    """No policy file, no target file, no HTML, no terminal: so nothing that reads, writes or draws one."""
    with SandboxServer("passing", speed=200) as sandbox:
        env = environment(tmp_path, sandbox.environment)
        found = imported(["run", "--reports", "junit,summary,json"], env, tmp_path)
        plain = imported(["run", "--reports", "summary"], env, tmp_path)
    assert packages(found) & LIBRARIES == {"requests", "urllib3", "tenacity", "pydantic", "junit_xml"}
    assert "junit_xml" not in packages(plain)
    assert not packages(found) & SANDBOX
    not_needed = (
        "cli.platform_call", "domain.merge", "domain.target_diff", "domain.target_state", "domain.verify",
        "files.connections", "files.located_yaml", "files.policy_file", "files.policy_model", "files.report_file", "files.report_schema",
        "files.scalars", "files.target_file", "progress.live", "reports.html", "reports.sarif", "sandbox", "scaffold",
        "use_cases.ephemeral_target", "use_cases.sync_target",
    )  # fmt: skip
    assert not {name for name in ours(found) if name.startswith(not_needed)}
