"""Ending what blocks, from another thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from probe_gate.http.abort import Abort, Tripped, Watchdog, Why
from tests.harness.fake_watchdog import HandTime
from tests.harness.waiting import meanwhile, wait_until


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


def test_a_trip_wakes_a_read(pair: tuple[socket.socket, socket.socket]) -> None:
    """Also one of a connection that comes to be attached after TLS took its socket over."""
    abort = Abort()
    abort.attach(pair[0])
    taken_over = socket.socket(fileno=pair[0].detach())
    reads = threading.Event()
    with meanwhile(reads.is_set, abort.trip):
        reads.set()
        assert taken_over.recv(1) == b""
    assert abort.why is Why.SIGNAL
    abort.release()
    taken_over.close()


def test_what_is_attached_after_a_trip_is_refused(pair: tuple[socket.socket, socket.socket]) -> None:
    """Nothing is begun any more."""
    abort = Abort()
    abort.trip()
    abort.trip(Why.DEADLINE)
    assert abort.why is Why.SIGNAL
    for attempt in (lambda: abort.attach(pair[0]), abort.check, lambda: abort.open_socket(socket.socket)):
        with pytest.raises(Tripped):
            attempt()
    abort.release()


def test_a_connection_that_was_let_go_is_left_alone(pair: tuple[socket.socket, socket.socket]) -> None:
    """It may serve another exchange by then."""
    abort = Abort()
    abort.attach(pair[0])
    abort.release()
    abort.trip()
    pair[1].send(b"x")
    assert pair[0].recv(1) == b"x"


def test_opening_is_left_behind_when_a_trip_comes(pair: tuple[socket.socket, socket.socket]) -> None:
    """A socket that it still gets is closed."""
    abort = Abort()
    hold, begun = threading.Event(), threading.Event()

    def open_late() -> socket.socket:
        begun.set()
        hold.wait()
        return pair[0]

    with meanwhile(begun.is_set, abort.trip), pytest.raises(Tripped):
        abort.open_socket(open_late)
    hold.set()
    wait_until(lambda: pair[0].fileno() == -1, "the socket has been closed")


class HangingOpening:
    """A connection that is being opened in another thread, until it is let go."""

    def __init__(self) -> None:
        self.begun, self._hold = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: Abort().open_socket(self._hang).close())
        self._thread.start()
        self.begun.wait()

    def _hang(self) -> socket.socket:
        self.begun.set()
        self._hold.wait()
        return socket.socket()

    def end(self) -> None:
        self._hold.set()
        self._thread.join()


def test_connections_are_opened_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet's first requests do not need twice the threads."""
    monkeypatch.setattr("probe_gate.http.abort.TURN_SECONDS", threading.TIMEOUT_MAX)
    first = HangingOpening()
    begun = threading.Event()

    def open_next() -> socket.socket:
        begun.set()
        return socket.socket()

    following = threading.Thread(target=lambda: Abort().open_socket(open_next).close())
    following.start()
    assert not begun.is_set()
    first.end()
    following.join()
    assert begun.is_set()
    Abort().open_socket(socket.socket).close()


def test_an_opening_that_hangs_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """But for a moment."""
    monkeypatch.setattr("probe_gate.http.abort.TURN_SECONDS", 0.01)
    first = HangingOpening()
    Abort().open_socket(socket.socket).close()
    first.end()


def test_what_opening_raises_or_returns_is_handed_on(pair: tuple[socket.socket, socket.socket]) -> None:
    """As if it had been called directly."""

    def refuse() -> socket.socket:
        raise ConnectionRefusedError

    abort = Abort()
    assert abort.open_socket(lambda: pair[0]) is pair[0]
    with pytest.raises(ConnectionRefusedError):
        abort.open_socket(refuse)
    abort.release()


def test_the_watchdog_trips_what_is_late_and_nothing_else() -> None:
    """In the order of their ends, whatever the order in which they came."""
    clock = HandTime()
    watchdog = Watchdog(clock.monotonic, clock)
    late, soon, forgotten, in_time = Abort(), Abort(), Abort(), Abort()
    watchdog.watch(in_time, 60.0)
    watchdog.watch(late, 15.0)
    watchdog.watch(soon, 5.0)
    watchdog.watch(forgotten, 5.0)
    watchdog.forget(forgotten)
    clock.advance(4.9)
    assert not any(abort.why for abort in (soon, late))
    clock.advance(0.1)
    assert (soon.why, late.why) == (Why.DEADLINE, None)
    clock.advance(10.0)
    assert (late.why, forgotten.why, in_time.why) == (Why.DEADLINE, None, None)
    watchdog.forget(in_time)
