"""Exchanges with servers that misbehave, over real connections."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from probe_gate.errors import ConfigError
from probe_gate.http.connection import RequestContext
from probe_gate.http.errors import Kind, TransportError
from probe_gate.http.session import HttpSession
from tests.harness.abandoning import abandon
from tests.harness.resource_limits import allow_descriptors
from tests.harness.servers import (
    Peer,
    Play,
    RawServer,
    answer,
    answers,
    answers_after,
    drips_body,
    drips_headers,
    interim,
    never_ends,
    never_shakes_hands,
    resets,
    sends,
    sends_a_bomb,
    stays_silent,
    stops_inside_headers,
)
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until

KEY = "key-that-must-not-show"


def session_for(url: str, **options: Any) -> HttpSession:
    return HttpSession(url, {"X-Api-Key": KEY}, monotonic=time.monotonic, **options)


def later() -> float:
    """A deadline that no machine is too slow for."""
    return time.monotonic() + MAX_WAIT_SECONDS


@pytest.fixture
def failure_of() -> Callable[..., TransportError]:
    """The error that one request to a server ends in."""

    def ask(play: Play, **options: float) -> TransportError:
        with RawServer(play) as server, pytest.raises(TransportError) as caught:
            session_for(server.url, **options).request("GET", "/x", deadline=later())
        return caught.value

    return ask


def test_a_whole_answer_arrives_with_its_digest() -> None:
    """Status, headers in any case, body and SHA-256 of the body."""
    with RawServer(answers('{"a": 1}', "201 Created", {"X-Extra": "yes"})) as server:
        got = session_for(server.url).request("POST", "/x", json={"name": "ü"}, deadline=later())
    assert (got.status, got.headers["x-extra"], got.body) == (201, "yes", b'{"a": 1}')
    assert got.sha256 == hashlib.sha256(b'{"a": 1}').hexdigest()
    request = server.requests[0]
    assert request.startswith(b"POST /x HTTP/1.1\r\n")
    assert b"X-Api-Key: " + KEY.encode() in request
    assert request.endswith(b'\r\n\r\n{"name": "\\u00fc"}')


def test_no_cache_on_the_way_may_answer_in_the_server_s_place() -> None:
    """Two readings of old scores would agree, and a run that has ended would go on for ever."""
    with RawServer(answers("{}")) as server:
        session_for(server.url).request("GET", "/x", deadline=later())
    assert b"\r\nCache-Control: no-cache\r\n" in server.requests[0]


def test_connections_are_kept_and_shared() -> None:
    """Twenty requests one after the other need one connection; four at a time need four."""
    with RawServer(answers("{}")) as server:
        session = session_for(server.url)
        for _ in range(20):
            session.request("GET", "/x", deadline=later())
        assert server.connections == 1
        gate = threading.Barrier(4)

        def work() -> None:
            for _ in range(5):
                with session.stream("GET", "/x", deadline=later()) as stream:
                    gate.wait()
                    b"".join(stream.chunks)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.connections == 4


INTERIM = [b"HTTP/1.1 100 Continue\r\n\r\n", interim("102 Processing"), interim(), interim("199 Unassigned")]


@pytest.mark.parametrize("ahead", [[one] for one in INTERIM] + [INTERIM, [interim("102 Processing")] * 90])
def test_the_final_answer_is_read_behind_interim_ones(ahead: list[bytes]) -> None:
    """Each request gets its own answer, on the same connection."""
    with RawServer(answers_after(*ahead)) as server:
        session = session_for(server.url)
        got = [session.request("GET", "/x", deadline=later()) for _ in range(3)]
    assert [(one.status, one.body) for one in got] == [(200, b"1"), (200, b"2"), (200, b"3")]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("ahead", "kind"),
    [
        ([interim("101 Switching Protocols")], Kind.NOT_HTTP),
        ([interim("102 Processing")] * 1000, Kind.NOT_HTTP),
        ([interim("102 Processing"), b"SSH-2.0-OpenSSH_9.2\r\n"], Kind.NOT_HTTP),
        ([b"HTTP/1.1 103 Early Hints\r\n" + b"X: y\r\n" * 200 + b"\r\n"], Kind.NOT_HTTP),
    ],
)
def test_interim_answers_that_make_no_sense_cost_the_connection(ahead: list[bytes], kind: Kind) -> None:
    """The request is in doubt, and the next one is not answered by what is left of them."""
    with RawServer(answers_after(*ahead)) as server, RawServer(answers("good")) as good:
        session = session_for(server.url)
        for _ in range(2):
            with pytest.raises(TransportError) as caught:
                session.request("GET", "/x", deadline=later())
            assert (caught.value.kind, caught.value.maybe_sent) == (kind, True)
        assert server.connections == 2
        session.base_url = good.url
        assert session.request("GET", "/x", deadline=later()).body == b"good"


def test_an_interim_answer_is_no_answer(failure_of: Callable[..., TransportError]) -> None:
    """When nothing follows it, the answer was lost."""
    cut, silent = failure_of(sends(interim())), failure_of(says_only(interim()), read_timeout_seconds=0.3)
    assert (cut.kind, cut.maybe_sent) == (Kind.TRUNCATED, True)
    assert (silent.kind, silent.maybe_sent) == (Kind.READ_TIMEOUT, True)


def says_only(data: bytes) -> Play:
    def play(peer: Peer) -> None:
        peer.read_request()
        peer.send(data)
        peer.wait_for_end()

    return play


@pytest.mark.parametrize("play", [stays_silent, drips_headers, drips_body, stops_inside_headers])
def test_a_request_that_hangs_is_abandoned(play: Play) -> None:
    """Whatever it hangs in, it is in doubt; what looks like an answer later is none; and the session works on."""
    with RawServer(play) as server, RawServer(answers("{}")) as good:
        session = session_for(server.url)
        error = abandon(session, lambda: server.requests)
        assert (error.kind, error.maybe_sent) == (Kind.DEADLINE, True)
        session.base_url = good.url
        assert session.request("GET", "/x", deadline=later()).body == b"{}"


def test_a_body_that_keeps_coming_ends_at_the_deadline() -> None:
    """Nobody has to give it up."""
    with RawServer(drips_body) as server:
        session = HttpSession(server.url, {}, monotonic=lambda: 1000.0 if server.requests else 0.0)
        with pytest.raises(TransportError) as caught:
            session.request("GET", "/x", deadline=600.0)
    assert (caught.value.kind, caught.value.maybe_sent) == (Kind.DEADLINE, True)


def test_silence_ends_sooner_than_the_deadline(failure_of: Callable[..., TransportError]) -> None:
    """A server that says nothing at all for the read limit is given up."""
    failure = failure_of(stays_silent, read_timeout_seconds=0.3)
    assert failure.kind is Kind.READ_TIMEOUT


@pytest.mark.parametrize(
    ("play", "kind"),
    [
        (resets, Kind.TRUNCATED),
        (sends(b""), Kind.TRUNCATED),
        (sends(answer(b"[1,", length=100)), Kind.TRUNCATED),
        (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,"), Kind.TRUNCATED),
        (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n[1,"), Kind.TRUNCATED),
        (sends(b"SSH-2.0-OpenSSH_9.2\r\n"), Kind.NOT_HTTP),
        (sends(b"\x16\x03\x01garbage\r\n\r\n"), Kind.NOT_HTTP),
        (sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), Kind.NOT_HTTP),
        (sends(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"), Kind.NOT_HTTP),
        (sends(answer(b"not gzip at all", headers={"Content-Encoding": "gzip"})), Kind.NOT_HTTP),
        (sends(answer(b"", headers={"Content-Encoding": ", ".join(["gzip"] * 50)})), Kind.NOT_HTTP),
    ],
)
def test_a_broken_answer_is_an_error_in_doubt(
    play: Play, kind: Kind, failure_of: Callable[..., TransportError]
) -> None:
    """The server may have acted on the request."""
    failure = failure_of(play)
    assert (failure.kind, failure.maybe_sent) == (kind, True)
    assert "127.0.0.1" in failure.message


@pytest.mark.slow
def test_an_answer_is_read_up_to_its_bound_only() -> None:
    """A compressed bomb is left as soon as what came out of it is too much."""
    with RawServer(sends_a_bomb) as server, pytest.raises(TransportError) as caught:
        HttpSession(server.url, {}, monotonic=time.monotonic, max_bytes=2**20).request("GET", "/", deadline=later())
    assert caught.value.kind is Kind.TOO_LARGE
    assert "1 MiB" in caught.value.message


def test_a_redirect_is_not_followed_and_its_host_is_named() -> None:
    """The key goes to the host that it was given to, and to no other."""
    with RawServer(answers("{}")) as elsewhere:
        location = f"http://127.0.0.1:{elsewhere.port}/x?{KEY}"
        play = answers("", "307 Temporary Redirect", {"Location": location})
        with RawServer(play) as server, pytest.raises(TransportError, match=r"redirects to 127\.0\.0\.1") as caught:
            session_for(server.url).request("POST", "/x", json={}, deadline=later())
        assert caught.value.kind is Kind.REDIRECT
        assert elsewhere.requests == []
        assert KEY not in str(caught.value)


def test_the_body_of_a_redirect_is_not_read(failure_of: Callable[..., TransportError]) -> None:
    """It may be without end."""
    failure = failure_of(never_ends)
    assert failure.kind is Kind.REDIRECT
    assert "login.example.com" in failure.message


def test_a_connection_that_is_refused_proves_that_nothing_was_sent(failure_of: Callable[..., TransportError]) -> None:
    """Nobody listens on the port."""
    with RawServer(resets) as server:
        url = server.url
    with pytest.raises(TransportError) as caught:
        session_for(url).request("POST", "/x", json={}, deadline=later())
    assert (caught.value.kind, caught.value.maybe_sent) == (Kind.REFUSED, False)


def test_no_time_left_means_no_request() -> None:
    """A deadline in the past is kept too."""
    with RawServer(answers("{}")) as server, pytest.raises(TransportError) as caught:
        session_for(server.url).request("GET", "/x", deadline=time.monotonic() - 1)
    assert (caught.value.kind, caught.value.maybe_sent, server.requests) == (Kind.NO_TIME, False, [])


def test_a_request_that_was_cancelled_before_is_never_sent() -> None:
    """A trigger that a signal overtook on its way to a worker is one."""
    context = RequestContext()
    context.cancel()
    with RawServer(answers("{}")) as server, pytest.raises(TransportError) as caught:
        session_for(server.url).request("POST", "/x", json={}, deadline=later(), context=context)
    assert (caught.value.kind, caught.value.maybe_sent, server.connections) == (Kind.CANCELLED, False, 0)


def test_a_request_that_was_cancelled_is_not_sent_on_a_kept_connection_either() -> None:
    """There is no way to it on which it could hang, but a moment between the check and the first byte."""
    with RawServer(answers("{}")) as server:
        session = session_for(server.url)
        session.request("GET", "/x", deadline=later())
        context = RequestContext()
        context.check = context.cancel  # type: ignore[method-assign]  # the signal comes just after the first check
        with pytest.raises(TransportError) as caught:
            session.request("POST", "/x", json={}, deadline=later(), context=context)
    assert (caught.value.kind, caught.value.maybe_sent, len(server.requests)) == (Kind.CANCELLED, False, 1)


def test_the_key_is_in_no_text_of_an_error() -> None:
    """Neither in the message nor in anything that hangs on the exception, traceback and all."""
    for play in (resets, answers("", "302 Found", {"Location": f"https://{KEY}.example.com/"}), sends(KEY.encode())):
        with RawServer(play) as server:
            session = session_for(server.url)
            with pytest.raises(TransportError) as caught:
                session.request("GET", "/x", deadline=later())
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(session)
        assert KEY not in shown
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_a_key_that_cannot_be_a_header_is_refused_without_showing_it() -> None:
    """Line breaks would smuggle headers in; blanks come from careless copying."""
    for key in ("two\nlines-secret", " blank-secret", "späte-secret", "", "nul\x00secret"):
        with pytest.raises(ConfigError) as caught:
            HttpSession("https://a.example.com", {"X-Api-Key": key}, monotonic=time.monotonic)
        assert "secret-" not in str(caught.value)
        assert key == "" or key not in str(caught.value)


def test_netrc_and_cookies_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A login for the host in .netrc is not sent, and a cookie that the server sets does not come back."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login someone password from-netrc\ndefault login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(netrc))
    with RawServer(answers("{}", headers={"Set-Cookie": "session=1; Path=/"})) as server:
        session = session_for(server.url)
        session.request("GET", "/x", deadline=later())
        session.request("GET", "/x", deadline=later())
    assert len(server.requests) == 2
    for request in server.requests:
        assert b"uthorization" not in request
        assert b"ookie" not in request


def test_a_stream_that_is_left_early_gives_its_connection_up() -> None:
    """What was not read never turns up in the next answer."""

    def counts(peer: Peer) -> None:
        while peer.read_request():
            peer.send(answer(b"x" * 5_000_000))

    with RawServer(counts) as server:
        session = session_for(server.url)
        with session.stream("GET", "/x", deadline=later()) as stream:
            assert next(stream.chunks)
        assert len(session.request("GET", "/x", deadline=later()).body) == 5_000_000
        assert server.connections == 2


def test_a_server_that_closed_a_kept_connection_is_asked_on_a_new_one() -> None:
    """Servers close idle connections; that is no failure."""

    def answers_once(peer: Peer) -> None:
        peer.read_request()
        peer.send(answer("{}"))

    with RawServer(answers_once) as server:
        session = session_for(server.url)
        for number in range(1, 4):
            assert session.request("GET", "/x", deadline=later()).status == 200
            wait_until(lambda number=number: server.closed == number, "the server has closed the connection")  # type: ignore[misc]
    assert server.connections == 3


def test_a_connection_that_is_not_taken_is_given_up() -> None:
    """By its own limit; nothing was sent."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as waiting:
        for _ in range(4):  # nobody accepts, so the kernel drops what comes after these
            connection = waiting.enter_context(socket.socket())
            connection.setblocking(False)
            connection.connect_ex(full.getsockname())
        session = session_for(f"http://127.0.0.1:{full.getsockname()[1]}", connect_timeout_seconds=0.3)
        with pytest.raises(TransportError) as late:
            session.request("POST", "/x", json={}, deadline=later())
    assert (late.value.kind, late.value.maybe_sent) == (Kind.CONNECT_TIMEOUT, False)


def test_a_handshake_that_hangs_is_abandoned() -> None:
    """Nothing was sent."""
    with RawServer(never_shakes_hands) as server:
        session = session_for(f"https://127.0.0.1:{server.port}", connect_timeout_seconds=MAX_WAIT_SECONDS)
        error = abandon(session, lambda: server.connections)
    assert (error.kind, error.maybe_sent) == (Kind.CONNECT_TIMEOUT, False)


def test_a_process_without_descriptors_is_said_to_be_one() -> None:
    """Nothing was sent, and as soon as there is a descriptor the session works."""
    with RawServer(answers("{}")) as server:
        session = session_for(server.url)
        with allow_descriptors(0), pytest.raises(TransportError, match="limit on open files") as caught:
            session.request("POST", "/x", json={}, deadline=later())
        assert (caught.value.kind, caught.value.maybe_sent) == (Kind.NO_DESCRIPTOR, False)
        assert server.requests == []
        assert session.request("POST", "/x", json={}, deadline=later()).status == 200


def test_a_kept_connection_needs_no_further_descriptor() -> None:
    """A gate goes on with those that it has."""
    with RawServer(answers("{}")) as server:
        session = session_for(server.url)
        session.request("GET", "/x", deadline=later())
        with allow_descriptors(0):
            assert session.request("POST", "/x", json={}, deadline=later()).status == 200


def test_a_name_that_cannot_be_looked_up_for_want_of_a_descriptor_is_not_wrong() -> None:
    """The resolver says that the name does not resolve."""
    session = session_for("https://no-such-host.invalid")
    with allow_descriptors(0), pytest.raises(TransportError) as caught:
        session.request("POST", "/x", json={}, deadline=later())
    assert (caught.value.kind, caught.value.maybe_sent) == (Kind.NO_DESCRIPTOR, False)
