"""A policy as rows of text."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from probe_gate.domain.policy import REST, CategoryMinimum, Limit, Origin, Policy, policy_rows
from probe_gate.errors import Outcome


def test_every_limit_that_is_set_has_a_row_with_its_origin() -> None:
    """As it would stand in a policy file; what is not set has none."""
    place = Origin.in_file("p.yml", 3, 14)
    policy = Policy(
        min_score=Limit(Decimal("79.50"), place),
        min_category_scores=(CategoryMinimum(REST, Limit(Decimal(70), place)),),
        max_age=Limit(timedelta(hours=36), place),
        allow_missing_baseline=Limit(True, place),
        soft_fail=frozenset({Outcome.TIMED_OUT, Outcome.FAILED}),
    )
    assert [(row.key, row.value, str(row.origin)) for row in policy_rows(policy)] == [
        ("min-score", "79.5", "p.yml:3:14"),
        ("min-category-score *", "70", "p.yml:3:14"),
        ("max-error-rate", "10", "default"),
        ("min-test-cases", "1", "default"),
        ("allow-missing-baseline", "true", "p.yml:3:14"),
        ("max-age", "1d12h", "p.yml:3:14"),
        ("soft-fail", "failed, timed-out", "None"),
    ]
