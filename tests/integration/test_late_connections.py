"""A request that was abandoned before its first byte is never sent, however late its connection comes about."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import trustme

from probe_gate.http.session import HttpSession
from probe_gate.probe_api.api import ProbeApi
from probe_gate.probe_api.calls import Calls
from probe_gate.use_cases.ports import NotStartedError, RunRequest
from tests.harness.abandoning import AbandoningWorkers
from tests.harness.servers import Peer, RawServer, answers
from tests.harness.virtual_time import VirtualTime
from tests.harness.waiting import wait_until
from tests.integration.networks import HOST, relays_to, served_by

Operation = Callable[[ProbeApi, float], Coroutine[Any, Any, object]]

CHANGES: dict[str, Operation] = {
    "trigger": lambda api, deadline: api.trigger_run(RunRequest(42, "pg-1 main", None), deadline),
    "cancel": lambda api, deadline: api.cancel_run(7, deadline),
    "create": lambda api, deadline: api.create_target({}, deadline),
    "delete": lambda api, deadline: api.delete_target(42, deadline),
}


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    found, path = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    found.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return found


def abandon(
    url: str, operation: Operation, condition: Callable[[], object], let_go: Callable[[], None], seconds: float = 600.0
) -> Exception:
    """Return the error of an operation that is abandoned, after what it hung in has come to a good end."""
    time, workers = VirtualTime(), AbandoningWorkers(condition)
    api = ProbeApi(Calls(HttpSession(url, {}, monotonic=time.monotonic), workers, time), 5)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test says which
        time.finish(operation(api, seconds))
    let_go()
    workers.join()
    return caught.value


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_is_sent_after_a_late_look_up(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up of a name cannot be ended, and may take longer than anybody waits."""
    hold, looked_up, real_look_up = threading.Event(), threading.Event(), socket.getaddrinfo

    def look_up(host: str, *arguments: Any, **options: Any) -> Any:
        looked_up.set()
        hold.wait()
        return real_look_up("127.0.0.1", *arguments, **options)

    with RawServer(answers("{}")) as server:
        monkeypatch.setattr("socket.getaddrinfo", look_up)
        # too little time for a second try
        error = abandon(server.url, CHANGES[name], looked_up.is_set, hold.set, seconds=0.5)
        wait_until(lambda: server.closed == 1, "the connection has come about and ended")
    assert server.requests == []
    assert "did not accept the connection in time" in str(error)
    assert isinstance(error, NotStartedError) is (name in ("trigger", "create"))


def test_nothing_is_sent_after_a_late_handshake(authority: trustme.CA) -> None:
    """The server takes the connection, and is slow to begin with TLS."""
    hold, context = threading.Event(), served_by(authority, "127.0.0.1")
    shaken = threading.Event()

    def shakes_hands_late(peer: Peer) -> None:
        hold.wait()
        with context.wrap_socket(peer.connection, server_side=True) as peer.connection:
            shaken.set()
            peer.read_request()

    with RawServer(shakes_hands_late) as server:
        url = server.url.replace("http:", "https:")
        error = abandon(url, CHANGES["trigger"], lambda: server.connections, hold.set)
        wait_until(shaken.is_set, "the handshake has come about")
    assert server.requests == []
    assert isinstance(error, NotStartedError)


def test_nothing_is_sent_through_a_late_proxy(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy was asked for a connection, and the platform for nothing."""
    hold = threading.Event()
    with RawServer(answers("{}"), served_by(authority, HOST)) as platform:

        def connects_late(peer: Peer) -> None:
            peer.read_request()
            hold.wait()
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            relays_to(platform.port)(peer)

        with RawServer(connects_late) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            error = abandon(f"https://{HOST}", CHANGES["trigger"], lambda: proxy.requests, hold.set)
        wait_until(lambda: platform.closed == 1, "the connection has come about and ended")
    assert platform.requests == []
    assert isinstance(error, NotStartedError)
