"""With any fault: at most one run, none left active unreported, a correct exit code, complete reports without the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.cases import make_case
from tests.chaos.stress import run_case, seeds_from_environment

SAMPLE = 12
EACH_PROCESS = 12
"""One case in this many runs as a process, which takes ten times as long."""


@pytest.mark.parametrize("seed", seeds_from_environment(SAMPLE))
def test_chaos(seed: int, tmp_path: Path) -> None:
    """One seeded combination of faults, run length, ending and signal, over HTTP."""
    outcome = run_case(make_case(seed), tmp_path, as_process=seed % EACH_PROCESS == 3)
    assert outcome.broken == (), f"{outcome.case.describe}\nexit {outcome.code}\n{outcome.output}"
