"""The listing as bytes."""

from __future__ import annotations

import gzip
import json

import pytest

from probe_gate.sandbox.history import History
from probe_gate.sandbox.listing import Listing
from probe_gate.sandbox.scenario import Scenario

from .hand_clock import START


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("live", [b"", b'{"id":1}', b'{"id":2},{"id":1}'])
@pytest.mark.parametrize("count", [0, 1, 3, 2001])
def test_every_mixture_is_json_and_compresses_to_itself(newest_first: bool, live: bytes, count: int) -> None:
    """With and without new runs, with and without old ones."""
    listing = Listing(live, History(Scenario(), count, 1, START), newest_first)
    plain = b"".join(listing.plain())
    assert len(json.loads(plain)) == count + live.count(b"id")
    assert gzip.decompress(b"".join(listing.gzipped())) == plain


def test_the_etag_changes_with_the_listing() -> None:
    """And only then."""
    history = History(Scenario(), 3, 1, START)
    one, same, other = Listing(b"", history, True), Listing(b"", history, True), Listing(b'{"id":4}', history, True)
    assert one.etag == same.etag != other.etag
