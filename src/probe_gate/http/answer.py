"""What a server answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    body: bytes = field(repr=False)
    """After decompression."""
    sha256: str
    """Of the body, in hex."""


@dataclass(frozen=True, slots=True)
class StreamingResponse:
    """An answer whose body is still on its way."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes] = field(repr=False)
    """The decompressed body, piece by piece; raises `TransportError` when it ends too early or too late."""
