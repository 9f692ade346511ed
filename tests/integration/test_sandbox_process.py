"""`probe-gate sandbox` as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.profiles import slow_after
from tests.harness.waiting import MAX_WAIT_SECONDS


@contextmanager
def sandbox_process(*flags: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process and the variables that its banner exports."""
    command = [sys.executable, "-m", "probe_gate", "sandbox", "--port", "0", *flags]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"]}
    ) as process:
        try:
            exports = {}
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("export "):
                    name, _, value = line.removeprefix("export ").rstrip().partition("=")
                    exports[name] = value
                if line.startswith("Ctrl-C"):
                    break
            yield process, exports
        finally:
            process.kill()


def fetch(exports: dict[str, str], path: str) -> object:
    request = urllib.request.Request(exports["SPLX_API_URL"] + path, headers={"X-Api-Key": exports["SPLX_API_KEY"]})  # noqa: S310
    with urllib.request.urlopen(request, timeout=MAX_WAIT_SECONDS) as answer:  # noqa: S310 - loopback
        return json.load(answer)


@pytest.mark.parametrize("number", slow_after(1, [signal.SIGTERM, signal.SIGINT]))
def test_it_serves_until_it_is_told_to_stop(number: signal.Signals) -> None:
    """The banner's lines are all that a client needs; the end is exit 0 and silent."""
    with sandbox_process("--scenario", "failing", "--history", "3") as (process, exports):
        workspace, target = exports["SPLX_WORKSPACE_ID"], exports["SPLX_TARGET_ID"]
        runs = fetch(exports, f"/api/workspaces/{workspace}/target/{target}/test-runs")
        assert isinstance(runs, list)
        assert len(runs) == 3
        process.send_signal(number)
        _, errors = process.communicate(timeout=MAX_WAIT_SECONDS)
        assert (process.returncode, errors) == (0, "")


def test_it_listens_on_loopback_alone() -> None:
    """Nobody else can reach made-up data, either."""
    with sandbox_process() as (process, exports):
        port = int(exports["SPLX_API_URL"].rpartition(":")[2])
        listening = Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()
        local = [line.split()[1] for line in listening if line.split()[1].endswith(f":{port:04X}")]
        assert set(local) == {f"0100007F:{port:04X}"}


def test_a_port_in_use_is_a_plain_message() -> None:
    """Exit 2, and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "probe_gate", "sandbox", "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MAX_WAIT_SECONDS)
    assert ended.returncode == 2
    assert f"Port {port} is in use. Choose another with --port, or --port 0 for any free one." in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_state_file_that_is_none_is_a_plain_message(tmp_path: Path) -> None:
    """Exit 2, and the file is named."""
    file = tmp_path / "notes.txt"
    file.write_text("mine")
    command = [sys.executable, "-m", "probe_gate", "sandbox", "--port", "0", "--state", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=MAX_WAIT_SECONDS)
    assert (ended.returncode, file.read_text()) == (2, "mine")
    assert "notes.txt" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_faults_and_scenarios_come_by_flags() -> None:
    """Repeated ones, too."""
    flags = ("--fault", "503@scores:1", "--fault", "404@types", "--speed", "50", "--seed", "3", "--targets", "2")
    with sandbox_process(*flags) as (_, exports):
        for path in ("/api/target/types", f"/api/workspaces/{exports['SPLX_WORKSPACE_ID']}/target/1/scores"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetch(exports, path)
            refused.value.close()
        requests = fetch(exports, "/sandbox/requests")
        assert isinstance(requests, list)
        assert [request["fault"] for request in requests] == ["404", "503"]


def test_readings_come_by_a_flag() -> None:
    """Repeated ones add up, and the banner's platform means what they say."""
    flags = ("--scenario", "never-scored", "--reading", "no-scores=409,executed=end", "--reading", "earlier=20m")
    with sandbox_process(*flags) as (_, exports):
        runs = fetch(exports, f"/api/workspaces/{exports['SPLX_WORKSPACE_ID']}/target/1/test-runs")
        assert isinstance(runs, list)
        assert len(runs) == 1
        overview = fetch(exports, "/sandbox")
        assert isinstance(overview, dict)
        assert overview["reading"] == "executed=end,no-scores=409,earlier=1200s"
