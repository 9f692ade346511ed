"""No test depends on how fast the machine is: none sleeps, none reads a clock, none bounds what it waits for.

CONTRIBUTING.md ("Tests") says what to do instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SUSPECT = re.compile(r"\btime\b|Timer|sleep|timeout=|\.(wait|join|communicate)\(\d")
"""Without any of these there is nothing to find, and most files need not be parsed."""
TESTS = Path(__file__).parents[1]
CLOCKS = frozenset(
    {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "thread_time", "time"}
)

EXCEPTIONS = {
    "harness/waiting.py": "the one place that sleeps, and its watchdog",
    "harness/servers.py": "a server whose answer comes byte by byte, for ever",
    "unit/runtime/test_runner.py": "a deadline that passes while a call waits for a worker",
    "integration/test_client_session.py": "the deadline of an exchange, out of reach; and one that is over",
    "integration/test_client_network.py": "the deadline of a request, out of reach",
    "harness/shared_clock.py": "the moment at which its clock begins",
}
"""By file: why it may. Each is needed: a test says so when one is not any more."""


def find_waits(source: str) -> Iterator[str]:
    """What in a module's source waits for time or measures it, with its line."""
    if not SUSPECT.search(source):
        return
    tree = ast.parse(source)
    imported = {
        name.asname or name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"line {node.lineno}: imports from time; import the module, so that its use can be seen"
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        module, _, name = called.rpartition(".")
        if module in imported and module == "time" and name in CLOCKS | {"sleep"}:
            yield f"line {node.lineno}: calls {called}"
        if called in ("threading.Timer", "Timer"):
            yield f"line {node.lineno}: starts a timer"
        if called == "asyncio.sleep" and ast.unparse(node.args[0]) != "0":
            yield f"line {node.lineno}: calls {called}"
        if name in ("wait", "join", "communicate") and any(_is_number(argument) for argument in node.args):
            yield f"line {node.lineno}: bounds {called} by a number; tests.harness.waiting has one for all"
        if any(word.arg == "timeout" and _is_number(word.value) for word in node.keywords):
            yield f"line {node.lineno}: bounds {called} by a number; tests.harness.waiting has one for all"


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def files() -> dict[str, Path]:
    return {path.relative_to(TESTS).as_posix(): path for path in sorted(TESTS.rglob("*.py"))}


def test_no_test_waits_for_time_or_measures_it() -> None:
    """But for the exceptions above."""
    found = {name: list(find_waits(path.read_text())) for name, path in files().items() if name not in EXCEPTIONS}
    assert {name: waits for name, waits in found.items() if waits} == {}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_each_exception_is_needed(name: str) -> None:
    """One that is not lets in what nobody has looked at."""
    assert list(find_waits(files()[name].read_text()))


@pytest.mark.parametrize(
    "line",
    [
        "time.sleep(0.1)", "took = time.monotonic() - began", "from time import sleep", "threading.Timer(1, f).start()",
        "asyncio.sleep(0.1)", "event.wait(5)", "thread.join(60.0)", "process.communicate(timeout=30)",
        "subprocess.run(command, timeout=60)",
    ],
)  # fmt: skip
def test_what_waits_is_found(line: str) -> None:
    """Each of the ways in which tests have done it."""
    assert list(find_waits(f"import asyncio, subprocess, threading, time\n{line}\n"))


@pytest.mark.parametrize(
    "line",
    [
        "session = HttpSession(url, monotonic=time.monotonic)", "await asyncio.sleep(0)", "await clock.sleep(30.0)",
        "process.communicate(timeout=MAX_WAIT_SECONDS)", "thread.join()", '", ".join(words)', "clock.monotonic() < 40",
    ],
)  # fmt: skip
def test_what_does_not_wait_is_not_found(line: str) -> None:
    """A clock that is handed on, and the clocks of the tests themselves."""
    assert not list(find_waits(f"import time\nasync def f():\n    {line}\n"))
