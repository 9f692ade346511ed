"""One gzip stream out of parts that were compressed at different times.

The finished runs of a long listing are compressed once. What changes goes before or after them, in
blocks of the same stream: every client reads it as one file.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_LAST_BLOCK = b"\x03\x00"
"""An empty block that ends a deflate stream."""
_POLYNOMIAL = 0xEDB88320
_LEVEL = 1


@dataclass(frozen=True, slots=True)
class Packed:
    """Some bytes, compressed so that other blocks can go before and after them."""

    deflated: bytes
    crc: int
    length: int

    @classmethod
    def of(cls, plain: bytes) -> Packed:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return cls(packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH), zlib.crc32(plain), len(plain))


def gzip_whole(plain: bytes) -> bytes:
    """A gzip file that holds these bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(plain) + packer.flush()


def gzip_parts(packed: Sequence[Packed]) -> list[bytes]:
    """The parts of a gzip file that holds all of these, one after the other."""
    crc = length = 0
    for item in packed:
        crc = combine_crcs(crc, item.crc, item.length)
        length += item.length
    trailer = struct.pack("<II", crc, length & 0xFFFFFFFF)
    return [_HEADER, *(item.deflated for item in packed), _LAST_BLOCK + trailer]


def combine_crcs(first: int, second: int, second_length: int) -> int:
    """The CRC-32 of two pieces together, from those of each and the length of the second."""
    return _times(_power_of_x(8 * second_length), first) ^ second


def _times(one: int, other: int) -> int:
    """The product of two polynomials modulo that of CRC-32; the highest bit is the constant term."""
    product = 0
    for place in range(31, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
    return product


@lru_cache(maxsize=4096)
def _power_of_x(exponent: int) -> int:
    power, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            power = _times(square, power)
        square = _times(square, square)
        exponent >>= 1
    return power
