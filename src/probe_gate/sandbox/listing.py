"""The listing of a target's runs, ready to be sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from probe_gate.sandbox.gzip_parts import Packed, gzip_parts, gzip_whole
from probe_gate.sandbox.history import History


@dataclass(frozen=True, slots=True)
class Listing:
    """A JSON array of runs: the runs since the start before or after those of old."""

    live: bytes
    """The runs since the start with commas between."""
    history: History
    newest_first: bool

    @property
    def _around(self) -> tuple[bytes, bytes]:
        """What goes before and after the runs of old."""
        comma = b"," if self.live and self.history.count else b""
        if self.newest_first:
            return b"[" + self.live + comma, b"]"
        return b"[", comma + self.live + b"]"

    def plain(self) -> list[bytes]:
        """The parts of its JSON."""
        before, after = self._around
        return [before, self.history.joined(self.newest_first), after]

    def gzipped(self) -> list[bytes]:
        """The parts of its JSON, compressed."""
        if not self.history.is_long:
            return [gzip_whole(b"".join(self.plain()))]
        before, after = self._around
        return gzip_parts([Packed.of(before), self.history.packed(self.newest_first), Packed.of(after)])

    @property
    def etag(self) -> str:
        """Changes whenever the listing does."""
        digest = hashlib.sha256(self.live).hexdigest()[:32]
        return f'"{digest}-{self.history.first_id}-{self.history.count}-{int(self.newest_first)}"'
