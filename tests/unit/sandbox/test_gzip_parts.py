"""One gzip stream from parts."""

from __future__ import annotations

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.sandbox.gzip_parts import Packed, combine_crcs, gzip_parts


@given(st.binary(max_size=3000), st.binary(max_size=3000))
def test_a_crc_of_two_pieces_is_that_of_the_whole(first: bytes, second: bytes) -> None:
    """zlib is the judge."""
    assert combine_crcs(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


@given(st.lists(st.binary(max_size=500), max_size=5))
def test_parts_are_read_as_one_file(parts: list[bytes]) -> None:
    """By a reader of a single gzip member: nothing is left over."""
    stream = b"".join(gzip_parts([Packed.of(part) for part in parts]))
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(stream) == b"".join(parts)
    assert reader.eof
    assert reader.unused_data == b""
    assert gzip.decompress(stream) == b"".join(parts)
