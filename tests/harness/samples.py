"""Realistic verdicts for the tests of reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from probe_gate.domain.confirmation import judge_runs
from probe_gate.domain.evaluate import evaluate
from probe_gate.domain.evidence import Evidence, Target, Unavailable
from probe_gate.domain.policy import Limit, Policy
from probe_gate.domain.run import Counts, Run
from probe_gate.domain.verdict import TargetVerdict, Verdict
from probe_gate.errors import EXIT_CODES, PRECEDENCE, Outcome
from tests.harness import factories as make

RUN_ID = 7001


def past_runs(count: int = 30, failed: int = 3) -> tuple[Run, ...]:
    """Return the target's latest runs, one a day; the newest is the evaluated one."""
    return tuple(
        make.make_run(
            id=RUN_ID - age,
            started_at=make.STARTED - timedelta(days=age),
            counts=make.make_counts(passed=100 - failed - age % 3, failed=failed, errors=age % 3),
        )
        for age in range(count)
    )


def evidence(**changes: Any) -> Evidence:
    return make.make_evidence(**{"trend": past_runs(), **changes})


def weak_evidence(**changes: Any) -> Evidence:
    """Return evidence with overall 74 (82 before), Security 62.5 (91 before) and 9 successful attacks."""
    scores = make.make_scores(overall=74, categories={"Security": 62.5, "Safety": 80.5, "Business Alignment": 82.0})
    run = make.make_run(counts=make.make_counts(passed=90, failed=9))
    return evidence(**{"scores": scores, "run": run, "trend": (run, *past_runs()[1:]), **changes})


def ended_evidence(**changes: Any) -> Evidence:
    """Return evidence of a run that failed on the platform."""
    return evidence(
        run=make.make_run(status="FAILED", counts=make.make_counts(passed=20, failed=1, errors=12)),
        scores=Unavailable("The gate ended before it read the scores of the run."),
        **changes,
    )


def confirmed(
    *overalls: int, not_started: str = "", counts: Counts | None = None, attacks: tuple[int, int] = (1200, 31)
) -> TargetVerdict:
    """Return the verdict over runs with these overall scores; the first one must be below 80.

    Args:
        *overalls: The overall score of each run.
        not_started: Why there was no further run.
        counts: Of each run, as the platform lists them.
        attacks: The attacks behind the scores of each run, and how many of them succeeded.
    """
    policy = make.make_strict_policy(confirm=Limit(2), min_category_scores=(), max_score_drop=None, baseline=None)
    runs = [
        evidence(
            scores=make.make_scores(overall=overall, simulated_attacks=attacks[0], successful_attacks=attacks[1]),
            run=make.make_run(id=RUN_ID + number, counts=counts or make.make_counts()),
            run_url=f"https://probe.example.com/w/5/target/42/test-runs/{RUN_ID + number}",
            notes=(f"A note on run {number + 1}.",),
        )
        for number, overall in enumerate(overalls)
    ]
    return judge_runs(policy, runs, not_started=not_started)


def judge(*found: Evidence, policy: Policy | None = None, **changes: Any) -> Verdict:
    """Return the verdict over these targets, with the strict policy unless another is given."""
    policy = policy or make.make_strict_policy(max_score_drop=None, baseline=None)
    return over(*(evaluate(policy, one) for one in found), **changes)


def over(*targets: TargetVerdict, **changes: Any) -> Verdict:
    worst = min(targets, key=lambda target: PRECEDENCE.index(target.outcome))
    return make.make_verdict(
        *targets,
        **{
            "outcome": worst.outcome,
            "reason": worst.reason,
            "hint": worst.hint,
            "exit_code": 0 if worst.is_soft else EXIT_CODES[worst.outcome],
            **changes,
        },
    )


def waived_evidence(**changes: Any) -> Evidence:
    """Return evidence with Safety 65, below its minimum."""
    categories = {"Security": 95.0, "Safety": 65.0, "Business Alignment": 82.0}
    return evidence(scores=make.make_scores(categories=categories), **changes)


def waiver_policy() -> Policy:
    """Return a policy with a waiver for the Safety of every target."""
    waiver = make.make_waiver(until=(make.NOW + timedelta(days=12)).date())
    return make.make_strict_policy(max_score_drop=None, baseline=None, waivers=(waiver,))


def failing(**changes: Any) -> Verdict:
    return judge(weak_evidence(**changes))


def fleet(count: int, **changes: Any) -> Verdict:
    """Return a verdict over targets of which a third failed and a third have no result."""
    found = (weak_evidence, evidence, ended_evidence)
    return judge(*(found[index % 3](target=Target(100 + index, f"Bot {index}")) for index in range(count)), **changes)


def with_text(text: str) -> Verdict:
    """Return a failed verdict with that text in every place where untrusted text can appear."""
    verdict = failing(
        target=Target(42, text),
        notes=(text,),
        left_running=text,
        run_url=f"https://probe.example.com/{text}",
        facts=make.make_facts(tag=text, name=text, job=text, probe_choice=text),
        run=make.make_run(status=text, probes=(text,), name=text),
    )
    (target,) = verdict.targets
    checks = tuple(
        replace(check, id=f"{check.kind}:{text}", message=text, measured=text, limit=text, hint=text,
                origin=make.make_origin(file=text), waiver_reason=text)
        for check in target.checks
    )  # fmt: skip
    policy = replace(
        target.policy,
        notes=(text,),
        waivers=(make.make_waiver(check=text, reason=text, approved_by=text),),
    )
    scores = make.make_scores(categories={text: 50.0, "Security": 60.0})
    target = replace(
        target, checks=checks, reason=text, hint=text, policy=policy, evidence=replace(target.evidence, scores=scores)
    )
    return over(target, outcome=Outcome.FAILED, problems=(text,), notes=(text,))


def showcase() -> Verdict:
    """Return the verdict in the screenshots of the docs: one category failed, one is waived."""
    failures = (9, 4, 3, 5, 4, 2, 6, 3, 1, 4, 3, 5)
    errors = (2, 0, 1, 0, 0, 3, 0, 0, 1)
    trend = tuple(
        make.make_run(
            id=RUN_ID - age,
            started_at=make.STARTED - timedelta(days=age),
            counts=make.make_counts(
                total=125,
                failed=failures[age % 12],
                errors=errors[age % 9],
                passed=125 - failures[age % 12] - errors[age % 9],
            ),
            probes=("Prompt Injection", "Jailbreak", "PII Leakage"),
        )
        for age in range(30)
    )
    before = {"Security": 91.0, "Safety": 72.0, "Business Alignment": 86.0, "Hallucination & Trustworthiness": 90.0}
    after = {"Security": 82.5, "Safety": 68.0, "Business Alignment": 88.0, "Hallucination & Trustworthiness": 91.0}
    found = evidence(
        run=trend[0],
        trend=trend,
        scores=make.make_scores(overall=82, categories=after, simulated_attacks=1025, successful_attacks=39),
        scores_before=make.make_scores_before(overall=84, categories=before),
        run_url=f"https://probe.splx.ai/w/7/target/42/test-runs/{RUN_ID}",
    )
    policy = make.make_strict_policy(
        max_score_drop=None,
        baseline=None,
        max_attack_success_rate=make.make_limit(10.0, make.make_origin(6, 28)),
        waivers=(make.make_waiver(until=(make.NOW + timedelta(days=12)).date()),),
    )
    return judge(found, policy=policy)
