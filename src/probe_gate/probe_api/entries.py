"""The entries of a listing, out of its bytes: many at once where they are as they should be, one by one where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import msgspec

from probe_gate.probe_api.json_text import JsonError, parse_json
from probe_gate.probe_api.run_wire import Entry, without_nonsense_date
from probe_gate.probe_api.splitter import BLANKS, Skipper, Split, find_boundary
from probe_gate.probe_api.wire import NonsenseError, mended

BATCH_BYTES = 256 * 1024
LARGEST_ENTRY_BYTES = 1024 * 1024

_DECODER = msgspec.json.Decoder(list[Entry])
_RAW_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_UNDECODABLE = (msgspec.MsgspecError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some entries, and the bytes that they stand in."""

    entries: list[Entry]
    raw: bytes

    def raw_entries(self) -> list[bytes]:
        """The bytes of each of them."""
        if len(self.entries) == 1:
            return [self.raw]
        return [bytes(raw) for raw in _RAW_DECODER.decode(b"[%b]" % self.raw)]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An element that is no run."""

    raw: bytes
    run_id: int | None = None
    """As far as it could be made out all the same."""


class _Place(Enum):
    BEFORE = auto()
    INSIDE = auto()
    BEHIND = auto()


class EntryReader:
    """Reads the array of a listing as it arrives, however it is cut into pieces."""

    def __init__(self, batch_bytes: int = BATCH_BYTES) -> None:
        """`batch_bytes`: how much is gathered before it is read."""
        self._batch_bytes = batch_bytes
        self._buffer = b""
        self._place = _Place.BEFORE
        self._is_first = True
        self._boundary: bytes | None = None
        self._skipper: Skipper | None = None
        self._enough = max(batch_bytes, 4)  # as much as tells the encoding

    def feed(self, chunk: bytes) -> Iterator[Batch | Unreadable]:
        """What the next piece brings. Raises `JsonError`."""
        self._buffer += chunk
        if self._skipper is not None:
            self._skip(self._skipper)
        if len(self._buffer) >= self._enough:
            yield from self._read()
            if len(self._buffer) > LARGEST_ENTRY_BYTES and self._place is _Place.INSIDE:
                yield Unreadable(self._buffer[:LARGEST_ENTRY_BYTES])
                self._skipper = Skipper()
                self._skip(self._skipper)
            # twice as much each time, or a long entry would be gone over again and again
            self._enough = max(self._batch_bytes, 2 * len(self._buffer))

    def finish(self) -> Iterator[Batch | Unreadable]:
        """What is left at the end of the answer. Raises `JsonError`, with `is_cut` where it came too early."""
        yield from self._read(is_last=True)
        if self._place is not _Place.BEHIND:
            raise JsonError("ends too early", is_cut=True)

    def _skip(self, skipper: Skipper) -> None:
        """Drops the rest of an entry that is too large."""
        end = skipper.feed(self._buffer)
        if end is None:
            self._buffer = b""
            return
        self._skipper = None
        self._is_first = False
        if self._buffer[end : end + 1] != b",":
            self._place = _Place.BEHIND
        self._buffer = self._buffer[end + 1 :]

    def _read(self, *, is_last: bool = False) -> Iterator[Batch | Unreadable]:
        if self._place is _Place.BEFORE:
            self._enter()
        if self._place is _Place.INSIDE:
            yield from self._read_quickly(is_last) or self._read_carefully()
        if self._place is _Place.BEHIND:
            self._buffer = self._buffer.strip(BLANKS)
            if self._buffer:
                raise JsonError("goes on behind its end")

    def _enter(self) -> None:
        """Goes past the array's opening bracket."""
        if self._buffer.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in self._buffer[:4]:
            raise JsonError("is not in UTF-8", is_page=True)
        body = self._buffer.removeprefix(b"\xef\xbb\xbf").lstrip(BLANKS)
        if not body:
            self._buffer = b""
            return
        if body[:1] != b"[":
            is_json = body[:1] in b'{"-0123456789' or body.strip(BLANKS) in (b"null", b"true", b"false")
            raise JsonError("is not a list", is_page=not is_json)
        self._buffer = body[1:]
        self._place = _Place.INSIDE

    def _read_quickly(self, is_last: bool) -> list[Batch]:
        """All entries but the last, unfinished one, at once; none when that cannot be done."""
        buffer = self._buffer
        if is_last:
            end, rest = len(buffer.rstrip(BLANKS)) - 1, len(buffer)
            if buffer[end : end + 1] != b"]":
                return []
        else:
            self._boundary = self._boundary or find_boundary(buffer)
            end = buffer.rfind(self._boundary) + 1 if self._boundary else 0
            rest = buffer.find(b",", end) + 1
        if end <= 0:
            return []
        raw = buffer[:end]
        try:
            entries = _DECODER.decode(b"[%b]" % raw)
        except _UNDECODABLE:
            return []
        if not entries:
            return []
        self._is_first = False
        self._buffer = buffer[rest:]
        self._place = _Place.BEHIND if is_last else _Place.INSIDE
        return [Batch(entries, raw)]

    def _read_carefully(self) -> Iterator[Batch | Unreadable]:
        buffer = self._buffer
        split = Split(buffer, is_first=self._is_first)
        self._is_first = self._is_first and not split.elements
        self._buffer = buffer[split.rest :].lstrip(BLANKS)
        if split.is_end:
            self._place = _Place.BEHIND
        for start, end in split.elements:
            yield _read_element(buffer[start:end])


def _read_element(raw: bytes) -> Batch | Unreadable:
    try:
        return Batch(_DECODER.decode(b"[%b]" % raw), raw)
    except _UNDECODABLE:
        pass
    try:
        value = without_nonsense_date(mended(parse_json(raw)))
    except (JsonError, NonsenseError):
        return Unreadable(raw)
    try:
        return Batch([msgspec.convert(value, Entry)], raw)
    except _UNDECODABLE:
        run_id = value.get("id") if isinstance(value, dict) else None
        return Unreadable(raw, run_id if type(run_id) is int else None)
