"""A policy as rows of text: each limit that is set, as it stands in a policy file, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from probe_gate.domain.limit import Origin
from probe_gate.domain.overrides import FIELDS
from probe_gate.domain.policy import Policy
from probe_gate.domain.quantity import write_duration, write_number


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One limit."""

    key: str
    """The policy key; with the name of the category behind `min-category-score`."""
    value: str
    origin: Origin | None
    """None for `soft-fail`, whose origin a policy does not keep."""


def policy_rows(policy: Policy) -> list[PolicyRow]:
    """The limits that hold, the defaults included."""
    rows: list[PolicyRow] = []
    for key, field in FIELDS.items():
        limit = getattr(policy, field)
        if limit is not None and limit.value is not False:
            rows.append(PolicyRow(key, write_value(limit.value), limit.origin))
        if key == "min-score":
            rows += [
                PolicyRow(f"min-category-score {one.category}", write_value(one.limit.value), one.limit.origin)
                for one in policy.min_category_scores
            ]
    if policy.soft_fail:
        rows.append(PolicyRow("soft-fail", ", ".join(sorted(map(str, policy.soft_fail))), None))
    return rows


def write_value(value: Decimal | int | bool | timedelta | str) -> str:
    """A limit's value as it stands in a policy file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return write_number(value)
    if isinstance(value, timedelta):
        return write_duration(value)
    return str(value)
