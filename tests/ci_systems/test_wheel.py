"""The package as its users get it: the wheel, in an environment that holds nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from probe_gate import __version__
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import ROOT, Done, run

Serve = Callable[..., SandboxServer]
UV = Path(sys.executable).with_name("uv")


class Installed:
    """A virtual environment, away from the checkout."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.bin = directory / "venv" / "bin"
        self._install("venv", "--quiet", "--python", sys.executable, directory / "venv")

    def add(self, wheel: str, lock: str) -> None:
        """Install the wheel with the versions that a lock names."""
        constraints = ["--constraint", str(ROOT / lock)]
        self._install("pip", "install", "--quiet", "--python", self.bin / "python", *constraints, wheel)

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Done:
        """Run the command as a user's shell does."""
        environ = {"PATH": f"{self.bin}:{os.defpath}", "HOME": str(self.directory), "NO_COLOR": "1", **(env or {})}
        done = subprocess.run(
            ["probe-gate", *arguments],
            cwd=self.directory,
            env=environ,
            executable=self.bin / "probe-gate",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout)

    def _install(self, *words: str | Path) -> None:
        done = run([UV, *words])
        assert done.code == 0, done.out


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("dist")
    done = run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", directory], cwd=ROOT)
    assert done.code == 0, done.out
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture
def installed(tmp_path: Path, wheel: Path) -> Installed:
    environment = Installed(tmp_path)
    environment.add(str(wheel), "requirements.lock")
    return environment


def test_the_command_gates(installed: Installed, sandbox: Serve) -> None:
    """Its version, and a whole gate with every report."""
    assert installed("--version").out.strip().endswith(__version__)
    server = sandbox()
    done = installed("run", env=variables(server))
    assert done.code == 0, done.out
    assert len(server.runs) == 1
    reports = {path.name for path in (installed.directory / "probe-gate-report").iterdir()}
    assert {"junit.xml", "report.json", "summary.md", "results.sarif", "report.html"} <= reports
    assert installed("verify", "probe-gate-report/report.json").code == 0
    assert installed("init", "--ci", "github").code == 0


def test_the_demo_needs_its_extra(installed: Installed, wheel: Path) -> None:
    """Without it the command says what to install; with it the demo runs."""
    done = installed("demo")
    assert done.code == 2, done.out
    assert "[sandbox]'" in done.out
    installed.add(f"probe-gate[sandbox] @ {wheel.as_uri()}", "requirements-demo.lock")
    done = installed("demo")
    assert done.code == 0, done.out
    assert "PASSED" in done.out
