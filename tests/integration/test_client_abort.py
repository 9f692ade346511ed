"""Ending what blocks, from another thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from probe_gate.http.abort import TURN_SECONDS, Abort, Tripped, Watchdog, Why


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
    threading.Timer(0.1, abort.trip).start()
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
    hold = threading.Event()

    def open_late() -> socket.socket:
        hold.wait(5)
        return pair[0]

    threading.Timer(0.05, abort.trip).start()
    with pytest.raises(Tripped):
        abort.open_socket(open_late)
    hold.set()
    end = time.monotonic() + 5
    while pair[0].fileno() != -1 and time.monotonic() < end:
        time.sleep(0.01)
    assert pair[0].fileno() == -1


def test_connections_are_opened_one_after_the_other() -> None:
    """A fleet's first requests do not need twice the threads; but one that hangs keeps the others back for a moment
    only."""
    hold, begun = threading.Event(), threading.Event()
    opened = socket.socket()

    def hang() -> socket.socket:
        begun.set()
        hold.wait(10)
        return socket.socket()

    first = threading.Thread(target=lambda: Abort().open_socket(hang).close())
    first.start()
    begun.wait(5)
    began = time.monotonic()
    assert Abort().open_socket(lambda: opened) is opened
    assert TURN_SECONDS <= time.monotonic() - began < TURN_SECONDS + 5
    opened.close()
    hold.set()
    first.join(5)
    began = time.monotonic()
    Abort().open_socket(socket.socket).close()
    assert time.monotonic() - began < TURN_SECONDS


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
    watchdog = Watchdog()
    late, soon, forgotten, in_time = Abort(), Abort(), Abort(), Abort()
    watchdog.watch(in_time, 60.0)
    watchdog.watch(late, 0.15)
    watchdog.watch(soon, 0.05)
    watchdog.watch(forgotten, 0.05)
    watchdog.forget(forgotten)
    time.sleep(0.1)
    assert (soon.why, late.why) == (Why.DEADLINE, None)
    time.sleep(0.15)
    assert (late.why, forgotten.why, in_time.why) == (Why.DEADLINE, None, None)
    watchdog.forget(in_time)
