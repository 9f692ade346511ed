"""Measure one poll of a long run list: CPU time and memory, compared with simpler ways to read the same bytes.

    python -m benchmarks.listing

The server is another process; each row is measured in its own process, with the gate's client.
"""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from probe_gate.domain.run_list import RunQuery
from probe_gate.http.connection import RequestContext
from probe_gate.http.session import HttpSession
from probe_gate.probe_api.calls import Calls
from probe_gate.probe_api.run_list import RunLists
from tests.harness.virtual_time import VirtualTime

SIZES = (10, 1_000, 10_000, 100_000)
POLLS = 5
PROBES = ["Prompt Injection", "Jailbreak", "Data Exfiltration", "Context Leakage", "Bias", "Profanity"]


def listing_body(runs: int) -> bytes:
    """Return a run list as JSON, the newest run first; 100,000 runs are 32 MB."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    entries = [
        {
            "id": number,
            "name": f"nightly build main {number}",
            "executionDate": (begin + timedelta(minutes=10 * number)).isoformat().replace("+00:00", ".123Z"),
            "startedBy": "ci@example.com",
            "errorCount": 1,
            "passedCount": 200,
            "failedCount": number % 20,
            "totalCount": 221,
            "progress": 1.0,
            "status": "COMPLETED",
            "probes": PROBES,
        }
        for number in range(runs, 0, -1)
    ]
    return json.dumps(entries, separators=(",", ":")).encode()


def serve(runs: int, *, is_compressed: bool) -> None:
    """Print the port, and respond to every request with the run list."""
    body = listing_body(runs)
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    if is_compressed:
        body, head = gzip.compress(body), head + "Content-Encoding: gzip\r\n"
    wire = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while connection.recv(65536).endswith(b"\r\n\r\n"):
                connection.sendall(wire)

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


@contextmanager
def server(runs: int, kind: str) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.listing", "serve", str(runs), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{next(iter(process.stdout or ())).strip()}"
        finally:
            process.terminate()


def poll(url: str, runs: int, way: str) -> None:
    """Poll a few times, and print the CPU seconds of one poll and the mebibytes that all of them added."""
    if way == "requests":
        print_cost(prepare_requests(url, runs))
    elif way == "json alone":
        body = listing_body(runs)  # the lower limit with the standard library: the bytes are in memory already
        print_cost(lambda: json.loads(body))
    else:
        print_cost(prepare_gate(url, runs, way))


def prepare_gate(url: str, runs: int, way: str) -> Callable[[], object]:
    """Return a poll by the gate's client, without its one-time setup."""
    clock = VirtualTime()
    session = HttpSession(url, {"X-Api-Key": "benchmark-key"}, monotonic=time.monotonic)
    listings = RunLists(Calls(session, clock, clock))

    def read(query: RunQuery) -> object:
        return listings.read("RunList", "/", query, time.monotonic() + 60, RequestContext())

    ways: dict[str, Callable[[], object]] = {
        "whole": lambda: read(RunQuery(run_id=runs, name_prefix="pg-")),
        "stops early": lambda: read(RunQuery(run_id=runs, may_stop_early=True)),
        "json.loads": lambda: json.loads(session.request("GET", "/", deadline=time.monotonic() + 60).body),
    }
    with session.stream("GET", "/", deadline=time.monotonic() + 60):
        pass
    return ways[way]


def prepare_requests(url: str, runs: int) -> Callable[[], object]:
    """Return a poll by a plain script."""
    import requests

    session = requests.Session()
    session.get(url, stream=True, timeout=60).close()
    return lambda: next(run for run in session.get(url, timeout=60).json() if run["id"] == runs)


def print_cost(poll_once: Callable[[], object]) -> None:
    before = peak_mebibytes()
    seconds = []
    for _ in range(POLLS):
        began = time.process_time()
        poll_once()
        seconds.append(time.process_time() - began)
    print(json.dumps([min(seconds), max(seconds), peak_mebibytes() - before]))


def peak_mebibytes() -> float:
    """Return the peak memory of this process. `resource` would include that of its parent."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure_poll(url: str, runs: int, way: str) -> tuple[float, float, float]:
    """Return the minimum and maximum CPU seconds of one poll, and the mebibytes of all, in a new process."""
    command = [sys.executable, "-m", "benchmarks.listing", "poll", url, str(runs), way]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    minimum, maximum, grown = json.loads(found)
    return minimum, maximum, grown


def main() -> None:
    print(f"One poll of a listing: CPU seconds (min and max of {POLLS}), and MiB that {POLLS} polls add")
    print(f"{'runs':>9}  {'transfer':<10}{'way':<12}{'min':>8}{'max':>8}{'MiB':>8}")
    for runs in SIZES:
        for kind in ("gzip", "plain"):
            with server(runs, kind) as url:
                for way in ("whole", "stops early", "json.loads"):
                    minimum, maximum, grown = measure_poll(url, runs, way)
                    print(f"{runs:>9,}  {kind:<10}{way:<12}{minimum:>8.3f}{maximum:>8.3f}{grown:>8.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), is_compressed=sys.argv[3] == "gzip")
    elif sys.argv[1:2] == ["poll"]:
        poll(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
