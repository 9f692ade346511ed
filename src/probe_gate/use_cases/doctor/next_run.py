"""What `doctor` reports about the next run of the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from probe_gate.domain.checks_score import find_unreported
from probe_gate.domain.concurrent_runs import active_runs, known_runs
from probe_gate.domain.evidence import Target
from probe_gate.domain.formatting import format_duration, plural
from probe_gate.domain.policy import Overrides, Policy, policy_rows
from probe_gate.domain.probes import ProbeChoice
from probe_gate.domain.run import Run, RunState, complete_counts
from probe_gate.domain.run_list import RunList
from probe_gate.domain.run_size import SIZED_RUNS
from probe_gate.domain.scores import Scores
from probe_gate.errors import Outcome
from probe_gate.use_cases.doctor.findings import Finding, Status

CATEGORY = "Category"


@dataclass(frozen=True, slots=True)
class GateIntent:
    """What the next `run` will do with a target."""

    target: Target
    probes: ProbeChoice
    policy: Policy
    timeout_seconds: float
    settle_seconds: float
    on_busy: str
    trusts_unproven: bool
    overrides: Overrides | None = None


def diagnose_next_run(listing: RunList, intent: GateIntent, now: datetime) -> Finding:
    """Return what the next `run` does, and how many test cases it may cost."""
    runs = [run for run in known_runs(listing) if run.state is RunState.SUCCEEDED and _size(run)]
    sizes = [_size(run) for run in runs[-SIZED_RUNS:]]
    wait = "wait for the active run, then " if active_runs(listing, now) and intent.on_busy == "wait" else ""
    text = (
        f"probe-gate run would {wait}start one test run with {intent.probes}, wait up to "
        f"{format_duration(intent.timeout_seconds)}, and judge the limits below. {_describe_sizes(sizes)}"
    )
    data = {"probes": str(intent.probes), "testCases": sizes}
    least = intent.policy.min_test_cases
    if sizes and max(sizes) < least.value:
        return Finding(
            "next-run", "Next run", Status.PROBLEM, f"{text} That is fewer than min-test-cases {least.value}.",
            f"Lower min-test-cases ({least.origin}), or configure more probes.", intent.target.id, Outcome.INCONCLUSIVE, data,
        )  # fmt: skip
    return Finding("next-run", "Next run", Status.OK, text, target_id=intent.target.id, data=data)


def _describe_sizes(sizes: Sequence[int]) -> str:
    if not sizes:
        return "No run has completed yet, so its number of test cases is not known."
    low, high = min(sizes), max(sizes)
    amount = plural(low, "test case") if low == high else f"{low:,} to {high:,} test cases"
    which = "The last completed run" if len(sizes) == 1 else f"The last {len(sizes)} completed runs"
    return f"{which} had {amount}{'' if len(sizes) == 1 else ' each'}."


def _size(run: Run) -> int:
    """Return the test cases that a run planned; 0 if that is not known."""
    counts = complete_counts(run.counts)
    return counts.total or counts.executed or 0


def diagnose_categories(
    policy: Policy, overrides: Overrides | None, scores: Scores, target_id: int
) -> Iterator[Finding]:
    """Yield a problem for each category in the policy that the platform does not report: its name may be misspelt."""
    hint = "Correct the name in the policy, or configure probes of that category for the target."
    for category, sentence in find_unreported(policy, overrides, scores).items():
        yield Finding(f"category:{category}", CATEGORY, Status.PROBLEM, sentence, hint, target_id, Outcome.INCONCLUSIVE)


def describe_limits(policy: Policy, target_id: int | None, common: Policy | None = None) -> Iterator[Finding]:
    """Yield each limit and where it comes from; only those that differ where there is a policy to compare with."""
    same = {(row.key, row.value, str(row.origin)) for row in policy_rows(common)} if common is not None else set()
    for row in policy_rows(policy):
        if (row.key, row.value, str(row.origin)) in same:
            continue
        origin = str(row.origin) if row.origin is not None else "policy"
        yield Finding(
            f"limit:{row.key}", "Limit", Status.OK, f"{row.key} {row.value} ({origin})", target_id=target_id,
            data={"value": row.value, "origin": origin},
        )  # fmt: skip
