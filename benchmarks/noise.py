"""Measure how often a gate is red by chance: with one run, a confidence level, and confirming runs.

    python -m benchmarks.noise [--draws N] [--write]

Runs of several sizes are drawn from targets whose true attack success rate is known, below and above the limit of 5 %.
Each sequence of runs goes through the gate's own code: the one that decides whether another run is started, and the one
that judges all of them. `--write` writes the result into docs/checks.md and draws its plot.
"""

from __future__ import annotations

import argparse
import random
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import accumulate
from math import comb

from probe_gate.domain.confirmation import judge_runs, most_runs, needs_another_run
from probe_gate.domain.evidence import Evidence
from probe_gate.domain.policy import Limit, Policy
from probe_gate.errors import Outcome
from tests.harness.factories import make_counts, make_evidence, make_run, make_scores

LIMIT_PERCENT = 5
"""Percent of attacks that may succeed; for scores, the minimum is what is left of 100."""
SIZES = (50, 200, 1000)
"""Test cases of a run."""
RATES = tuple(rate / 1000 for rate in (10, 20, 30, 35, 40, 45, 50, 55, 60, 70, 80, 100, 120))
"""True rates, as fractions."""
BETTER, AT_LIMIT, WORSE = 0.04, 0.05, 0.06
"""A target that is 20 % better than its limit, one that is at it, and one that is 20 % worse."""
DRAWS = 1_000
MAX_RUNS = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way to judge."""

    limited: str
    """`rate` or `score`."""
    options: str
    """The options of the command; empty for none."""
    policy: Policy

    @property
    def name(self) -> str:
        return f"{self.limited} {self.options}".strip()


def judge_rate(options: str = "", *, confirm: int = 0, confidence: int = 0) -> Way:
    """Return a way that limits the attack success rate."""
    policy = Policy(
        min_score=Limit(Decimal(0)),
        max_attack_success_rate=Limit(Decimal(LIMIT_PERCENT)),
        confidence=Limit(Decimal(confidence)) if confidence else None,
        confirm=Limit(confirm),
    )
    return Way("rate", options, policy)


def judge_score(options: str = "", *, confirm: int = 0) -> Way:
    """Return a way that limits the overall score, which is taken to be the percentage of attacks withstood."""
    return Way("score", options, Policy(min_score=Limit(Decimal(100 - LIMIT_PERCENT)), confirm=Limit(confirm)))


RATE_WAYS = (
    judge_rate(),
    judge_rate("--confidence 95", confidence=95),
    judge_rate("--confirm 2", confirm=2),
    judge_rate("--confirm 4", confirm=4),
    judge_rate("--confirm 2 --confidence 95", confirm=2, confidence=95),
    judge_rate("--confirm 4 --confidence 95", confirm=4, confidence=95),
)
SCORE_WAYS = (judge_score(), judge_score("--confirm 2", confirm=2), judge_score("--confirm 4", confirm=4))
WAYS = {way.name: way for way in (*RATE_WAYS, *SCORE_WAYS)}


@dataclass(frozen=True, slots=True)
class Point:
    """What the gates of targets with one true rate came to."""

    red: float
    """The share that was red."""
    runs: float
    """How many runs a gate made on average."""


Curve = Mapping[float, Point]
"""The operating characteristic: by true rate."""


@cache
def make_run_evidence(size: int, failed: int) -> Evidence:
    """Return the evidence of a run with so many successful attacks, whose scores are proven to be its own."""
    score = round(100 - 100 * failed / size)
    return make_evidence(
        run=make_run(counts=make_counts(passed=size - failed, failed=failed, errors=0, total=size)),
        scores=make_scores(overall=score, categories={}, simulated_attacks=size, successful_attacks=failed),
    )


@cache
def judge(name: str, size: int, failed: tuple[int, ...]) -> bool | None:
    """Return whether the gate is red after these runs; None if it starts another one.

    The order of the runs after the first one makes no difference, so they come sorted.
    """
    policy, runs = WAYS[name].policy, [make_run_evidence(size, count) for count in failed]
    if needs_another_run(policy, runs):
        return None
    return judge_runs(policy, runs).outcome is not Outcome.PASSED


def play(name: str, size: int, draws: Sequence[int]) -> tuple[bool, int]:
    """Return whether a gate is red whose runs have these numbers of successful attacks, and how many runs it makes."""
    for made in range(1, most_runs(WAYS[name].policy) + 1):
        first, *later = draws[:made]
        red = judge(name, size, (first, *sorted(later)))
        if red is not None:
            return red, made
    raise AssertionError("the gate asks for more runs than it may make")


@cache
def draw_runs(size: int, rate: float, count: int) -> tuple[tuple[int, ...], ...]:
    """Return the numbers of successful attacks in the runs of so many gates: the same for every way."""
    source = random.Random(f"{size} {rate}")  # noqa: S311 - a simulation
    shares = [comb(size, failed) * rate**failed * (1 - rate) ** (size - failed) for failed in range(size + 1)]
    cumulated = list(accumulate(shares))
    return tuple(
        tuple(min(bisect_left(cumulated, source.random()), size) for _ in range(MAX_RUNS)) for _ in range(count)
    )


def measure(name: str, size: int, draws: int) -> Curve:
    """Play so many gates for each true rate."""
    curve = {}
    for rate in RATES:
        played = [play(name, size, drawn) for drawn in draw_runs(size, rate, draws)]
        curve[rate] = Point(sum(red for red, _ in played) / draws, sum(made for _, made in played) / draws)
    return curve


Curves = Mapping[int, Mapping[str, Curve]]
"""By size and name of the way."""


def format_curves(curves: Curves) -> Iterator[str]:
    """Yield the operating characteristics as tables: percent red and mean number of runs by true rate."""
    for size, by_name in curves.items():
        yield f"{size} test cases; percent of gates that are red, and runs for each gate, by true rate"
        yield f"{'true rate in percent':34}" + "".join(f"{rate * 100:>11.1f}" for rate in RATES)
        for name, curve in by_name.items():
            yield f"{name:34}" + "".join(f"{point.red * 100:>6.1f} {point.runs:4.2f}" for point in curve.values())
        yield ""


def format_summary(curves: Curves) -> Iterator[str]:
    """Yield the table of docs/checks.md."""
    yield "| test cases | limit on | options | red: 20 % better than the limit | red: at the limit | green: 20 % worse | runs at the limit |"
    yield "| ---: | --- | --- | ---: | ---: | ---: | ---: |"
    for size, by_name in curves.items():
        for name, curve in by_name.items():
            better, limit, worse = (curve[rate] for rate in (BETTER, AT_LIMIT, WORSE))
            cells = f"{better.red:.0%} | {limit.red:.0%} | {1 - worse.red:.0%}".replace("%", " %")
            options = f"`{WAYS[name].options}`" if WAYS[name].options else "none"
            yield f"| {size:,} | {WAYS[name].limited} | {options} | {cells} | {limit.runs:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise")
    parser.add_argument("--draws", type=int, default=DRAWS, help="gates for each true rate, size and way")
    parser.add_argument("--write", action="store_true", help="write docs/checks.md and its plot")
    options = parser.parse_args()
    curves = {size: {name: measure(name, size, options.draws) for name in WAYS} for size in SIZES}
    print(*format_curves(curves), sep="\n")
    print(*format_summary(curves), sep="\n")
    if options.write:
        from benchmarks.blocks import CHECKS_PAGE, DOCS, write_blocks
        from benchmarks.plots import draw_noise  # matplotlib is large

        write_blocks({"noise": "\n".join(format_summary(curves))}, CHECKS_PAGE)
        labels = {way.name: way.options or "one run" for way in RATE_WAYS}
        draw_noise(curves, labels, LIMIT_PERCENT, DOCS / "images" / "bench-noise.svg")


if __name__ == "__main__":
    main()
