"""The tools that are compared: the gate and the alternatives."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.costs import console_script

SCRIPTS = Path(__file__).parent / "scripts"


@dataclass(frozen=True, slots=True)
class Tool:
    """A way to gate targets."""

    name: str
    command: tuple[str, ...]
    """The target ids are appended."""
    agent: str
    """The beginning of its User-Agent."""
    needs: tuple[str, ...] = ()

    @property
    def is_installed(self) -> bool:
        return all(shutil.which(command) for command in self.needs)

    def command_for(self, targets: Sequence[int]) -> list[str]:
        if self is GATE:
            return [*self.command, "--target-id", ",".join(map(str, targets))]
        return [*self.command, *map(str, targets)]


GATE = Tool("probe-gate", (console_script(), "run", "--quiet"), "probe-gate/")
CURL = Tool("curl + jq", ("bash", str(SCRIPTS / "gate.sh")), "curl/", needs=("bash", "curl", "jq"))
REQUESTS = Tool("requests", (sys.executable, str(SCRIPTS / "gate.py")), "python-requests/")
TOOLS = (GATE, CURL, REQUESTS)
