"""Unit tests reach nothing: an internet socket is an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    # Unix sockets stay: an event loop wakes itself with a pair of them.
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
