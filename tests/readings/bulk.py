"""Plays many drawn platforms and counts what the gates said. By hand: `python -m tests.readings.bulk 30000`."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from random import Random

from probe_gate.errors import Outcome
from tests.readings.allowance import why_not_judged
from tests.readings.draws import draw_situation
from tests.readings.play import Situation

JUDGED = (Outcome.PASSED, Outcome.FAILED)


def judge(seed: int) -> str:
    """What became of the platform that this seed draws, in some words."""
    return judge_situation(draw_situation(Random(seed)))  # noqa: S311


def judge_situation(situation: Situation) -> str:
    """The same of any one."""
    try:
        gate = situation.play()
        outcome = gate.verdict.outcome
    except Exception as bug:  # noqa: BLE001 - counted, and shown by its seed
        return f"bug: {type(bug).__name__}"
    if outcome in JUDGED:
        if outcome is not gate.true_outcome:
            return "false pass" if outcome is Outcome.PASSED else "false red"
        return "judged foreign scores" if gate.judged_foreign_scores else "true"
    if outcome is not Outcome.INCONCLUSIVE:
        return f"ended as {outcome.value}"
    why = why_not_judged(gate)
    return "unneeded" if why is None else f"not judged: {why}"


def count(seeds: Iterable[int]) -> dict[str, list[int]]:
    """The seeds of each finding."""
    found: dict[str, list[int]] = {}
    for seed in seeds:
        found.setdefault(judge(seed), []).append(seed)
    return found


def main(draws: int, first: int = 0, workers: int = 1) -> None:
    """Prints how often each finding was made, and the first seeds of it."""
    parts = [range(first + part, first + draws, 16) for part in range(16)]
    total: Counter[str] = Counter()
    seeds: dict[str, list[int]] = {}
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(count, parts):
            for what, where in found.items():
                total[what] += len(where)
                seeds[what] = sorted([*seeds.get(what, []), *where])[:8]
    for what, often in total.most_common():
        print(f"{often:6}  {what}  {'' if what == 'true' else seeds[what]}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0, int(os.environ.get("WORKERS", "1")))
