"""A clock that goes where it is put."""

from __future__ import annotations

START = 1_800_000_000.0


class ManualClock:
    """Epoch seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds
