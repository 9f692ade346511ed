"""The guard that keeps unit tests off the network."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pytest_socket import SocketBlockedError


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_a_unit_test_cannot_open_a_connection() -> None:
    """Not even to loopback."""
    with pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9))


def test_an_event_loop_still_runs() -> None:
    """Its own pair of sockets reaches nobody."""
    assert asyncio.run(asyncio.sleep(0, result=1)) == 1
