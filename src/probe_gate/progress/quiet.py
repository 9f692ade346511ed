"""No progress at all: the verdict is enough."""

from __future__ import annotations

from probe_gate.ports import Progressed


class QuietProgress:
    """Says nothing."""

    def tell(self, event: Progressed) -> None:
        """Nothing to do."""
