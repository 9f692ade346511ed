"""The commands on targets against the sandbox, which masks secrets as platforms do."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.server import SandboxServer
from tests.harness.target_files import TOKEN, TYPE_ID, write_target
from tests.harness.waiting import MAX_WAIT_SECONDS


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer("passing", history=3, strict=True) as server:
        yield server


def run(sandbox: SandboxServer, *arguments: str, **variables: str) -> int:
    return run_command(["target", *arguments], {**sandbox.environment, "PROBE_TARGET_TOKEN": TOKEN, **variables})


def ask(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], *arguments: str, **variables: str) -> Any:
    """The command's JSON."""
    assert run(sandbox, *arguments, "--output", "json", **variables) == 0
    return json.loads(capsys.readouterr().out)


def sent(sandbox: SandboxServer) -> list[tuple[str, dict[str, Any]]]:
    """The requests that changed a target, and what they held."""
    return [
        (one.method, json.loads(one.body)) for one in sandbox.requests if one.method in ("POST", "PATCH") and one.body
    ]


def test_types_show_their_probes_by_risk(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """With a star at what is recommended."""
    assert run(sandbox, "types") == 0
    out = capsys.readouterr().out
    assert f"Customer support chatbot  ({TYPE_ID})" in out
    assert "critical    1*, 2*, 3*, 8*, 17*" in out


def test_types_need_no_workspace(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The list is the same for all."""
    types = ask(sandbox, capsys, "types", SPLX_WORKSPACE_ID="")
    assert types[0]["id"] == TYPE_ID
    assert {"probeId", "isRecommended", "weight"} == set(types[0]["details"][0])


def test_a_target_is_shown_without_secrets(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """In a table that fits, and as JSON."""
    assert run(sandbox, "show", "--target-id", "2") == 0
    out = capsys.readouterr().out
    assert "settings.name                            Knowledge assistant" in out
    assert "connection.config.headers.Authorization  (set, not shown)" in out
    assert max(map(len, out.splitlines())) <= 110
    target = ask(sandbox, capsys, "show", "--target-id", "2")
    assert target["connection"]["config"]["headers"] == {"Authorization": "***"}


def test_a_target_is_made_kept_in_its_state_and_deleted(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The whole life of a target as code. A masked secret is never a change."""
    made = ask(sandbox, capsys, "create", write_target(tmp_path))
    target_id = made["targetId"]
    assert made["action"] == "created"
    assert sandbox.platform.targets[target_id].connection["config"]["headers"] == {"Authorization": f"Bearer {TOKEN}"}

    same = ask(sandbox, capsys, "apply", write_target(tmp_path, target_id=target_id))
    assert (same["action"], same["changes"]) == ("unchanged", [])
    assert same["notCompared"] == ["connection.config.headers.Authorization"]

    before = len(sent(sandbox))
    changed = write_target(tmp_path, target_id=target_id, rateLimit="90", url="https://new.example.com/chat")
    planned = ask(sandbox, capsys, "apply", changed, "--dry-run")
    assert planned["action"] == "would-update"
    assert len(sent(sandbox)) == before

    done = ask(sandbox, capsys, "apply", changed)
    assert done["action"] == "updated"
    assert (
        done["changes"]
        == planned["changes"]
        == [
            {
                "field": "connection.config.url",
                "kind": "changed",
                "secret": False,
                "old": "https://bot.example.com/chat",
                "new": "https://new.example.com/chat",
            },
            {"field": "settings.rateLimit", "kind": "changed", "secret": False, "old": 60, "new": 90},
        ]
    )
    assert len(sent(sandbox)) == before + 1
    assert ask(sandbox, capsys, "apply", changed)["action"] == "unchanged"
    assert len(sent(sandbox)) == before + 1
    kept = sandbox.platform.targets[target_id].connection["config"]
    assert kept["headers"] == {"Authorization": f"Bearer {TOKEN}"}

    assert ask(sandbox, capsys, "delete", "--target-id", str(target_id), "--yes")["action"] == "deleted"
    assert target_id not in sandbox.platform.targets


def test_a_rotated_secret_is_sent_on_demand(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A platform that masks cannot tell that it was rotated."""
    target_id = ask(sandbox, capsys, "create", write_target(tmp_path))["targetId"]
    file = write_target(tmp_path, target_id=target_id)
    rotated = {"PROBE_TARGET_TOKEN": "the-next-token"}

    assert run(sandbox, "apply", file, **rotated) == 0
    out = capsys.readouterr().out
    assert "connection.config.headers.Authorization. --send-secrets sends them." in out
    assert ask(sandbox, capsys, "apply", file, "--send-secrets", **rotated)["action"] == "updated"
    headers = sandbox.platform.targets[target_id].connection["config"]["headers"]
    assert headers == {"Authorization": "Bearer the-next-token"}


def test_a_secret_that_a_platform_shows_is_compared_and_never_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Only that it changed."""
    with SandboxServer(echo_secrets=True) as sandbox:
        target_id = ask(sandbox, capsys, "create", write_target(tmp_path))["targetId"]
        file = write_target(tmp_path, target_id=target_id)
        assert ask(sandbox, capsys, "apply", file)["action"] == "unchanged"

        assert run(sandbox, "apply", file, PROBE_TARGET_TOKEN="the-next-token") == 0
        out = capsys.readouterr().out
        assert "  ~ connection.config.headers.Authorization: changed\n" in out
        assert run(sandbox, "show", "--target-id", str(target_id)) == 0
        shown = out + capsys.readouterr().out
        assert "the-next-token" not in shown
        assert TOKEN not in shown


def test_apply_makes_a_target_where_the_file_has_no_id(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A variable for the gate does not turn that into an update of another target."""
    file = write_target(tmp_path)
    assert run(sandbox, "apply", file, "--dry-run") == 0
    planned = capsys.readouterr()
    assert "+ connection.config.headers.Authorization: set" in planned.out
    assert "SPLX_TARGET_ID is ignored" in planned.err

    before = set(sandbox.platform.targets)
    assert run(sandbox, "apply", file) == 0
    (made,) = set(sandbox.platform.targets) - before
    assert f"Target {made} was created." in capsys.readouterr().out
    assert sandbox.platform.targets[1].settings["name"] == "Support bot"


def test_update_needs_to_know_its_target(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The file, the flag or the variable names it; a file and a flag that differ are a mistake."""
    file = write_target(tmp_path)
    assert run(sandbox, "update", file, SPLX_TARGET_ID="") == 2
    assert "--target-id" in capsys.readouterr().err
    assert ask(sandbox, capsys, "update", file, "--target-id", "5", "--dry-run")["targetId"] == 5
    assert run(sandbox, "update", write_target(tmp_path, target_id=4), "--target-id", "5") == 2
    assert "is for target 4" in capsys.readouterr().err


def test_long_values_are_shown_from_where_they_differ(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A change at the end of a long text can be seen, and the lines stay short."""
    text = "A" * 300
    first = ask(sandbox, capsys, "create", write_target(tmp_path, description=f"{text}1"))["targetId"]
    assert run(sandbox, "apply", write_target(tmp_path, target_id=first, description=f"{text}2"), "--dry-run") == 0
    changes, _, rest = capsys.readouterr().out.partition("The platform shows")
    assert max(map(len, changes.splitlines())) <= 120
    assert "A1\n" in changes
    assert "A2\n" in changes
    assert "would be updated" in rest


def test_mistakes_of_a_file_are_told_at_once_before_anything_is_sent(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With their lines."""
    before = len(sandbox.requests)
    file = write_target(tmp_path, environment="Dev", language="english", Authorization="${PROBE_TARGET_NONE}")
    assert run(sandbox, "apply", file) == 2
    err = capsys.readouterr().err
    assert f"3 problems in {file}." in err
    assert f"  - {file}:8:22: the variable PROBE_TARGET_NONE is not set" in err
    assert f"  - {file}:11:16: Dev is not a value of environment; did you mean DEV?" in err
    assert len(sandbox.requests) == before


@pytest.mark.parametrize("command", ["create", "apply", "update"])
def test_a_file_that_is_not_there_is_a_mistake(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Said in words."""
    assert run(sandbox, command, "nowhere.yml") == 2
    assert "nowhere.yml: there is no such file." in capsys.readouterr().err


def test_create_refuses_a_file_about_a_target_that_is_there(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A second target would be made of it each time."""
    assert run(sandbox, "create", write_target(tmp_path, target_id=3)) == 2
    assert "is for target 3" in capsys.readouterr().err


class Parrot(BaseHTTPRequestHandler):
    """A platform that refuses everything and repeats all that it was sent."""

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key = self.headers["X-Api-Key"]
        body = json.dumps(
            {"error": {"message": sent, "code": key, "validationErrors": {sent[:200]: [sent, key]}}}
        ).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_what_the_platform_says_of_a_refusal_holds_no_secret(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Even when it repeats what it was sent: neither the API key nor what came from the environment."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        file = write_target(tmp_path, type="${PROBE_TARGET_TYPE}", rateLimit="77")
        assert run(sandbox, "create", file, SPLX_API_URL=url, PROBE_TARGET_TYPE="SECRET_TYPE_NAME") == 2
    finally:
        server.shutdown()
        server.server_close()
    err = capsys.readouterr().err
    assert "answered 400" in err
    assert "https://bot.example.com/chat" in err
    assert "SECRET_TYPE_NAME" not in err
    assert TOKEN not in err
    assert sandbox.api_key not in err


def test_nobody_is_deleted_for_without_a_yes(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody can be asked, nothing is sent."""
    before = len(sandbox.requests)
    assert run(sandbox, "delete", "--target-id", "5") == 2
    assert "needs confirmation" in capsys.readouterr().err
    assert len(sandbox.requests) == before


def test_a_mark_keeps_any_other_target_from_being_deleted(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What cleans up after a killed job deletes what that job made, and nothing else."""
    mark = "pg-3f9a2c1b.2.k4x7q2"
    assert run(sandbox, "delete", "--target-id", "5", "--yes", "--tag", mark) == 2
    assert "does not begin with the run tag" in capsys.readouterr().err
    assert 5 in sandbox.platform.targets
    made = ask(sandbox, capsys, "create", write_target(tmp_path, name=f"{mark} Preview"))["targetId"]
    assert run(sandbox, "delete", "--target-id", str(made), "--yes", "--tag", f"{mark[:-1]}3") == 2
    assert run(sandbox, "delete", "--target-id", str(made), "--yes", "--tag", mark) == 0
    assert made not in sandbox.platform.targets


def test_the_address_of_a_page_selects_the_target_as_its_id_does(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A flag, unlike a variable, is meant for this command: nothing is created, and no other target is updated."""
    page = f"{sandbox.url}/w/{sandbox.workspace_id}/target/5"
    for by_flag in (("--target-id", "5"), ("--target-url", page)):
        planned = ask(sandbox, capsys, "apply", write_target(tmp_path), "--dry-run", *by_flag, SPLX_TARGET_ID="")
        assert (planned["action"], planned["targetId"]) == ("would-update", 5)
        assert run(sandbox, "apply", write_target(tmp_path, target_id=4), "--dry-run", *by_flag, SPLX_TARGET_ID="") == 2


class Terminal:
    """The command at a terminal."""

    def __init__(self, sandbox: SandboxServer, *arguments: str) -> None:
        environ = {**sandbox.environment, "PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1"}
        self.end, other = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "probe_gate", *arguments], stdin=other, stdout=other, stderr=other, env=environ,
            start_new_session=True,
        )  # fmt: skip
        os.close(other)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Read until the text is shown. Raises `OSError` when the command ends before."""
        while text not in self.shown:
            self.shown += os.read(self.end, 4096).decode()

    def close(self) -> int:
        code = self.process.wait(MAX_WAIT_SECONDS)
        os.close(self.end)
        return code


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2), ("\x04", 2)])
def test_a_person_is_asked_before_a_target_is_deleted(sandbox: SandboxServer, answer: str, code: int) -> None:
    """Anything but a yes is a no."""
    target_id = sandbox.platform.create_target(sandbox.platform.targets[2])
    terminal = Terminal(sandbox, "target", "delete", "--target-id", str(target_id))
    terminal.wait_for(f"Delete Knowledge assistant (target {target_id}), with all its test runs and scores? [y/N] ")
    os.write(terminal.end, answer.encode())
    assert terminal.close() == code
    assert (target_id in sandbox.platform.targets) is (code != 0)


def test_a_signal_while_a_person_is_asked_ends_at_once(sandbox: SandboxServer) -> None:
    """Nothing is deleted."""
    terminal = Terminal(sandbox, "target", "delete", "--target-id", "5")
    terminal.wait_for("[y/N] ")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.close() == 130
    assert 5 in sandbox.platform.targets


@pytest.mark.parametrize("fault", ["dropped-response@create", "truncated@create"])
def test_a_lost_answer_to_the_making_is_said_with_what_to_look_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, fault: str
) -> None:
    """Exit 4, and no second target."""
    with SandboxServer(faults=[fault]) as sandbox:
        before = len(sandbox.platform.targets)
        assert run(sandbox, "create", write_target(tmp_path)) == 4
        err = capsys.readouterr().err
        assert "not known whether a target was created" in err
        assert "a target called Preview" in err
        assert len(sandbox.platform.targets) == before + 1


def test_a_lost_answer_to_the_deletion_is_cleared_up(capsys: pytest.CaptureFixture[str]) -> None:
    """The second request is refused because the first one was obeyed."""
    with SandboxServer(faults=["dropped-response@delete"]) as sandbox:
        assert run(sandbox, "delete", "--target-id", "4", "--yes") == 0
        assert "Coding helper (target 4) was deleted." in capsys.readouterr().out
        assert 4 not in sandbox.platform.targets
