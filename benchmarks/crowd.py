"""Simulate ten thousand pipelines on a platform that allows 200 requests per second.

    python -m benchmarks.crowd [PIPELINES]

They start within ten minutes, each with a run of 8 minutes; above the limit the platform responds 429 with Retry-After.
The real gate code runs on a virtual clock. Prints the requests per minute and the outcomes, and the same for a script
that polls every 5 s. With fewer pipelines, the limit is lowered in proportion.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from benchmarks.gates import Server, plan_for, ports_for
from probe_gate.domain.run import Counts, Run
from probe_gate.http.errors import StatusError
from probe_gate.use_cases.gate_target import gate_target
from tests.harness.virtual_time import START, VirtualTime

PIPELINES = 10_000
START_SECONDS = 600
RUN_SECONDS = 480
LIMIT_PER_SECOND = 200
TIMEOUT_SECONDS = 45 * 60
TEST_CASES = 400
BUCKET_SECONDS = 60
BAR_REQUESTS = 20
"""Requests per second for one character of the chart, with the default number of pipelines."""

Waiting = Callable[[Server, int, Callable[[], float]], Coroutine[Any, Any, str]]
"""Runs one pipeline, given the server, the target id and a source of jitter, and returns its outcome."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The result of a simulation."""

    server: Server
    endings: Counter[str]
    delays_seconds: list[float]
    """From the end of each run until its pipeline passed; ascending."""
    limit_per_second: int

    def calm_after_seconds(self) -> int:
        """Return the second after which no minute has more requests than the limit allows."""
        arrived = self.server.arrived
        too_many = (
            begin
            for begin in range(max(arrived), -1, -1)
            if sum(arrived[second] for second in range(begin, begin + 60)) > 60 * self.limit_per_second
        )
        return next(too_many, -1) + 1


async def run_gate(server: Server, target_id: int, jitter: Callable[[], float]) -> str:
    """Run a gate with the default options."""
    plan = plan_for(target_id, deadline=server.time.monotonic() + TIMEOUT_SECONDS)
    return str((await gate_target(plan, ports_for(server, jitter))).outcome)


async def run_script(server: Server, target_id: int, jitter: Callable[[], float]) -> str:
    """Run a typical script: trigger, poll every 5 s, read the scores; retry refused requests after 5 s."""
    deadline = server.time.monotonic() + TIMEOUT_SECONDS
    steps = ["trigger", "wait", "scores"]
    while steps and server.time.monotonic() < deadline:
        try:
            server.take_request()
        except StatusError:
            pass
        else:
            run = server.run_of(target_id)
            if run is None:
                server.triggered_at[target_id] = server.time.monotonic()
            if run is None or run.state.is_terminal:
                steps.pop(0)
                if steps == ["scores"]:
                    continue
        if steps:
            await server.time.sleep(5)
    return "timed-out" if steps else "passed"


def simulate(
    pipelines: int, waiting: Waiting, seed: int = 1, *, start_seconds: float = START_SECONDS, is_limited: bool = True
) -> Crowd:
    """Run all pipelines to their end."""
    source = random.Random(seed)  # noqa: S311 - a simulation
    random.seed(seed)  # the retries draw from the one source of the process
    time = VirtualTime()
    limit = max(LIMIT_PER_SECOND * pipelines // PIPELINES, 1)
    server = Server(time, show_run, limit_per_second=limit if is_limited else None)
    tasks = {
        target_id: time.start(waiting(server, target_id, source.random), source.uniform(0, start_seconds))
        for target_id in range(1, pipelines + 1)
    }
    time.pass_until()
    delays = sorted(
        task.ended_at - server.triggered_at[target_id] - RUN_SECONDS
        for target_id, task in tasks.items()
        if task.result == "passed" and task.ended_at is not None
    )
    return Crowd(server, Counter(task.result for task in tasks.values()), delays, limit)


def show_run(run_id: int, elapsed_seconds: float) -> Run:
    """Return a run with linear progress that completes and passes."""
    done = min(int(TEST_CASES * elapsed_seconds / RUN_SECONDS), TEST_CASES)
    return Run(
        id=run_id,
        status="COMPLETED" if elapsed_seconds >= RUN_SECONDS else "RUNNING",
        started_at=START,
        counts=Counts(passed=done - done // 100, failed=done // 100, errors=0, total=TEST_CASES),
    )


def print_crowd(name: str, pipelines: int, crowd: Crowd) -> None:
    """Print the load over time, and the outcomes."""
    arrived, refused = crowd.server.arrived, crowd.server.refused
    print(f"\n{name}: {arrived.total()} requests, {refused.total()} of them refused")
    print("    time  requests/s  in the worst second  refused/s")
    for begin in range(0, max(arrived) + 1, BUCKET_SECONDS):
        seconds = range(begin, begin + BUCKET_SECONDS)
        mean = sum(arrived[second] for second in seconds) / BUCKET_SECONDS
        worst = max(arrived[second] for second in seconds)
        turned_away = sum(refused[second] for second in seconds) / BUCKET_SECONDS
        bar = "#" * round(mean / BAR_REQUESTS * PIPELINES / pipelines)
        print(f"{begin // 60:5d}:00 {mean:11.0f} {worst:20d} {turned_away:10.0f}  {bar}")
    print(format_ending(name, crowd))


def format_ending(name: str, crowd: Crowd) -> str:
    """Return a summary in a few lines."""
    delays = crowd.delays_seconds
    calm = crowd.calm_after_seconds()
    return "\n".join(
        [
            f"{name}: " + ", ".join(f"{count} {ending}" for ending, count in crowd.endings.items()),
            f"  {crowd.server.requests} requests, {crowd.server.refused.total()} of them refused",
            f"  below the limit of {crowd.limit_per_second} requests/s for good from {calm // 60}:{calm % 60:02d} on",
            f"  passed after the end of the run: median {delays[len(delays) // 2]:.0f} s, worst {delays[-1]:.0f} s",
        ]
    )


def print_waves(pipelines: int) -> None:
    """Print whether gates that start together keep polling at the same times."""
    arrived = simulate(pipelines, run_gate, start_seconds=1, is_limited=False).server.arrived
    middle = [arrived[second] for second in range(120, 420)]
    print(f"\n{pipelines} gates that start in the same second, no limit: from minute 2 to 7")
    print(f"{sum(middle) / len(middle):.0f} requests/s, {max(middle)} in the worst second")


def main() -> None:
    pipelines = int(sys.argv[1]) if len(sys.argv) > 1 else PIPELINES
    print(f"{pipelines} pipelines start within {START_SECONDS} s, each with a run of {RUN_SECONDS} s.")
    print_crowd("probe-gate", pipelines, simulate(pipelines, run_gate))
    print_crowd("a script that asks every 5 s", pipelines, simulate(pipelines, run_script))
    print_waves(pipelines // 10)


if __name__ == "__main__":
    main()
