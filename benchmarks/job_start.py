"""`make bench-job-start`: the seconds from the start of a CI step to the gate's first request, for each way to start it.

Writes the table into docs/performance.md. No image is pulled, and the package index may be a local one; the page says
what the network of a runner adds.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.blocks import write_blocks
from tests.ci_systems.containers import ROOT, Engine

TAG = "probe-gate:job-start"
NAME = "probe-gate-job-start"
TIMES = 3
MAX_SECONDS = 600.0

Way = Callable[[Mapping[str, str]], subprocess.Popen[bytes]]
"""Starts the gate as a CI step does, and returns its process."""


class Listener:
    """A server that records when its first request arrives."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.asked_at = 0.0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not listener.asked.is_set():
                    listener.asked_at = time.monotonic()
                    listener.asked.set()
                self.send_error(503)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def listening() -> Iterator[Listener]:
    """Serve a listener until the block is left."""
    listener = Listener()
    with listener.server as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield listener
        server.shutdown()
        thread.join()


def measure(way: Way) -> float:
    """Return the seconds to the first request, once."""
    with listening() as listener:
        variables = {
            "SPLX_API_KEY": "key",
            "SPLX_WORKSPACE_ID": "7",
            "SPLX_TARGET_ID": "42",
            "SPLX_API_URL": listener.url,
        }
        began = time.monotonic()
        process = way(variables)
        while not listener.asked.wait(1.0):
            if process.poll() is not None or time.monotonic() - began > MAX_SECONDS:
                raise SystemExit("the gate sent no request")
        os.killpg(process.pid, signal.SIGKILL)  # what the action started, too
        process.wait()
    return listener.asked_at - began


class Containers:
    """The ways that use the container image."""

    def __init__(self, directory: Path) -> None:
        self.engine = Engine()
        self.archive = directory / "image.tar"
        self.engine.build(TAG)
        self._do("save", "--output", self.archive, TAG)

    def run(self, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Run the image, which is already built."""
        self.engine.remove(NAME)
        given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        options = ["--rm", "--name", NAME, "--network", "host", "--workdir", "/tmp", *given]  # noqa: S108 - in the container
        return start(self.engine.command("run", *options, TAG, "run"))

    def load_and_run(self, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Load the image from an archive first, as after a pull."""
        self._do("load", "--input", self.archive)
        return self.run(variables)

    def build_and_run(self, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Build the image first, as a job that uses the action from main does."""
        self.engine.build(TAG, "--no-cache")
        return self.run(variables)

    def forget(self) -> None:
        """Remove the image and its container."""
        self.engine.remove(NAME)
        self.engine("rmi", "--force", TAG)

    def _do(self, *words: str | Path) -> None:
        done = self.engine(*words, seconds=600)
        if done.code != 0:
            raise SystemExit(done.out)


def native(temp: Path) -> Way:
    """Return the way that uses the native action, with that directory as RUNNER_TEMP."""

    def way(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        workspace = Path(tempfile.mkdtemp(dir=temp))
        env = {**os.environ, **variables, "RUNNER_TEMP": str(temp), "INPUT_COMMAND": "run"}
        return start([shutil.which("node") or "node", ROOT / "native" / "main.js"], env=env, cwd=workspace)

    return way


def start(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=env,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main() -> None:
    """Measure each way, print the table, and write it to the page."""
    rows: list[tuple[str, list[float]]] = []

    def note(name: str, way: Callable[[], float], times: int = TIMES) -> None:
        rows.append((name, [way() for _ in range(times)]))
        print(f"{name}: {rows[-1][1]}", flush=True)

    with tempfile.TemporaryDirectory(prefix="probe-gate-") as name:
        directory = Path(name)
        containers = Containers(directory)
        note("prebuilt image, on the runner already", lambda: measure(containers.run))

        def load() -> float:
            containers.forget()
            return measure(containers.load_and_run)

        note("prebuilt image, unpacked first (as after a pull)", load)
        note("image built in the job (action from main)", lambda: measure(containers.build_and_run))
        containers.forget()
        fresh = iter(range(1_000))

        def first() -> float:
            temp = directory / f"temp-{next(fresh)}"
            temp.mkdir()
            return measure(native(temp))

        note("native action, first step of a job", first)
        temp = directory / "temp-0"
        note("native action, later step", lambda: measure(native(temp)))
    lines = ["| way | seconds to the first request | min | max |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| {name} | {statistics.median(all_):.1f} | {min(all_):.1f} | {max(all_):.1f} |" for name, all_ in rows]
    machine = (
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {containers.engine.name}"
    )
    text = "\n".join([*lines, "", f"Median of {TIMES} on {datetime.now(UTC):%Y-%m-%d}: {machine}."])
    print(text)
    write_blocks({"job-start": text})


if __name__ == "__main__":
    main()
