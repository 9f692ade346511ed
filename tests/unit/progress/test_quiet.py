"""No progress."""

from __future__ import annotations

import pytest

from probe_gate.progress.quiet import QuietProgress
from tests.unit.progress.helpers import polled


def test_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing at all."""
    QuietProgress().tell(polled(1))
    assert capsys.readouterr() == ("", "")
