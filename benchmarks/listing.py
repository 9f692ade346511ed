"""What one poll of a long listing costs: processor time and memory, beside reading the same bytes by simpler ways.

    python -m benchmarks.listing

The server is another process; each row is measured in a process of its own, with the client that the gate uses.
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
    """As a platform would send it, the newest run first; 100,000 runs are 32 MB."""
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
    """Answers every request with the listing; prints the port first."""
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
    """Polls a few times and prints the processor seconds of one poll and the mebibytes that all of them added."""
    if way == "requests":
        print_cost(prepare_requests(url, runs))
    elif way == "json alone":
        body = listing_body(runs)  # the least that the standard library can cost: the bytes are here already
        print_cost(lambda: json.loads(body))
    else:
        print_cost(prepare_gate(url, runs, way))


def prepare_gate(url: str, runs: int, way: str) -> Callable[[], object]:
    """A poll by the gate's client; whatever is set up once is no part of it."""
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
    """A poll as a plain script makes it."""
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
    """Of this process; what `resource` tells begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure_poll(url: str, runs: int, way: str) -> tuple[float, float, float]:
    """In a process of its own: the least and the most processor seconds of one poll, and the mebibytes of all."""
    command = [sys.executable, "-m", "benchmarks.listing", "poll", url, str(runs), way]
    found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    least, most, grown = json.loads(found)
    return least, most, grown


def main() -> None:
    print(f"One poll of a listing: CPU seconds (least and most of {POLLS}), and MiB that {POLLS} polls add")
    print(f"{'runs':>9}  {'transfer':<10}{'way':<12}{'least':>8}{'most':>8}{'MiB':>8}")
    for runs in SIZES:
        for kind in ("gzip", "plain"):
            with server(runs, kind) as url:
                for way in ("whole", "stops early", "json.loads"):
                    least, most, grown = measure_poll(url, runs, way)
                    print(f"{runs:>9,}  {kind:<10}{way:<12}{least:>8.3f}{most:>8.3f}{grown:>8.1f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(int(sys.argv[2]), is_compressed=sys.argv[3] == "gzip")
    elif sys.argv[1:2] == ["poll"]:
        poll(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
