"""The image: small, for any user, and only what it needs inside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from probe_gate import __version__
from probe_gate.sandbox.server import SandboxServer
from tests.ci_systems.conftest import variables
from tests.ci_systems.containers import IMAGE, ROOT, Engine, run
from tests.harness.waiting import wait_until

Serve = Callable[..., SandboxServer]
LARGEST_OWN_MEGABYTES = 60
"""What we put on top of the base image, at most."""

HARDENED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]


def test_it_is_our_program(engine: Engine) -> None:
    """The entrypoint is the command, with its version."""
    done = engine.run_image("--version")
    assert done.out.strip() == f"probe-gate {__version__}"


def test_without_a_command_it_runs_the_gate(engine: Engine, sandbox: Serve) -> None:
    """Nothing but variables is needed."""
    done = engine.run_image(env=variables(sandbox()))
    assert done.code == 0, done.out
    assert "PASSED" in done.out


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="root"),
        pytest.param(["-u", "1234:1234", "-e", "HOME=/"], id="any uid, no home"),
        pytest.param([*HARDENED], id="read-only root, no capabilities"),
        pytest.param(["-u", "1234:1234", "-e", "HOME=/nowhere", *HARDENED], id="all of that"),
    ],
)
def test_any_user_and_a_read_only_root_will_do(
    engine: Engine, sandbox: Serve, tmp_path: Path, options: list[str]
) -> None:
    """Whoever starts it: only the report directory has to be writable."""
    reports = tmp_path / "reports"
    reports.mkdir(mode=0o777)
    reports.chmod(0o777)
    mount = ["-v", f"{reports}:/reports", "-w", "/reports"]
    done = engine.run_image("run", "--report-dir=out", env=variables(sandbox()), options=[*options, *mount])
    assert done.code == 0, done.out
    assert {path.name for path in (reports / "out").iterdir()} == {
        "junit.xml", "summary.md", "report.json", "report.html", "results.sarif", "test-result.json",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "out"),
    [
        (["sh", "-c", "echo hello; exit 3"], 3, "hello"),
        (["cat", "/etc/hostname"], 0, ""),
        (["/bin/sh", "-c", "ps -A -o pid,command e > /dev/null && echo a | grep -q a && kill -l > /dev/null"], 0, ""),
    ],
)
def test_it_hands_over_to_what_a_ci_system_starts(engine: Engine, arguments: list[str], code: int, out: str) -> None:
    """A shell, cat and ps, kill and grep are there and take our place."""
    done = engine.run_image(*arguments)
    assert done.code == code, done.out
    assert out in done.out


def test_a_typing_error_is_answered_by_us(engine: Engine) -> None:
    """A word that is no command of any kind is exit 2 with a hint."""
    done = engine.run_image("chekc")
    assert done.code == 2
    assert "check" in done.out


@pytest.mark.parametrize(("signal", "code"), [("INT", 130), ("TERM", 143)])
def test_as_the_first_process_it_heeds_signals(
    engine: Engine, sandbox: Serve, signal: str, code: int, tmp_path: Path
) -> None:
    """As PID 1 a signal cancels the run on the platform and ends the gate, well before an engine would kill it."""
    server = sandbox("never-ends")
    name = f"probe-gate-signal-{signal.lower()}"
    words = engine.run_words(env=variables(server), options=["-d", "--name", name])
    words.remove("--rm")
    assert engine(*words).code == 0
    try:
        wait_until(lambda: server.active_runs, lambda: engine("logs", name).out)
        engine("kill", "--signal", signal, name)
        done = engine("wait", name)
        assert done.out.strip() == str(code), engine("logs", name).out
        assert server.active_runs == []
    finally:
        engine.remove(name)


def test_a_checkout_cannot_bring_modules_along(engine: Engine, tmp_path: Path) -> None:
    """The working directory is the change under test: its json.py and PYTHONPATH are not what we import."""
    for name in ("json", "requests", "probe_gate", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("print('taken over')\n")
    options = ["-v", f"{tmp_path}:/checkout", "-w", "/checkout", "-e", "PYTHONPATH=/checkout"]
    done = engine.run_image("run", options=options)
    assert done.code == 2
    assert "taken over" not in done.out


def test_nothing_that_builds_is_left_in_it(engine: Engine) -> None:
    """No compiler, no package cache, no test tools and no sandbox in what we put on top of the base."""
    script = (
        "ls /var/lib/apt/lists /root/.cache 2>/dev/null; command -v gcc cc make; ls /opt/probe-gate/lib/*/site-packages"
    )
    found = engine.run_image("sh", "-c", script).out
    assert (
        re.search(r"^(gcc|/usr/bin/(gcc|cc|make)|pip|pytest|fastapi|uvicorn|setuptools).*$", found, re.MULTILINE)
        is None
    )
    assert "requests" in found
    assert engine.run_image("sh", "-c", "ls /opt/probe-gate/src/probe_gate/sandbox").code != 0


def test_its_templates_are_compiled(engine: Engine) -> None:
    """For any user, because nothing can be written at run time."""
    code = (
        "from jinja2 import Environment; Environment.compile = None; "
        "from probe_gate.reports.html import compile_templates; compile_templates()"
    )
    options = ["-u", "1234:1234", "--entrypoint", "/opt/probe-gate/bin/python"]
    done = engine.run_image("-c", code, options=options)
    assert done.code == 0, done.out


def test_the_sandbox_is_missed_in_plain_words(engine: Engine) -> None:
    """Who asks the image for the demo learns where to find it."""
    done = engine.run_image("demo")
    assert done.code == 2
    assert "not installed" in done.out


def test_it_says_what_it_is(engine: Engine) -> None:
    """Labels name the project, its licence and its version; there is no user and no directory of its own."""
    (described,) = json.loads(engine("image", "inspect", IMAGE).out)
    config = described["Config"]
    assert config["Labels"]["org.opencontainers.image.title"] == "probe-gate"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert not config.get("User")
    assert config.get("WorkingDir") in (None, "", "/")
    assert config["Entrypoint"] == ["/usr/local/bin/probe-gate"]


def test_it_is_small(engine: Engine) -> None:
    """What we add to the base stays small; scripts/image-contents shows of what it is made."""
    done = run([ROOT / "scripts" / "image-contents", IMAGE])
    assert done.code == 0, done.out
    print(done.out)
    own = re.search(r"^on top of the base\s+([\d.]+) MB$", done.out, re.MULTILINE)
    assert own is not None, done.out
    assert float(own[1]) <= LARGEST_OWN_MEGABYTES


def test_the_dockerfile_is_clean() -> None:
    """hadolint finds nothing."""
    done = run(["hadolint", ROOT / "Dockerfile"])
    assert done.code == 0, done.out
