"""A secret shows itself only when asked."""

from __future__ import annotations

import copy
import pickle

import pytest

from probe_gate.settings import Connection, Secret


def test_no_way_of_showing_it_shows_it() -> None:
    """Neither by itself nor inside of something that is shown."""
    secret = Secret("hush")
    connection = Connection(secret, "https://api.example.com", None, 1)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>10}", f"{secret!r}", repr(connection), str([secret])]
    assert not [text for text in shown if "hush" in text]
    assert secret.reveal() == "hush"


def test_it_cannot_be_stored_away() -> None:
    """Pickling and copying would put it where nobody looks."""
    for store in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match="must not be pickled"):
            store(Secret("hush"))
    assert not hasattr(Secret("hush"), "__dict__")


def test_secrets_are_compared_by_what_they_hold() -> None:
    """And are not equal to the text itself."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
