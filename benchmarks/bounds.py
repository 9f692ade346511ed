"""Check time limits in seconds, which depend on the machine.

    python -m benchmarks.bounds

The tests check the same behaviour without wall-clock time. Run this on an idle machine; the exit code is 1 if a limit is
exceeded.
"""

from __future__ import annotations

import math
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from probe_gate.errors import CancelledError
from probe_gate.http.connection import RequestContext
from probe_gate.http.errors import TransportError
from probe_gate.http.session import HttpSession
from probe_gate.runtime.runner import WorkerThreads, run_all
from probe_gate.runtime.signals import REPEAT_SECONDS, StopSignal
from probe_gate.sandbox.other_runs import History
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from probe_gate.use_cases.ports import AbandonedError
from tests.harness.processes import environment, start
from tests.harness.servers import (
    Play,
    RawServer,
    drips_body,
    drips_headers,
    never_shakes_hands,
    stays_silent,
)

ENDLESS = Scenario(pending_seconds=0.0, run_seconds=math.inf, history=2)
MAX_SECONDS_AFTER_SIGNAL = 6.0
"""CI systems kill a job some time after they ask it to stop; the shortest known time is 7.5 s."""
REQUEST_SECONDS = 0.3
RUNS = 100_000
TARGETS, CONNECTIONS = 1000, 8


@dataclass(frozen=True, slots=True)
class Bound:
    """One line of the table."""

    name: str
    limit_seconds: float
    measure: Callable[[], float]
    """Returns seconds."""


def gate_after_signals(*faults: str, held: int, signals: int = 1) -> float:
    """Return the seconds from the last signal to the end of a gate that waits for request number `held`."""
    with SandboxServer(ENDLESS, faults, targets=1) as sandbox, tempfile.TemporaryDirectory() as directory:
        gate = start(Path(directory), "run", env=environment(Path(directory), sandbox.environment))
        while len(sandbox.requests) < held:
            time.sleep(0.01)
        for number in range(signals):
            time.sleep(0.3 if number == 0 else REPEAT_SECONDS + 0.1)
            gate.process.send_signal(signal.SIGTERM if number == 0 else signal.SIGINT)
        began = time.monotonic()
        gate.process.communicate(timeout=60)
        return time.monotonic() - began


def stop_while_a_request_hangs() -> float:
    """Return the seconds until a sandbox with a pending request has stopped."""
    sandbox = SandboxServer(faults=["hold@any:*"]).start()
    connection = HTTPConnection("127.0.0.1", sandbox.port)
    connection.request("GET", "/api/target/types", headers={"X-Api-Key": sandbox.api_key})
    sandbox.wait_until_held()
    began = time.monotonic()
    sandbox.stop()
    connection.close()
    return time.monotonic() - began


def join_long_history_again() -> float:
    """Return the CPU seconds for the bytes of a long history, the second time."""
    history = History(Scenario(), RUNS, 1, 0.0)
    history.joined(newest_first=True)
    with processor_seconds() as spent:
        history.joined(newest_first=True)
    return spent[0]


def list_long_history_again() -> float:
    """Return the CPU seconds, including the client, for listing a long history the second time."""
    with SandboxServer(history=RUNS, targets=1) as sandbox:
        ask(sandbox, 1, HTTPConnection("127.0.0.1", sandbox.port))
        with processor_seconds() as spent:
            ask(sandbox, 1, HTTPConnection("127.0.0.1", sandbox.port))
    return spent[0]


def poll_a_fleet() -> float:
    """Return the mean seconds for one run list, with many targets and several connections at once."""
    with SandboxServer(targets=TARGETS) as sandbox:
        seconds: list[float] = []

        def poll(part: int) -> None:
            connection = HTTPConnection("127.0.0.1", sandbox.port)
            for target_id in range(1 + part, TARGETS + 1, CONNECTIONS):
                began = time.monotonic()
                ask(sandbox, target_id, connection)
                seconds.append(time.monotonic() - began)

        threads = [threading.Thread(target=poll, args=(part,)) for part in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sum(seconds) / len(seconds)


def ask(sandbox: SandboxServer, target_id: int, connection: HTTPConnection) -> None:
    path = f"/api/workspaces/{sandbox.workspace_id}/target/{target_id}/test-runs"
    connection.request("GET", path, headers={"X-Api-Key": sandbox.api_key})
    connection.getresponse().read()


@contextmanager
def processor_seconds() -> Iterator[list[float]]:
    spent: list[float] = []
    began = time.process_time()
    yield spent
    spent.append(time.process_time() - began)


def request(play: Play, *, scheme: str = "http", is_cancelled: bool) -> float:
    """Return the seconds from the deadline of a request that hangs, or from a signal, until it is abandoned."""
    stop_signal = StopSignal()
    began = time.monotonic()

    async def send(url: str, workers: WorkerThreads) -> None:
        session, context = HttpSession(url, {}, monotonic=time.monotonic), RequestContext()
        deadline = began + (60.0 if is_cancelled else REQUEST_SECONDS)
        with suppress(AbandonedError, CancelledError, TransportError):
            await workers.run(
                lambda: session.request("GET", "/", deadline=deadline, context=context),
                deadline=deadline,
                cancel=context.cancel,
            )

    with RawServer(play) as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        if is_cancelled:
            threading.Timer(REQUEST_SECONDS, lambda: stop_signal._handle(signal.SIGTERM, None)).start()
        run_all(lambda _, workers: [send(url, workers)], parallel=1, stop_signal=stop_signal)
        return time.monotonic() - began - REQUEST_SECONDS


AFTER_SIGNAL = MAX_SECONDS_AFTER_SIGNAL
BOUNDS = (
    Bound("signal between two polls", AFTER_SIGNAL, lambda: gate_after_signals(held=4)),
    Bound("signal while scores are awaited", AFTER_SIGNAL, lambda: gate_after_signals("hold@any:1-1", held=1)),
    Bound("signal while a listing is awaited", AFTER_SIGNAL, lambda: gate_after_signals("hold@any:4-4", held=4)),
    Bound("signal while the trigger is awaited", AFTER_SIGNAL, lambda: gate_after_signals("hold@any:3-3", held=3)),
    Bound("signal, platform out of reach", AFTER_SIGNAL, lambda: gate_after_signals("hold@any:4-", held=4)),
    Bound("second signal", 1.0, lambda: gate_after_signals("hold@any:4-", held=4, signals=2)),
    *(
        Bound(f"{way} of a request, {play.__name__}", 1.0, partial(request, play, is_cancelled=way == "signal"))
        for way in ("deadline", "signal")
        for play in (stays_silent, drips_headers, drips_body)
    ),
    *(
        Bound(
            f"{way} of a TLS handshake",
            1.0,
            partial(request, never_shakes_hands, scheme="https", is_cancelled=way == "signal"),
        )
        for way in ("deadline", "signal")
    ),
    Bound("sandbox: stop while a request hangs", 2.0, stop_while_a_request_hangs),
    Bound(f"sandbox: {RUNS:,} runs joined again (CPU)", 0.01, join_long_history_again),
    Bound(f"sandbox: {RUNS:,} runs listed again (CPU)", 5.0, list_long_history_again),
    Bound(f"sandbox: a listing among {TARGETS:,} targets", 0.1, poll_a_fleet),
)


def main() -> int:
    are_kept = True
    for bound in BOUNDS:
        seconds = bound.measure()
        is_kept = seconds <= bound.limit_seconds
        are_kept = are_kept and is_kept
        verdict = "kept" if is_kept else "NOT KEPT"
        print(f"{bound.name:45} {seconds:8.3f} s of {bound.limit_seconds:5.2f} s  {verdict}", flush=True)
    return 0 if are_kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
