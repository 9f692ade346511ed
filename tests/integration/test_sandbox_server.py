"""The sandbox as a server in this process."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from probe_gate.sandbox.readings import parse_reading
from probe_gate.sandbox.runs import json_bytes
from probe_gate.sandbox.scenarios import Counts, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until
from tests.integration.raw_http import TRIGGER


class Client:
    """One connection that is kept."""

    def __init__(self, sandbox: SandboxServer) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=MAX_WAIT_SECONDS)
        self._workspace = f"/api/workspaces/{sandbox.workspace_id}"
        self._v2 = f"/api/v2/workspaces/{sandbox.workspace_id}"
        self._key = sandbox.api_key

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        text = None if body is None else body if isinstance(body, bytes) else json_bytes(body)
        self._connection.request(method, path, text, {"X-Api-Key": self._key, **headers})
        answer = self._connection.getresponse()
        self.headers = answer.headers
        read = answer.read()
        if answer.headers.get("content-encoding") == "gzip":
            read = gzip.decompress(read)
        return answer.status, json.loads(read) if read else None

    def trigger(self, target_id: int = 1, **changes: Any) -> int:
        status, answer = self.ask(
            "POST", f"{self._workspace}/test-run/trigger", {**TRIGGER, "targetId": target_id, **changes}
        )
        assert status == 200, answer
        return answer["testRunId"]  # type: ignore[no-any-return]

    def cancel(self, run_id: int) -> int:
        return self.ask("POST", f"{self._workspace}/test-run/{run_id}/cancel")[0]

    def listing(self, target_id: int = 1, encoding: str = "identity") -> list[dict[str, Any]]:
        return self.ask("GET", f"{self._workspace}/target/{target_id}/test-runs", **{"Accept-Encoding": encoding})[1]  # type: ignore[no-any-return]

    def scores(self, target_id: int = 1) -> dict[str, Any]:
        return self.ask("GET", f"{self._workspace}/target/{target_id}/scores")[1]  # type: ignore[no-any-return]

    def target(self, method: str, target_id: int | str = "", body: Any = None) -> tuple[int, Any]:
        base = self._workspace if method == "DELETE" else self._v2
        return self.ask(method, f"{base}/target" + (f"/{target_id}" if target_id else ""), body)

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def clients() -> Iterator[list[Client]]:
    opened: list[Client] = []
    yield opened
    for client in opened:
        client.close()


def wait_for_end(client: Client, run_id: int, target_id: int = 1) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        run = next(run for run in client.listing(target_id) if run["id"] == run_id)
        return run if run["status"] not in ("PENDING", "RUNNING") else None

    found = wait_until(ended, f"run {run_id} is over")
    assert found is not None
    return found


def test_a_run_from_trigger_to_scores(clients: list[Client]) -> None:
    """The whole main job, and what the test sees of it."""
    with SandboxServer("category-low", speed=100) as sandbox:
        clients.append(client := Client(sandbox))
        run_id = client.trigger(name="my run")
        run = wait_for_end(client, run_id)
        assert (run["name"], run["status"]) == ("my run", "COMPLETED")
        assert client.scores()["scores"]["Safety"] == 52
        assert [run.id for run in sandbox.runs] == [run_id]
        assert sandbox.active_runs == []
        assert {request.operation for request in sandbox.requests} == {"triggerTestRun", "listTestRuns", "getScores"}
        assert json.loads(sandbox.requests[0].body)["name"] == "my run"
        assert all(request.key == "right" for request in sandbox.requests)
        assert sandbox.recorder.bugs == []


def test_targets_from_creation_to_deletion(clients: list[Client]) -> None:
    """Secrets are masked, changes stay, what is gone is gone."""
    with SandboxServer(speed=100) as sandbox:
        clients.append(client := Client(sandbox))
        settings = dict(sandbox.platform.targets[1].settings)
        connection = {"type": "DIFY", "config": {"apiKey": "made-up"}}
        status, created = client.target("POST", body={"connection": connection, "settings": settings})
        assert (status, created["connection"]["config"]) == (200, {"apiKey": "********"})
        target_id = created["id"]
        assert client.target("PATCH", target_id, {"settings": {**settings, "name": "Renamed"}})[0] == 200
        status, shown = client.target("GET", target_id)
        assert (status, shown["settings"]["name"], shown["connection"]["type"]) == (200, "Renamed", "DIFY")
        assert sandbox.platform.targets[target_id].connection == connection
        assert client.listing(target_id) == []
        assert client.target("DELETE", target_id) == (200, shown)
        assert client.target("GET", target_id)[0] == 403
        assert client.target("DELETE", target_id)[0] == 403


def test_an_outage_is_a_stop_and_a_start(clients: list[Client]) -> None:
    """The same port, the same runs."""
    sandbox = SandboxServer(speed=1)
    with sandbox:
        clients.append(client := Client(sandbox))
        run_id, url = client.trigger(), sandbox.url
    with pytest.raises(ConnectionRefusedError):
        Client(sandbox).listing()
    with sandbox:
        assert sandbox.url == url
        clients.append(again := Client(sandbox))
        assert run_id in [run["id"] for run in again.listing()]


def test_a_stop_does_not_wait_for_what_hangs(clients: list[Client]) -> None:
    """A test that leaves a hanging request behind ends at once."""
    sandbox = SandboxServer(faults=["hang"]).start()
    clients.append(client := Client(sandbox))
    endings: list[BaseException] = []

    def ask() -> None:
        try:
            client.listing()
        except (OSError, http.client.HTTPException) as error:
            endings.append(error)

    waiting = threading.Thread(target=ask)
    waiting.start()
    wait_until(lambda: sandbox.requests, "the request has arrived")
    sandbox.stop()
    waiting.join()
    (ending,) = endings
    assert not isinstance(ending, TimeoutError)


def test_keys_and_workspaces_are_checked(clients: list[Client]) -> None:
    """401 and 403 as the contract has them; which key it was is noted, the key is not."""
    with SandboxServer(api_key="made-up-key") as sandbox:
        clients.append(client := Client(sandbox))
        status, answer = client.ask("GET", "/api/target/types", **{"X-Api-Key": "made-up-other"})
        assert (status, answer["error"]["code"]) == (401, "UNAUTHORIZED")
        assert client.ask("GET", "/api/workspaces/1/target/1/scores")[0] == 403
        assert [request.key for request in sandbox.requests] == ["wrong", "right"]
        assert not any("made-up" in str(request.to_json()) for request in sandbox.requests)


@pytest.mark.slow
def test_long_histories_are_cheap_after_the_first_time(clients: list[Client]) -> None:
    """A hundred thousand runs of old: 30 MB of JSON, a tenth of that compressed."""
    with SandboxServer(history=100_000, speed=100) as sandbox:
        clients.append(client := Client(sandbox))
        run_id = client.trigger()
        assert len(client.listing(encoding="gzip")) == 100_001
        assert int(client.headers["content-length"]) < 4_000_000
        runs = client.listing()
        assert int(client.headers["content-length"]) > 25_000_000
        assert runs[0]["id"] == run_id
        assert len({run["id"] for run in runs}) == 100_001


def test_an_etag_saves_the_transfer(clients: list[Client]) -> None:
    """304 while nothing has changed."""
    with SandboxServer(etag=True) as sandbox:
        clients.append(client := Client(sandbox))
        client.listing()
        etag = client.headers["etag"]
        path = f"/api/workspaces/{sandbox.workspace_id}/target/1/test-runs"
        assert client.ask("GET", path, **{"If-None-Match": etag}) == (304, None)
        client.trigger()
        assert client.ask("GET", path, **{"If-None-Match": etag})[0] == 200


def test_a_target_has_a_scenario_of_its_own(clients: list[Client]) -> None:
    """And values made on the spot are as good as names."""
    ending = Scenario(statuses=("RUNNING", "ERROR"), counts=Counts(1, 2, 3), run_seconds=1)
    with SandboxServer(speed=100, scenarios={2: "failing", 3: ending}) as sandbox:
        clients.append(client := Client(sandbox))
        for target_id in (1, 2, 3):
            wait_for_end(client, client.trigger(target_id), target_id)
        assert client.scores(1)["overallScore"] > 80 > client.scores(2)["overallScore"]
        last = client.listing(3)[0]
        assert [last[name] for name in ("status", "passedCount", "failedCount", "errorCount")] == ["ERROR", 1, 2, 3]


def test_a_reading_is_spoken_over_http(clients: list[Client]) -> None:
    """Dates, counts and the answer of a target without scores; a scenario set later is told on the same platform."""
    reading = "executed=end,precision=s/7,zone=none/Z,counts=no-error-count,earlier=never,no-scores=422"
    with SandboxServer(speed=100, reading=reading) as sandbox:
        clients.append(client := Client(sandbox))
        path = f"/api/workspaces/{sandbox.workspace_id}/target/1/scores"
        assert client.ask("GET", path)[0] == 422
        run = wait_for_end(client, client.trigger())
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", run["executionDate"])
        assert "errorCount" not in run
        assert re.fullmatch(r".*T\d\d:\d\d:\d\d\.\d{7}Z", client.scores()["latestExecutionDate"])
        assert client.ask("GET", "/sandbox")[1]["reading"] == str(parse_reading(reading))
        sandbox.set_scenario("failing", 2)
        run = wait_for_end(client, client.trigger(2), 2)
        assert "errorCount" not in run
        assert client.scores(2)["overallScore"] < 80


@pytest.mark.parametrize(("answer", "status"), [("204", 204), ("empty-body", 200)])
def test_an_answer_can_have_no_body(clients: list[Client], answer: str, status: int) -> None:
    """Over a connection that is used again."""
    with SandboxServer(reading=f"earlier=never,no-scores={answer}") as sandbox:
        clients.append(client := Client(sandbox))
        path = f"/api/workspaces/{sandbox.workspace_id}/target/1/scores"
        assert client.ask("GET", path) == (status, None)
        assert client.ask("GET", path) == (status, None)


def test_the_control_api_changes_the_reading(clients: list[Client]) -> None:
    """On top of what the sandbox was started with; earlier runs follow it too."""
    with SandboxServer(speed=100, reading="executed=never", history=2) as sandbox:
        clients.append(client := Client(sandbox))
        changed = {"changes": {"reading": "probes=null"}, "targetId": 2}
        status, scenario = client.ask("POST", "/sandbox/scenario", changed)
        assert (status, scenario["reading"]) == (200, "executed=never,probes=null")
        assert [(run["executionDate"], run["probes"]) for run in client.listing(2)] == [(None, None)] * 2
        assert all(run["probes"] for run in client.listing(1))
        status, refused = client.ask("POST", "/sandbox/scenario", {"changes": {"reading": "probe=null"}})
        assert (status, "Did you mean 'probes'?" in refused["error"]["message"]) == (400, True)


def test_a_state_file_outlives_the_server(clients: list[Client], tmp_path: Any) -> None:
    """Runs and targets are there again."""
    file = tmp_path / "state.json"
    with SandboxServer(state_file=file) as sandbox:
        clients.append(client := Client(sandbox))
        run_id = client.trigger()
        client.target("DELETE", 4)
    with SandboxServer(state_file=file) as sandbox:
        clients.append(client := Client(sandbox))
        assert run_id in [run["id"] for run in client.listing()]
        assert client.target("GET", 4)[0] == 403


def test_the_control_api_shows_and_changes_what_goes_on(clients: list[Client]) -> None:
    """It needs no key, and is not in the log."""
    with SandboxServer(speed=1) as sandbox:
        clients.append(client := Client(sandbox))
        run_id = client.trigger()
        overview = client.ask("GET", "/sandbox")[1]
        assert (overview["runs"], overview["active"], overview["requests"]) == (1, 1, 1)
        assert [run["id"] for run in client.ask("GET", "/sandbox/runs?active=true")[1]] == [run_id]
        client.cancel(run_id)
        runs = client.ask("GET", "/sandbox/runs")[1]
        assert [(run["wasCancelled"], run["isFinished"], run["status"]) for run in runs] == [(True, True, "CANCELLED")]
        assert [r["operation"] for r in client.ask("GET", "/sandbox/requests?operation=cancelTestRun")[1]] == [
            "cancelTestRun"
        ]
        changed = {"name": "failing", "changes": {"run_seconds": 0, "pending_seconds": 0}, "targetId": 2}
        assert client.ask("POST", "/sandbox/scenario", changed)[0] == 200
        client.trigger(2)
        assert client.scores(2)["overallScore"] < 80
        assert client.ask("POST", "/sandbox/scenario", {"name": "nope"})[0] == 400
        assert client.ask("POST", "/sandbox/faults", ["500@scores"])[0] == 200
        assert client.ask("GET", f"/api/workspaces/{sandbox.workspace_id}/target/2/scores")[0] == 500
        assert client.ask("POST", "/sandbox/faults", ["nope"])[0] == 400
        assert client.ask("DELETE", "/sandbox/requests")[0] == 200
        assert client.ask("GET", "/sandbox")[1]["requests"] == 0
        assert client.ask("GET", "/openapi.json")[0] == 200


@pytest.mark.slow
def test_eight_connections_poll_a_thousand_targets() -> None:
    """All at once, and what goes on at once is counted."""
    with SandboxServer(faults=["hold@any:1-8"], targets=1000) as sandbox:

        def poll(part: int) -> int:
            client = Client(sandbox)
            mine = range(1 + part, 1001, 8)
            for target_id in mine:
                client.trigger(target_id)
            listed = sum(bool(client.listing(target_id)) for target_id in mine)
            client.close()
            return listed

        with ThreadPoolExecutor(8) as pool:
            counts = [pool.submit(poll, part) for part in range(8)]
            sandbox.wait_until_held(8)
            sandbox.release()
            assert sum(count.result() for count in counts) == 1000
        assert len(sandbox.runs) == 1000
        assert sandbox.recorder.most_in_flight == 8
        assert len(sandbox.recorder.clients) == 8
