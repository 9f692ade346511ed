"""`doctor` against the sandbox in each of its readings, and against wrong keys, regions, workspaces and targets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probe_gate.domain.addresses import REGIONS
from probe_gate.sandbox.readings import NO_SCORES
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import Ended, environment, run, run_here
from tests.harness.profiles import slow_after
from tests.harness.servers import RawServer, answer, sends
from tests.harness.shared_clock import SharedClock
from tests.harness.target_files import TOKEN, write_target

HOUR = 3600.0

READINGS = [
    "",
    *(f"executed={word}" for word in ("request", "start", "end", "request-then-end", "update", "never")),
    *(f"scores={word}" for word in ("run", "request", "start", "first-probe", "last-probe", "end", "computation")),
    *(f"precision={word}" for word in ("7", "us", "ms", "s", "s-rounded", "min", "day", "date", "day/ms", "ms/day")),
    *(f"zone={word}" for word in ("Z", "+02:00", "none", "local", "none/Z")),
    "skew=2s",
    "lag=30s", "lag=never", "lag=30s,steps=3", "date-lead=5s", "appear=per-probe", "latest=end",
    *(f"units={word}" for word in ("judged", "planned", "messages", "conversations")),
    *(f"no-scores={word},earlier=never" for word in NO_SCORES),
    "status=FINISHED",
    *(f"counts={word}" for word in (
        "null-zero", "absent-zero", "no-error-count", "no-passed-count", "total-without-errors", "at-end",
    )),
    "counts-lag=10s", "probes=shared-name", "probes=null", "configured=3", "replica=5s",
    "earlier=20m", "earlier=3h", "stuck=RUNNING", "stuck=CANCELLING", "future=30d", "nightly-before=1h",
]  # fmt: skip
"""Each value that a reading may have: none of these is a reason for a gate not to start."""


def findings(ended: Ended) -> dict[str, Any]:
    """The findings by their ids."""
    found: list[dict[str, Any]] = json.loads(ended.out)["findings"]
    return {one["id"]: one for one in found}


def examine(tmp_path: Path, server: SandboxServer, *arguments: str, **variables: str) -> Ended:
    env = environment(tmp_path, server.environment, variables)
    return run_here(tmp_path, "doctor", "--output", "json", *arguments, env=env, clock=SharedClock())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer("passing", history=4) as server:
        yield server


@pytest.mark.parametrize("reading", slow_after(30, READINGS))
def test_every_platform_that_the_description_allows_is_fit_for_a_gate(tmp_path: Path, reading: str) -> None:
    """Nothing is started or changed, and each item is there."""
    with SandboxServer("passing", reading=reading, history=0 if "earlier=never" in reading else 4) as server:
        ended = examine(tmp_path, server)
        methods = {request.method for request in server.requests}
    found = findings(ended)

    assert methods == {"GET"}
    assert {"python", "proxy", "certificates", "api-key", "platform", "workspace", "target", "runs", "policy"} <= set(
        found
    )
    assert found["proof"]["data"]["basis"] in ("counts", "dates", "first-run", "unknown")
    assert not [one for one in found.values() if one["status"] == "problem"]
    assert ended.code == 0
    assert not (tmp_path / "probe-gate-report").exists()


@pytest.mark.parametrize(
    ("reading", "basis"),
    [
        ("units=judged", "counts"),
        ("units=planned", "counts"),
        ("units=messages", "dates"),
        ("units=conversations", "dates"),
        ("earlier=never", "first-run"),
        ("units=messages,earlier=10m", "unknown"),
    ],
)
def test_what_will_prove_the_scores_is_named(tmp_path: Path, reading: str, basis: str) -> None:
    """With the option that helps where it may fail."""
    history = 0 if "earlier=never" in reading else 4
    with SandboxServer("passing", reading=reading, history=history) as server:
        proof = findings(examine(tmp_path, server))["proof"]
    assert proof["data"] == {"basis": basis}
    assert (basis == "dates") == ("--unproven-scores trust" in (proof["hint"] or ""))


@pytest.mark.parametrize(
    ("reading", "runs", "scores"),
    [
        ("precision=us/s", "microsecond", "second"),
        ("precision=min/day", "minute", "day"),
        ("executed=never,precision=ms", None, "millisecond"),
    ],
)
def test_the_precision_of_the_dates_is_shown(tmp_path: Path, reading: str, runs: str | None, scores: str) -> None:
    """Of runs and scores, each on its own."""
    with SandboxServer("passing", reading=reading, history=12) as server:
        dates = findings(examine(tmp_path, server))["dates"]["data"]
    assert dates["runs"]["precision"] == runs
    assert dates["scores"]["precision"] == scores


@pytest.mark.parametrize(("arguments", "code"), [((), 7), (("--completed-status", "DONE"), 0)])
def test_an_unknown_status_is_named_with_the_option_for_it(
    tmp_path: Path, arguments: tuple[str, ...], code: int
) -> None:
    """The gate would not see such a run end."""
    clock = SharedClock()
    with SandboxServer("passing", reading="status=DONE", history=0, clock=clock.time) as server:
        server.platform.engine.trigger(1, None, "by hand")
        clock.advance(HOUR)
        ended = examine(tmp_path, server, *arguments)
    runs = findings(ended)["runs"]
    assert runs["data"]["unknownStatuses"] == (["DONE"] if code else [])
    assert ("--completed-status 'DONE'" in (runs["hint"] or "")) == (code != 0)
    assert ended.code == code


def test_a_wrong_key_is_exit_code_3_and_never_printed(tmp_path: Path, sandbox: SandboxServer) -> None:
    """Nothing else is asked with it."""
    before = len(sandbox.requests)
    ended = examine(tmp_path, sandbox, SPLX_API_KEY="wrong-key-of-somebody")
    found = findings(ended)
    assert ended.code == 3
    assert found["platform"]["status"] == "problem"
    assert found["workspace"]["status"] == found["target"]["status"] == "skipped"
    assert "wrong-key-of-somebody" not in ended.output
    assert len(sandbox.requests) == before + 1


@pytest.mark.parametrize(("is_accepted", "words"), [(True, "--api-url us"), (False, "does not, either")])
def test_a_key_of_the_other_region_is_recognized(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_accepted: bool, words: str
) -> None:
    """Both regions are asked where one answers 401."""
    with SandboxServer(api_key="key-of-eu") as eu, SandboxServer(api_key="key-of-us") as us:
        monkeypatch.setitem(REGIONS, "eu", eu.url)
        monkeypatch.setitem(REGIONS, "us", us.url)
        key = "key-of-us" if is_accepted else "key-of-nobody"
        ended = examine(tmp_path, eu, SPLX_API_URL="eu", SPLX_API_KEY=key)
        assert len(us.requests) == 1
    assert ended.code == 3
    assert words in ended.out


@pytest.mark.parametrize(
    ("variables", "code", "wrong"),
    [
        ({"SPLX_WORKSPACE_ID": "999"}, 3, {"target"}),
        ({"SPLX_TARGET_ID": "77"}, 3, {"target"}),
        ({"SPLX_TARGET_ID": "1,77"}, 3, {"target"}),
        ({"SPLX_WORKSPACE_ID": ""}, 2, {"workspace"}),
        ({"SPLX_TARGET_ID": ""}, 2, {"target"}),
        ({"SPLX_TARGET_ID": "seven"}, 2, {"target"}),
        ({"SPLX_API_KEY": ""}, 2, {"api-key"}),
        ({"SPLX_API_KEY": "one two"}, 2, {"api-key"}),
        ({"SPLX_API_URL": "http://example.com"}, 2, {"platform"}),
        ({"PROBE_GATE_TIMEOUT": "soon"}, 2, {"options"}),
        ({"PROBE_GATE_TIMEOT": "45m"}, 2, {"options"}),
        ({"PROBE_GATE_POLICY": "absent.yml"}, 2, {"policy"}),
        ({"PROBE_GATE_MIN_TEST_CASES": "100000"}, 7, {"next-run"}),
        ({"PROBE_GATE_MIN_CATEGORY_SCORE": "Securty=70,Safety=70"}, 7, {"category:Securty"}),
        ({"PROBE_GATE_TARGET_URL": "https://probe.splx.ai/w/9/target/8"}, 2, {"target", "target:2", "target:3"}),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:1", "SPLX_API_URL": "eu"}, 2, {"proxy"}),
        ({"REQUESTS_CA_BUNDLE": "/absent.pem", "SPLX_API_URL": "eu"}, 2, {"certificates"}),
    ],
)
def test_what_is_wrong_is_found_and_named(
    tmp_path: Path, sandbox: SandboxServer, variables: dict[str, str], code: int, wrong: set[str]
) -> None:
    """Each problem has one line of what to do, and the exit code is that of a gate."""
    ended = examine(tmp_path, sandbox, **variables)
    problems = {one["id"]: one for one in findings(ended).values() if one["status"] == "problem"}
    assert set(problems) == wrong
    assert all(one["hint"] and "\n" not in one["hint"] for one in problems.values())
    assert ended.code == code == json.loads(ended.out)["exitCode"]


def test_a_broken_policy_file_does_not_keep_the_rest_from_being_checked(tmp_path: Path, sandbox: SandboxServer) -> None:
    """Both are told at once."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\npolicy: {min-scor: 80}\n")
    ended = examine(tmp_path, sandbox)
    found = findings(ended)
    assert ended.code == 2
    assert "min-scor" in found["policy"]["text"]
    assert found["platform"]["status"] == found["target"]["status"] == "ok"


def test_limits_are_shown_with_where_they_come_from(tmp_path: Path, sandbox: SandboxServer) -> None:
    """File, variable, flag and default."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\npolicy: {min-score: 85}\n")
    found = findings(examine(tmp_path, sandbox, "--max-attack-success-rate", "5", PROBE_GATE_MIN_TEST_CASES="20"))
    origins = {key.removeprefix("limit:"): one["data"]["origin"] for key, one in found.items() if "limit:" in key}
    assert origins["min-score"].startswith(".probe-gate.yml:2:")
    assert origins["max-attack-success-rate"] == "--max-attack-success-rate"
    assert origins["min-test-cases"] == "PROBE_GATE_MIN_TEST_CASES"
    assert origins["max-error-rate"] == "default"


def test_the_address_of_the_target_is_enough(tmp_path: Path, sandbox: SandboxServer) -> None:
    """With the key."""
    page = f"{sandbox.url}/w/{sandbox.workspace_id}/target/{sandbox.target_id}"
    variables = {"SPLX_WORKSPACE_ID": "", "SPLX_TARGET_ID": ""}
    assert examine(tmp_path, sandbox, "--target-url", page, **variables).code == 0


def test_a_misspelt_category_is_named_with_the_nearest_one(tmp_path: Path, sandbox: SandboxServer) -> None:
    """The limit is a note, not ok; `policy validate` points to doctor, which asks the platform."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\npolicy: {min-category-score: {Securty: 70}}\n")
    found = findings(examine(tmp_path, sandbox))
    text = found["category:Securty"]["text"]
    assert text == "The platform reports no score for Securty; did you mean Security?"
    assert found["limit:min-category-score Securty"]["status"] == "note"
    validated = run_here(tmp_path, "policy", "validate", env=environment(tmp_path))
    assert "Whether the platform reports these categories: probe-gate doctor" in validated.output


def test_an_outage_is_exit_code_4(tmp_path: Path, sandbox: SandboxServer) -> None:
    """Nobody listens there."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        ended = examine(tmp_path, sandbox, SPLX_API_URL=url)
    assert ended.code == 4
    assert findings(ended)["platform"]["outcome"] == "platform-error"


def test_a_proxy_that_refuses_is_named(tmp_path: Path, sandbox: SandboxServer) -> None:
    """With what to check."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        proxy = f"127.0.0.1:{reserved.getsockname()[1]}"
        variables = {"HTTPS_PROXY": f"http://{proxy}", "SPLX_API_URL": "https://probe.example.invalid"}
        ended = examine(tmp_path, sandbox, **variables)
    found = findings(ended)
    assert ended.code == 4
    assert found["proxy"]["text"] == f"{proxy}, from HTTPS_PROXY"
    assert proxy in found["platform"]["text"]


def test_a_proxy_that_lets_nothing_through_is_named(tmp_path: Path, sandbox: SandboxServer) -> None:
    """With the host to allow there."""
    with RawServer(sends(answer("", "403 Forbidden"))) as proxy:
        variables = {"HTTPS_PROXY": proxy.url, "SPLX_API_URL": "https://probe.example.invalid"}
        ended = examine(tmp_path, sandbox, **variables)
    platform = findings(ended)["platform"]
    assert ended.code == 4
    assert "does not let this connection to probe.example.invalid through" in platform["text"]
    assert "Ask for probe.example.invalid to be allowed" in platform["hint"]


def test_a_long_list_of_problems_is_not_cut(tmp_path: Path, sandbox: SandboxServer) -> None:
    """Each of them has to be corrected."""
    keys = "".join(f"  unknown-key-number-{number}: 80\n" for number in range(12))
    (tmp_path / ".probe-gate.yml").write_text(f"version: 1\npolicy:\n{keys}")
    ended = run(tmp_path, "doctor", env=environment(tmp_path, sandbox.environment))
    assert ended.code == 2
    assert all(f"unknown-key-number-{number}" in ended.out for number in range(12))


def test_people_get_a_table_and_a_line_for_each_thing_to_do(tmp_path: Path, sandbox: SandboxServer) -> None:
    """As a process, as it is called."""
    good = run(tmp_path, "doctor", env=environment(tmp_path, sandbox.environment))
    assert good.code == 0
    assert good.out.splitlines()[0].split() == ["ITEM", "FOUND"]
    no_problem = "No problem found. Nothing was started or changed."
    following = "probe-gate check (starts nothing), then probe-gate init"
    assert good.out.splitlines()[-1] == f"{no_problem} Next: {following}"

    (tmp_path / ".probe-gate.yml").write_text("version: 1\n")
    with_policy = run(tmp_path, "doctor", env=environment(tmp_path, sandbox.environment))
    assert with_policy.out.splitlines()[-1] == f"{no_problem} Next: probe-gate run (starts a test run and uses credits)"

    wrong = run(tmp_path, "doctor", env=environment(tmp_path, sandbox.environment, {"SPLX_API_KEY": "wrong"}))
    assert wrong.code == 3
    assert "To do:\n  Platform: " in wrong.out
    assert "Not checked: the platform must accept the key first." in " ".join(wrong.out.split())
    assert wrong.out.splitlines()[-1] == "1 problem. A gate would exit with 3 (auth-error)."


def test_the_address_of_a_target_in_the_policy_file_is_enough(tmp_path: Path, sandbox: SandboxServer) -> None:
    """It gives the workspace that is asked about, too."""
    page = f"{sandbox.url}/w/{sandbox.workspace_id}/target/{sandbox.target_id}"
    (tmp_path / ".probe-gate.yml").write_text(f"version: 1\ntargets:\n  - id: {page}\n")
    found = findings(examine(tmp_path, sandbox, SPLX_WORKSPACE_ID="", SPLX_TARGET_ID=""))
    assert found["workspace"]["data"] == {"workspaceId": sandbox.workspace_id}
    assert not [one for one in found.values() if one["status"] == "problem"]


def test_a_policy_file_of_an_unknown_site_gets_no_key(tmp_path: Path, sandbox: SandboxServer) -> None:
    """As `run` refuses it: the key is sent to no platform that was not named."""
    (tmp_path / ".probe-gate.yml").write_text("version: 1\ntargets:\n  - id: https://probe.example.com/w/5/target/9\n")
    found = findings(examine(tmp_path, sandbox, SPLX_API_URL="", SPLX_WORKSPACE_ID="", SPLX_TARGET_ID=""))
    assert "belongs to no known region" in found["policy"]["text"]
    assert found["platform"]["status"] == "skipped"


def test_a_wrong_option_hides_nothing_that_the_policy_file_says(tmp_path: Path, sandbox: SandboxServer) -> None:
    """The workspace of its page is known all the same."""
    page = f"{sandbox.url}/w/{sandbox.workspace_id}/target/{sandbox.target_id}"
    (tmp_path / ".probe-gate.yml").write_text(f"version: 1\ntargets:\n  - id: {page}\n")
    wrong = {"PROBE_GATE_TIMEOUT": "abc"}
    found = findings(examine(tmp_path, sandbox, SPLX_WORKSPACE_ID="", SPLX_TARGET_ID="", **wrong))
    assert found["options"]["status"] == "problem"
    assert found["workspace"]["data"] == {"workspaceId": sandbox.workspace_id}
    assert "there is none" not in found["target"]["text"]


@pytest.mark.parametrize(
    ("target_id", "arguments", "code"), [(1, (), 0), (77, (), 3), (2, ("--target-id", "1"), 2), (None, (), 0)]
)
def test_the_target_of_a_target_file_is_examined(
    tmp_path: Path, sandbox: SandboxServer, target_id: int | None, arguments: tuple[str, ...], code: int
) -> None:
    """A temporary one does not exist yet."""
    file = write_target(tmp_path, target_id=target_id)
    variables = {"SPLX_TARGET_ID": "", "PROBE_TARGET_TOKEN": TOKEN}
    ended = examine(tmp_path, sandbox, "--target-file", file, *arguments, **variables)
    found = findings(ended)
    assert ended.code == code
    assert ("runs" in found) == (target_id == 1)
    assert TOKEN not in ended.output
    if not code:
        assert found["target-file"]["data"] == {"id": target_id}


def test_a_wrong_target_file_is_a_problem_with_its_line(tmp_path: Path, sandbox: SandboxServer) -> None:
    """The rest is checked all the same."""
    file = write_target(tmp_path, language="xx")
    found = findings(examine(tmp_path, sandbox, "--target-file", file, PROBE_TARGET_TOKEN=TOKEN))
    assert found["target-file"]["outcome"] == "config-error"
    assert "language" in found["target-file"]["text"]
    assert found["platform"]["status"] == "ok"
