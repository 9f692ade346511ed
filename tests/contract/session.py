"""A session that uses every command that reaches the platform, and every target file of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from probe_gate.cli.main import run_command
from probe_gate.sandbox.server import SandboxServer
from tests.contract.documents import target_files, variables_for
from tests.harness.target_files import TOKEN, write_target

QUICK = ("--poll-interval", "0.1s..0.3s", "--settle", "0.1s", "--unproven-scores", "trust")
"""Runs of seconds, one right after the other, cannot be told apart."""
MARK = "pg-3f9a2c1b.2.k4x7q2"
TARGETS = 60
"""How many targets the sandbox must have."""
ID_LINE = "id: 42 # omit it to create a new target\n"


def use_every_command(sandbox: SandboxServer, directory: Path, environ: Mapping[str, str]) -> None:
    """Each command ends with 0. `environ` is where the platform is found, which need not be the sandbox itself."""
    environ = {**environ, "PROBE_TARGET_TOKEN": TOKEN}
    reports = ("--report-dir", str(directory / "report"))

    def run(*arguments: str, **variables: str) -> None:
        assert run_command(list(arguments), {**environ, **variables}) == 0, arguments

    run("check", *reports)
    run("run", *QUICK, *reports)
    run("run", *QUICK, *reports, "--probe-ids", "1,2", "--run-ai-analysis", "--notify", "--name", "x" * 150)
    run("run", *QUICK, *reports, "--probe-ids", "recommended")
    run("run", *QUICK, *reports, "--target-file", write_target(directory))
    run("run", *QUICK, *reports, "--target-file", write_target(directory, target_id=2, rateLimit="61"))
    run("runs", "list")
    run("runs", "cancel", str(sandbox.platform.engine.trigger(1, None, "by hand")))
    sandbox.platform.engine.trigger(1, None, f"{MARK} main")
    run("runs", "cancel", "--tag", MARK)
    run("target", "types")
    run("target", "show")
    run("target", "create", write_target(directory))
    run("target", "update", write_target(directory), "--target-id", "3", "--send-secrets")
    run("target", "apply", write_target(directory, target_id=4, language="de"))
    run("target", "delete", "--target-id", "5", "--yes")
    for place, text in enumerate(target_files("targets.md")):
        bare = text.replace(ID_LINE, "")
        file = directory / f"{place}.yml"
        file.write_text(bare, encoding="utf-8")
        run("target", "create", str(file), **variables_for(bare))
        run("target", "update", str(file), "--target-id", "6", **variables_for(bare))
