"""`runs list` and `runs cancel` against the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.server import SandboxServer
from tests.harness.servers import RawServer, answers

MARK = "pg-3f9a2c1b.2.k4x7q2"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer("passing", history=45) as server:
        yield server


def run(sandbox: SandboxServer, *arguments: str) -> int:
    return run_command(list(arguments), sandbox.environment)


def test_the_latest_runs_are_shown_with_a_word_on_how_to_see_all(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """A long listing is cut to what a person reads."""
    assert run(sandbox, "runs", "list", "--target-id", "2") == 0

    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["RUN", "STATUS"]
    assert len(rows) == 20
    assert "COMPLETED" in rows[0]
    assert last == "The latest 20 of 45 runs; --all shows all of them."


def test_all_runs_are_shown_when_asked_for(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """--all leaves nothing out, and nothing needs saying."""
    assert run(sandbox, "runs", "list", "--target-id", "2", "--all") == 0
    assert len(capsys.readouterr().out.splitlines()) == 46


def test_a_listing_that_cannot_be_read_is_not_an_empty_one(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """There may be runs; nobody knows."""
    with RawServer(answers("[0, 1]")) as server:
        environ = {**sandbox.environment, "SPLX_API_URL": server.url}
        assert run_command(["runs", "list", "--target-id", "2"], environ) == 0
    printed = capsys.readouterr()
    assert printed.out == "Target 2 has no test runs that could be read.\n"
    assert "2 entries of the listing could not be read as a run." in printed.err


def test_a_program_gets_every_run_with_who_started_it(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON is never cut."""
    assert run(sandbox, "runs", "list", "--target-id", "2", "--output", "json") == 0

    runs = json.loads(capsys.readouterr().out)
    assert len(runs) == 45
    assert runs[0]["state"] == "succeeded"
    assert "@" in runs[0]["startedBy"]
    assert [one["date"] for one in runs] == sorted((one["date"] for one in runs), reverse=True)


def test_no_name_is_cut_outside_of_a_terminal(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log has no width, whatever the environment says of one."""
    monkeypatch.setenv("COLUMNS", "40")
    assert run(sandbox, "runs", "list") == 0
    out = capsys.readouterr().out
    assert "…" not in out
    assert max(map(len, out.splitlines())) > 72


def test_a_run_is_cancelled_by_its_mark(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The full mark is enough; a run of another mark goes on."""
    engine = sandbox.platform.engine
    ours = engine.trigger(1, None, f"{MARK} main")
    other = engine.trigger(1, None, "pg-3f9a2c1b.1.k4x7q2 main")

    assert run(sandbox, "runs", "cancel", "--tag", MARK, "--output", "json") == 0

    assert json.loads(capsys.readouterr().out) == {"cancelled": [ours], "alreadyFinished": []}
    assert engine.run(ours).cancel_requested_at is not None
    assert engine.run(other).cancel_requested_at is None


def test_a_run_is_cancelled_by_its_number(sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The target need not be named; whether the run was still active is then not known, and not claimed."""
    run_id = sandbox.platform.engine.trigger(3, None, "by hand")
    environ = {name: value for name, value in sandbox.environment.items() if name != "SPLX_TARGET_ID"}

    assert run_command(["runs", "cancel", str(run_id)], environ) == 0

    assert capsys.readouterr().out == (
        f"The platform accepted the request to cancel test run {run_id}. "
        "Whether the run was still active is checked only with --target-id.\n"
    )
    assert sandbox.platform.engine.run(run_id).cancel_requested_at is not None


def test_an_active_run_of_a_known_target_is_cancelled(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is said in so many words."""
    run_id = sandbox.platform.engine.trigger(3, None, "by hand")

    assert run(sandbox, "runs", "cancel", str(run_id), "--target-id", "3") == 0

    assert capsys.readouterr().out == f"Test run {run_id} was cancelled on the platform.\n"


@pytest.mark.parametrize("output", ["text", "json"])
def test_cancelling_a_run_that_has_finished_says_so(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], output: str
) -> None:
    """Nothing is sent, and it is no failure: the run is not active, which is what was wanted."""
    assert run(sandbox, "runs", "list", "--target-id", "2", "--output", "json") == 0
    finished = json.loads(capsys.readouterr().out)[0]["id"]
    before = len(sandbox.requests)

    assert run(sandbox, "runs", "cancel", str(finished), "--target-id", "2", "--output", output) == 0

    out = capsys.readouterr().out
    if output == "json":
        assert json.loads(out) == {"cancelled": [], "alreadyFinished": [finished]}
    else:
        assert out == f"Test run {finished} has already finished (COMPLETED). Nothing was cancelled.\n"
    assert [one.method for one in sandbox.requests[before:]] == ["GET"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["cancel"], 2, "Which test run"),
        (["cancel", "7", "--tag", MARK], 2, "Which test run"),
        (["cancel", "seven"], 2, "is not a whole number"),
        (["cancel", "https://probe.splx.ai/w/290/target/91/test-runs/7"], 2, "does not belong to"),
        (["cancel", "--tag", "pg-3f9a"], 2, "is not a run tag"),
        (["cancel", "--tag", MARK, "--target-id", "1,2"], 2, "2 targets are given"),
        (["cancel", "99999"], 3, "99999"),
        (["list", "--target-id", "1,2"], 2, "2 targets are given"),
        (["list", "--target-id", "77"], 3, "target 77"),
    ],
)
def test_mistakes_end_with_a_message_and_the_code_that_says_whose_they_are(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    """2 for the command line, 3 for what the platform does not let this key see."""
    assert run(sandbox, "runs", *arguments) == code
    assert message in capsys.readouterr().err


def test_a_run_is_cancelled_by_the_address_of_its_page(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names workspace, target and run, so nothing else is needed but the key and where the platform is."""
    run_id = sandbox.platform.engine.trigger(3, None, "by hand")
    environ = {name: sandbox.environment[name] for name in ("SPLX_API_KEY", "SPLX_API_URL")}
    page = f"{sandbox.url}/w/{sandbox.environment['SPLX_WORKSPACE_ID']}/target/3/test-runs/{run_id}?tab=results"

    assert run_command(["runs", "cancel", page], environ) == 0

    assert capsys.readouterr().out == f"Test run {run_id} was cancelled on the platform.\n"


def test_the_address_of_a_page_without_a_run_cancels_nothing(
    sandbox: SandboxServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of a target has many runs."""
    assert run(sandbox, "runs", "cancel", f"{sandbox.url}/w/7/target/3") == 2
    assert "is not the address of a page with /test-runs/" in capsys.readouterr().err
