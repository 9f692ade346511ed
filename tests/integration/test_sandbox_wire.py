"""Each fault as it is seen on the wire, with a bare socket."""

from __future__ import annotations

import gzip
import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from probe_gate.sandbox.fault_kinds import STATUSES
from probe_gate.sandbox.server import SandboxServer
from tests.harness.shared_clock import SharedClock
from tests.harness.waiting import wait_until
from tests.integration.raw_http import asking, nothing_has_come, talk
from tests.platform_faults import FaultySandbox
from tests.platform_faults.kinds import MALFORMED


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with FaultySandbox("passing", speed=100) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: SandboxServer) -> Iterator[SandboxServer]:
    """A sandbox without faults and with an empty log; a bug of its own fails the test."""
    server.set_faults()
    server.recorder.clear()
    yield server
    assert server.recorder.bugs == []


def runs_after(sandbox: SandboxServer, before: int) -> int:
    return len(sandbox.runs) - before


def test_without_a_fault_all_is_well(sandbox: SandboxServer) -> None:
    """The measure of all that follows."""
    wire = talk(sandbox, "scores")
    assert (wire.status, wire.ending, len(wire.body)) == (200, "closed", wire.promised)
    assert json.loads(wire.body)["overallScore"] > 80


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_a_status_comes_instead_of_the_work(sandbox: SandboxServer, status: int) -> None:
    """Nothing was started; the next call is answered as ever."""
    before = len(sandbox.runs)
    sandbox.set_faults(f"{status}@trigger")
    assert talk(sandbox, "trigger").status == status
    assert runs_after(sandbox, before) == 0
    assert talk(sandbox, "trigger").status == 200
    assert [request.fault for request in sandbox.requests] == [str(status), None]


@pytest.mark.parametrize("fault", ["429=7@list", "503=7@list"])
def test_a_refusal_can_say_when_to_come_back(sandbox: SandboxServer, fault: str) -> None:
    """In Retry-After."""
    sandbox.set_faults(fault)
    assert "retry-after: 7" in talk(sandbox, "list").head


@pytest.mark.parametrize("status", ["502", "503", "504"])
def test_a_gateway_answers_with_a_page(sandbox: SandboxServer, status: str) -> None:
    """HTML, no JSON."""
    sandbox.set_faults(f"{status}@scores")
    wire = talk(sandbox, "scores")
    assert "content-type: text/html" in wire.head
    assert wire.body.startswith(b"<!doctype html>")


def test_a_page_can_say_that_all_is_well(sandbox: SandboxServer) -> None:
    """Status 200, and no JSON."""
    sandbox.set_faults("html-page@scores")
    wire = talk(sandbox, "scores")
    assert wire.status == 200
    assert b"<html>" in wire.body


def test_a_redirect_leads_to_another_host(sandbox: SandboxServer) -> None:
    """By default to the same machine under another name, where who follows is seen."""
    sandbox.set_faults("redirect@scores", "redirect=http://localhost:9/x@list")
    wire = talk(sandbox, "scores")
    assert wire.status == 302
    assert f"location: http://localhost:{sandbox.port}/elsewhere" in wire.head
    assert "location: http://localhost:9/x" in talk(sandbox, "list").head


def test_the_key_can_be_echoed(sandbox: SandboxServer) -> None:
    """In the message and in the fields of the error."""
    sandbox.set_faults("key-echo@list")
    wire = talk(sandbox, "list")
    assert wire.status == 400
    assert wire.body.count(sandbox.api_key.encode()) == 3


def test_a_reset_comes_before_the_work(sandbox: SandboxServer) -> None:
    """A TCP reset, not a mere end, and nothing was started."""
    before = len(sandbox.runs)
    sandbox.set_faults("reset@trigger")
    wire = talk(sandbox, "trigger")
    assert (wire.data, wire.ending) == (b"", "reset")
    assert runs_after(sandbox, before) == 0


@pytest.mark.parametrize(
    ("fault", "ending"), [("dropped-response", "closed"), ("dropped-reset", "reset"), ("dropped-hang=0.3", "closed")]
)
def test_an_answer_is_lost_after_the_work(sandbox: SandboxServer, fault: str, ending: str) -> None:
    """The run exists, and not a byte of the answer came."""
    before = len(sandbox.runs)
    sandbox.set_faults(fault)
    wire = talk(sandbox, "trigger")
    assert (wire.data, wire.ending) == (b"", ending)
    assert runs_after(sandbox, before) == 1
    assert sandbox.requests[-1].status is None


def test_a_page_comes_after_the_work(sandbox: SandboxServer) -> None:
    """The run exists, and a gateway says 502."""
    before = len(sandbox.runs)
    sandbox.set_faults("dropped-page")
    wire = talk(sandbox, "trigger")
    assert (wire.status, runs_after(sandbox, before)) == (502, 1)
    sandbox.set_faults("dropped-page=504")
    assert talk(sandbox, "trigger").status == 504


def test_nothing_comes_for_a_while(sandbox: SandboxServer) -> None:
    """Until the client has had enough, or the time is over; others are answered meanwhile."""
    sandbox.set_faults("hang@scores", "hang=0.01@list")
    with asking(sandbox, "scores") as connection:
        wait_until(lambda: sandbox.requests, "the request has arrived")
        assert talk(sandbox, "types").status == 200
        assert nothing_has_come(connection)
    wire = talk(sandbox, "list")
    assert (wire.data, wire.ending) == (b"", "closed")


def test_an_answer_is_cut_off_in_its_body(sandbox: SandboxServer) -> None:
    """Half of what the headers promise."""
    sandbox.set_faults("truncated@list")
    wire = talk(sandbox, "list")
    assert (wire.status, wire.ending) == (200, "closed")
    assert len(wire.body) == wire.promised // 2


def test_an_answer_is_cut_off_in_its_headers(sandbox: SandboxServer) -> None:
    """There is no blank line after them."""
    sandbox.set_faults("truncated-headers@list")
    wire = talk(sandbox, "list")
    assert wire.data.startswith(b"HTTP/1.1 200")
    assert b"\r\n\r\n" not in wire.data
    assert wire.ending == "closed"


def test_a_body_drips(sandbox: SandboxServer) -> None:
    """The headers come at once, the body byte by byte."""
    sandbox.set_faults("slow-body=600@scores")
    wire = talk(sandbox, "scores", until=lambda data: len(data.partition(b"\r\n\r\n")[2]) > 0)
    assert wire.promised > 100
    assert (len(wire.body), wire.ending) == (1, "open")


def test_headers_drip(sandbox: SandboxServer) -> None:
    """From the first byte on."""
    sandbox.set_faults("slow-headers=600@scores")
    assert talk(sandbox, "scores", until=bool).data == b"H"


def test_a_drip_comes_to_its_end(sandbox: SandboxServer) -> None:
    """With all of its bytes, when one has the patience."""
    sandbox.set_faults("slow-body=0.001@trigger")
    wire = talk(sandbox, "trigger")
    assert "testRunId" in json.loads(wire.body)
    assert (len(wire.body), wire.ending) == (wire.promised, "closed")


def test_an_answer_comes_late(sandbox: SandboxServer) -> None:
    """And is right; others are answered meanwhile."""
    sandbox.set_faults("delay=600@scores", "delay=0.01@list")
    with asking(sandbox, "scores") as connection:
        wait_until(lambda: sandbox.requests, "the request has arrived")
        assert talk(sandbox, "types").status == 200
        assert nothing_has_come(connection)
    wire = talk(sandbox, "list")
    assert (wire.status, len(wire.body)) == (200, wire.promised)


def test_a_response_is_held_back_until_it_is_released(sandbox: SandboxServer) -> None:
    """The work is done by then, and other requests are answered meanwhile."""
    before = len(sandbox.runs)
    sandbox.set_faults("hold@trigger:1")
    with ThreadPoolExecutor() as pool:
        held = pool.submit(talk, sandbox, "trigger")
        (request,) = sandbox.wait_until_held()
        assert (request.operation, request.status, runs_after(sandbox, before)) == ("triggerTestRun", None, 1)
        assert talk(sandbox, "scores").status == 200
        assert not held.done()
        sandbox.release()
        wire = held.result()
    assert json.loads(wire.body)["testRunId"] == sandbox.runs[-1].id
    assert request.fault == "hold"


def test_a_held_response_is_released_over_http(sandbox: SandboxServer) -> None:
    """For a sandbox that is a process of its own."""
    sandbox.set_faults("hold@scores:*")
    with ThreadPoolExecutor() as pool:
        held = pool.submit(talk, sandbox, "scores")
        sandbox.wait_until_held()
        release = urllib.request.Request(f"{sandbox.url}/sandbox/release", method="POST")  # noqa: S310 - loopback
        with urllib.request.urlopen(release) as answer:  # noqa: S310
            assert json.load(answer) == {"released": 1}
        assert held.result().status == 200


def test_an_outage_hits_everything_for_a_while(sandbox: SandboxServer) -> None:
    """Resets, then all is well again."""
    sandbox.set_faults("outage=600@list")
    assert [talk(sandbox, operation).ending for operation in ("list", "scores", "trigger")] == ["reset"] * 3
    sandbox.set_faults("outage=0.01@list")
    assert talk(sandbox, "list").ending == "reset"
    wait_until(lambda: talk(sandbox, "scores").ending != "reset", "the outage is over")
    assert talk(sandbox, "list").status == 200


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_a_malformed_response_is_delivered_whole(sandbox: SandboxServer, name: str) -> None:
    """With status 200 and a length that is true: the mistake is in the body, not in the transport."""
    where = MALFORMED[name][1]
    operation = "scores" if where in ("reads", "any") else where.split(",")[0]
    sandbox.set_faults(f"{name}=2" if name in ("huge", "gzip-bomb") else name)
    wire = talk(sandbox, operation, Accept_Encoding="gzip")
    assert (wire.status, len(wire.body), wire.ending) == (200, wire.promised, "closed")
    assert ("content-encoding: gzip" in wire.head) == (name == "gzip-bomb")


def test_a_bomb_opens_on_the_client(sandbox: SandboxServer) -> None:
    """A few kilobytes become as many MiB as were asked for."""
    sandbox.set_faults("gzip-bomb=20@scores")
    wire = talk(sandbox, "scores")
    assert len(wire.body) < 100_000
    assert len(gzip.decompress(wire.body)) > 20 * 1024 * 1024


@pytest.mark.parametrize("speed", [1, 100])
def test_a_run_is_listed_late(speed: float) -> None:
    """In real seconds, however fast the sandbox is."""
    clock = SharedClock()
    with FaultySandbox(faults=["late-listing=20"], speed=speed, clock=clock.time) as sandbox:
        run_id = json.loads(talk(sandbox, "trigger").body)["testRunId"]

        def is_listed() -> bool:
            return run_id in [run["id"] for run in json.loads(talk(sandbox, "list").body)]

        clock.advance(19.9)
        assert not is_listed()
        clock.advance(0.1)
        assert is_listed()


def test_scores_stay_stale() -> None:
    """The run is over, and the scores are those of before."""
    clock = SharedClock()
    with FaultySandbox("stale-scores", clock=clock.time) as sandbox:
        before = talk(sandbox, "scores").body
        talk(sandbox, "trigger")
        assert sandbox.active_runs
        clock.advance(3600.0)
        assert sandbox.active_runs == []
        assert talk(sandbox, "scores").body == before


def test_two_faults_strike_together(sandbox: SandboxServer) -> None:
    """A malformed response that is also truncated."""
    sandbox.set_faults("score-880", "truncated@scores")
    wire = talk(sandbox, "scores")
    assert b'"overallScore":880' in wire.body
    assert len(wire.body) < wire.promised
    assert sandbox.requests[-1].fault == "score-880,truncated"
