"""What must hold of the options beside the form of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from probe_gate.domain.policy import BEFORE, DEFAULT, Origin, Policy
from probe_gate.settings.plans import Plans, TargetPlan
from probe_gate.settings.sources import Sources

RATE, CONFIDENCE = "max-attack-success-rate", "confidence"
RUN_LIMITS = (RATE, CONFIDENCE, "max-error-rate", "min-test-cases")
"""Limits on the counts of a test run, which `check` does not have."""


def check_lengths(sources: Sources) -> None:
    """Times that must not be zero are not."""
    timeout = sources.given("timeout")
    if timeout is not None and timeout.value <= timedelta(0):
        sources.problems.append(f"{timeout.origin}: no time at all is not enough; write it like 45m")
    settle, total = sources.given("settle"), sources.value("timeout")
    if settle is not None and total is not None and settle.value >= total > timedelta(0):
        sources.problems.append(f"{settle.origin}: must be shorter than the overall time limit (--timeout)")
    max_age = sources.given("max-age")
    if max_age is not None and max_age.value <= timedelta(0):
        sources.problems.append(f"{max_age.origin}: scores are always older than that; write it like 24h")


def check_baselines(sources: Sources, targets: Sequence[TargetPlan]) -> None:
    """A limit on the drop has something to be held against, by every policy that judges."""
    if not sources.takes("max-score-drop") or any(map(sources.is_wrong, ("baseline", "allow-missing-baseline"))):
        return
    for plan in targets:
        for policy in (plan.policy, *((plan.overrides.pipeline, plan.overrides.change) if plan.overrides else ())):
            if _lacks_baseline(policy):
                problem = _missing_baseline(plan, policy)
                if problem not in sources.problems:
                    sources.problems.append(problem)


def _lacks_baseline(policy: Policy) -> bool:
    return policy.max_score_drop is not None and policy.baseline is None and not policy.allow_missing_baseline.value


def _missing_baseline(plan: TargetPlan, policy: Policy) -> str:
    set_by = policy.max_score_drop.origin if policy.max_score_drop else DEFAULT
    where, allow, unused = "the policy", "--allow-missing-baseline", ""
    if plan.overrides is not None:
        where = "the base policy"
        if policy.max_score_drop == plan.policy.max_score_drop and _lacks_baseline(plan.policy):
            # No flag can loosen a base policy.
            allow = "allow-missing-baseline in the base policy"
        rejected = next((one for one in plan.overrides.rejected if one.key == "baseline"), None)
        unused = f"; the baseline of {rejected.requested_origin} is not used beside a base policy" if rejected else ""
    return (
        f"{set_by}: max-score-drop needs something to compare with; give --baseline or PROBE_GATE_BASELINE, set "
        f"baseline in {where}, or {allow} the first time{unused}"
    )


def check_run_limits(sources: Sources, plans: Plans) -> list[str]:
    """Refuse limits that need a test run where there is none; return a note on each that a policy file sets."""
    if sources.command != "check":
        return []
    for name in RUN_LIMITS:
        given = sources.given(name)
        if given is not None:
            sources.problems.append(f"{given.origin}: {name} needs a test run, and check starts none; use run")
    baseline = sources.given("baseline")
    if baseline is not None and baseline.value == BEFORE:
        sources.problems.append(
            f"{baseline.origin}: the scores before a test run need a run, and check starts none; "
            "name the report.json of an earlier gate"
        )
    return [
        f"{name} ({_listed(origins)}) needs a test run, so check does not judge it."
        for name in RUN_LIMITS
        if (origins := _origins_in_files(plans, name))
    ]


def check_confidence(sources: Sources, plans: Plans) -> list[str]:
    """Refuse a confidence level without the rate that it is about; return a note if a policy file sets it."""
    if sources.command == "check" or sources.is_wrong(RATE) or sources.given(RATE) is not None:
        return []
    if _origins_in_files(plans, RATE):
        return []
    given = sources.given(CONFIDENCE)
    if given is not None:
        sources.problems.append(
            f"{given.origin}: confidence is about the attack success rate, and no limit on that is set; "
            "give --max-attack-success-rate too"
        )
    origins = _origins_in_files(plans, CONFIDENCE)
    return [f"confidence ({_listed(origins)}) has no effect without max-attack-success-rate."] if origins else []


def _origins_in_files(plans: Plans, key: str) -> list[Origin]:
    """Where the policy files set a key, for every target or for one."""
    files = [file for file in (plans.file, plans.base) if file is not None]
    parts = [part for file in files for part in (file.part, *(entry.part for entry in file.targets))]
    return [part.limits[key].origin for part in parts if key in part.limits]


def _listed(origins: Sequence[Origin]) -> str:
    more = len(origins) - 1
    return f"{origins[0]} and {more} more" if more else str(origins[0])
