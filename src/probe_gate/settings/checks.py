"""What must hold of the options beside the form of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from probe_gate.settings.plans import TargetPlan
from probe_gate.settings.sources import Sources


def check_lengths(sources: Sources) -> None:
    """Times that must not be zero are not."""
    timeout = sources.given("timeout")
    if timeout is not None and timeout.value <= timedelta(0):
        sources.problems.append(f"{timeout.origin}: no time at all is not enough; write it like 45m")
    max_age = sources.given("max-age")
    if max_age is not None and max_age.value <= timedelta(0):
        sources.problems.append(f"{max_age.origin}: scores are always older than that; write it like 24h")


def check_baselines(sources: Sources, targets: Sequence[TargetPlan]) -> None:
    """A limit on the drop has something to be held against."""
    if not sources.takes("max-score-drop") or any(map(sources.is_wrong, ("baseline", "allow-missing-baseline"))):
        return
    for plan in targets:
        policy = plan.policy
        if policy.max_score_drop is None or policy.baseline is not None or policy.allow_missing_baseline.value:
            continue
        problem = (
            f"{policy.max_score_drop.origin}: max-score-drop needs something to compare with; give --baseline or "
            "PROBE_GATE_BASELINE, set baseline in the policy, or --allow-missing-baseline the first time"
        )
        if problem not in sources.problems:
            sources.problems.append(problem)
