"""Asks for the listing of a target's test runs, and not for more of it than is needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from probe_gate.domain.listing import Listing, RunQuery
from probe_gate.http.record import RequestContext
from probe_gate.probe_api.calls import Calls
from probe_gate.probe_api.listing import ListingReader

LONGEST_ETAG = 200


@dataclass(frozen=True, slots=True)
class _Remembered:
    etag: str
    query: RunQuery
    listing: Listing


class ListingRequests:
    """The listings of all targets. Remembers the last of each, for a platform that can say that nothing has changed."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._remembered: dict[str, _Remembered] = {}

    def read(self, call: str, path: str, query: RunQuery, until: float, context: RequestContext) -> Listing:
        """The listing now. Blocks."""
        session = self._calls.session
        remembered = self._remembered.get(path)
        if remembered is not None and remembered.query != query:
            remembered = None
        headers = {"If-None-Match": remembered.etag} if remembered else {}
        with session.stream("GET", path, headers=headers, deadline=until, context=context) as stream:
            if stream.status == 304 and remembered is not None:
                return remembered.listing
            self._calls.refuse_unless_success(call, stream)
            listing = _read(ListingReader(query, session.redact), stream.chunks)
        etag = stream.headers.get("ETag", "")
        self._remembered.pop(path, None)
        if etag and len(etag) <= LONGEST_ETAG and etag.isascii() and etag.isprintable():
            self._remembered[path] = _Remembered(etag, query, listing)
        return listing


def _read(reader: ListingReader, chunks: Iterable[bytes]) -> Listing:
    for chunk in chunks:
        if not reader.feed(chunk):
            return reader.stop()
    return reader.finish()
