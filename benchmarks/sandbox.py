"""Run the sandbox in its own process, so that its cost does not count as the gate's."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.costs import console_script, plain_environment, with_bytecode

PASSING_RUN_SECONDS = 22.0
"""How long a run of the scenario `passing` takes at speed 1, including its time in the queue."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox."""

    url: str
    environment: dict[str, str]
    """Points the gate or a script to it."""

    def ask(self, path: str) -> Any:
        """Return the response of its control API."""
        with urllib.request.urlopen(self.url + path) as answer:  # noqa: S310 - on loopback
            return json.load(answer)


@contextmanager
def run_sandbox(
    *, run_seconds: float, targets: int = 1, history: int = 10, delay_seconds: float = 0.0
) -> Iterator[Sandbox]:
    """Run a sandbox whose runs pass after `run_seconds`, with a delay for each response."""
    speed = PASSING_RUN_SECONDS / run_seconds
    command = [console_script(), "sandbox", "--port", "0", "--speed", str(speed)]
    command += ["--targets", str(targets), "--history", str(history)]
    if delay_seconds:
        command += ["--fault", f"delay={delay_seconds}@any:*"]
    environment = with_bytecode(plain_environment())
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            exports = {}
            for line in process.stdout or ():
                if line.startswith("export "):
                    name, _, value = line.removeprefix("export ").strip().partition("=")
                    exports[name] = value
                if line.startswith("Ctrl-C"):
                    break
            yield Sandbox(exports["SPLX_API_URL"], {**environment, **exports, "NO_PROXY": "127.0.0.1"})
        finally:
            process.terminate()
