"""A proxy that knows the platform's description, between command line and sandbox, finds nothing to refuse."""

from __future__ import annotations

import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probe_gate.sandbox.operations import OPERATIONS
from tests.contract.session import TARGETS, use_every_command
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until
from tests.platform_faults import FaultySandbox

CONTRACT = Path(__file__).parents[1] / "contract" / "openapi.json"


@contextmanager
def prism(upstream: str, log: Path) -> Iterator[str]:
    """The proxy's address. It refuses each request, and each answer, that breaks the description."""
    program = shutil.which("prism")
    if program is None:
        pytest.fail("prism is not there; scripts/ci-tools installs it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with log.open("w") as file:
        process = subprocess.Popen(
            [program, "proxy", "--errors", "-h", "127.0.0.1", "-p", str(port), str(CONTRACT), upstream],
            stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            wait_until(lambda: _listens(port), "prism listens", process=process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(MAX_WAIT_SECONDS)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=MAX_WAIT_SECONDS).close()
    except OSError:
        return False
    return True


def test_a_session_that_uses_every_command_breaks_nothing(tmp_path: Path) -> None:
    """All operations, all connection types: each request and each answer keeps to the description."""
    log = tmp_path / "prism.log"
    with (
        FaultySandbox("passing", speed=20, targets=TARGETS) as sandbox,
        prism(sandbox.url, log) as url,
    ):
        use_every_command(sandbox, tmp_path, {**sandbox.environment, "SPLX_API_URL": url})
        operations = {request.operation for request in sandbox.requests}
    assert operations == {operation.id for operation in OPERATIONS}
    found = [line for line in log.read_text().splitlines() if "violation" in line.lower() or "✖" in line]
    assert found == []


def test_the_proxy_would_have_refused(tmp_path: Path) -> None:
    """An answer with a field too many is held back, and so is a request."""
    with (
        FaultySandbox("passing", ["extra-fields@types:*"]) as sandbox,
        prism(sandbox.url, tmp_path / "prism.log") as url,
    ):
        headers = {"X-Api-Key": sandbox.api_key, "Content-Type": "application/json"}
        trigger = f"{url}/api/workspaces/{sandbox.workspace_id}/test-run/trigger"
        for address, body in ((f"{url}/api/target/types", None), (trigger, b'{"targetId": 1}')):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(urllib.request.Request(address, body, headers))  # noqa: S310 - loopback
            assert "prism/errors" in caught.value.read().decode()
