"""How many test cases the runs of a target usually have, and whether a run shrank."""

from __future__ import annotations

from collections.abc import Iterable

from probe_gate.domain.evidence import Evidence
from probe_gate.domain.formatting import plural
from probe_gate.domain.run import Run, RunState, complete_counts

SIZED_RUNS = 5
"""How many of the latest completed runs show the usual size."""
MIN_RUNS = 2
"""With fewer, nothing is usual."""


def result_count(run: Run) -> int:
    """Return how many test cases of a run have a result; 0 if that is not known."""
    return complete_counts(run.counts).evaluated or 0


def latest_completed(runs: Iterable[Run]) -> list[Run]:
    """Return the latest completed runs that have a result, the last one last."""
    sized = [run for run in runs if run.state is RunState.SUCCEEDED and result_count(run)]
    return sorted(sized, key=lambda run: run.id)[-SIZED_RUNS:]


def usual_size(runs: Iterable[Run]) -> int | None:
    """Return how many test cases with a result the latest completed runs have: their median, or None without a run."""
    sizes = sorted(result_count(run) for run in latest_completed(runs))
    return sizes[(len(sizes) - 1) // 2] if sizes else None


def describe_shrinkage(evidence: Evidence) -> str:
    """Return that a run has less than half of the usual test cases, in words; empty if it has not.

    A run of chosen probes is compared with runs of as many probes.
    """
    run = evidence.run
    if not isinstance(run, Run) or run.state is not RunState.SUCCEEDED:
        return ""
    earlier = [one for one in evidence.trend if one.id < run.id]
    if evidence.facts.probe_ids is not None:
        earlier = [one for one in earlier if one.probes and len(one.probes) == len(run.probes or ())]
    compared = latest_completed(earlier)
    usual, count = usual_size(compared), result_count(run)
    if usual is None or len(compared) < MIN_RUNS or not count or count * 2 >= usual:
        return ""
    return (
        f"This run is much smaller than usual: {plural(count, 'test case')} with a result, against {usual:,} in the last "
        f"{len(compared)} completed runs (median). If that is a mistake, check which probes are configured; "
        "min-test-cases makes such a run inconclusive."
    )
