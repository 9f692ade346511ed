"""The starter policy: the current scores minus a margin, so that the first build passes and noise does not break it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from math import floor, isfinite

from probe_gate import home
from probe_gate.domain.formatting import format_exact, plural
from probe_gate.domain.parsing import parse_category
from probe_gate.domain.policy import REST
from probe_gate.domain.scores import Scores
from probe_gate.domain.text import plain_line
from probe_gate.options import default_of
from probe_gate.scaffold.repository import Facts, TargetFacts

MARGIN = 3
"""In points: how much scores vary between runs of an unchanged target."""


_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z]{3,}( [A-Za-z]+)*")


def render_policy(facts: Facts) -> str:
    """Return the text of `.probe-gate.yml`."""
    single = facts.targets[0] if len(facts.targets) == 1 else None
    lines = [
        f"# yaml-language-server: $schema={home.policy_schema()}",
        "# The limits that probe-gate holds targets to.",
        "# `probe-gate policy validate` checks this file and shows the limits that apply.",
        "version: 1",
        "",
        "policy: # for every target",
        *_limits(single, "  ", is_common=True),
        *(_min_test_cases(single, "  ") or SAMPLE_MIN_TEST_CASES),
        *_more_limits(),
        "",
        *_targets(facts, single),
        "",
        *_waivers(facts.today),
    ]
    return "".join(f"{line}\n" for line in lines)


def _limits(target: TargetFacts | None, indent: str, *, is_common: bool) -> list[str]:
    """Return the lines with the minimum scores, each with the score that it is derived from."""
    scores = target.scores if target else None
    lines = [f"{indent}# Minimum overall score, 0 (critical risk) to 100 (low risk)."] if is_common else []
    if scores is None or scores.overall is None:
        lines += [f"{indent}min-score: {default_of('min-score')}"] if is_common else []
    else:
        low = ", below the default: raise this when it is fixed" if is_below_default(scores.overall) else ""
        lines += [
            f"{indent}min-score: {minimum_of(scores.overall)} # the score is {scores.overall}{_as_of(scores)}{low}"
        ]
    named = _categories(scores)
    if named:
        lines += [f"{indent}# Minimum score of each category; a category named here must have a score."] * is_common
        lines += [f"{indent}min-category-score:"]
        lines += [
            f"{indent}  {_key(name)}: {minimum_of(score)} # the score is {format_exact(score)}" for name, score in named
        ]
    elif is_common:
        lines += [
            f"{indent}# Minimum scores of categories; a category named here must have a score, * covers all others.",
            f'{indent}# min-category-score: {{Security: 90, "*": 70}}',
        ]
    return lines


SAMPLE_MIN_TEST_CASES = (
    "  # Minimum number of test cases with a result; with fewer, a run is inconclusive. Half of a usual run is a good value.",
    "  # min-test-cases: 100",
)


def _min_test_cases(target: TargetFacts | None, indent: str) -> list[str]:
    """Return the lines with the minimum number of test cases: half of the usual; empty if that is not known."""
    usual = target.usual_size if target else None
    if not usual:
        return []
    return [
        f"{indent}# Minimum number of test cases with a result; with fewer, a run is inconclusive. This is half of what the",
        f"{indent}# latest completed runs had: {plural(usual, 'test case')} (the median).",
        f"{indent}min-test-cases: {max(usual // 2, 1)}",
    ]


def _categories(scores: Scores | None) -> list[tuple[str, float]]:
    """Return the categories with a score and a name that is valid in policy files, sorted by name."""
    found: dict[str, tuple[str, float]] = {}
    for name, score in (scores.categories or {}).items() if scores else ():
        if score is not None and isfinite(score) and _can_be_named(name):
            found.setdefault(name.casefold(), (name, score))
    return [found[key] for key in sorted(found)]


def _can_be_named(name: str) -> bool:
    try:
        return parse_category(name) == name and name != REST
    except ValueError:
        return False


def minimum_of(score: float) -> int:
    """Return the minimum that the policy sets for a target with this score now."""
    return max(floor(score) - MARGIN, 0)


def is_below_default(score: float) -> bool:
    """Return whether a score is lower than the minimum would be without a policy."""
    return score < int(default_of("min-score"))


def _as_of(scores: Scores) -> str:
    return f", last run {scores.latest_execution.date().isoformat()}" if scores.latest_execution else ""


def _key(name: str) -> str:
    return name if _PLAIN_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _more_limits() -> list[str]:
    return [
        "  # Maximum percentage of planned test cases without a result; above it, a run is inconclusive.",
        "  max-error-rate: 10",
        "  # Maximum percentage of successful attacks; with a confidence level, a small unlucky sample does not fail the build.",
        "  # max-attack-success-rate: 5",
        "  # confidence: 95",
        "  # Maximum points that a score may lose against an earlier report.json, or against the scores just before the run.",
        "  # max-score-drop: 5",
        "  # baseline: before",
        "  # Outcomes that are reported in full but do not fail the build.",
        "  # soft-fail: [inconclusive, platform-error]",
    ]


def _targets(facts: Facts, single: TargetFacts | None) -> list[str]:
    if not facts.targets:
        return [
            "# The targets to gate: the number behind /target/ in the address of a target's page.",
            "# targets:",
            "#   - id: 42",
            "#     name: Support bot",
            "#     probe-ids: recommended # or [1, 2], or risk>=high; by default all configured probes",
            "#     policy: {min-score: 85} # what is different for this target",
        ]
    lines = ["targets:"]
    for target in facts.targets:
        lines.append(f"  - id: {facts.page_of(target)}")
        name = plain_line(target.name or "", 200)
        if name and name.isprintable():
            lines.append(f"    name: {json.dumps(name, ensure_ascii=False)}")
        limits = [] if target is single else _own_limits(target)
        lines += ["    policy: # what is different for this target", *limits] if limits else []
    lines.append("    # probe-ids: recommended # or [1, 2], or risk>=high; by default all configured probes")
    return lines


def _own_limits(target: TargetFacts) -> list[str]:
    return [*_limits(target, "      ", is_common=False), *_min_test_cases(target, "      ")]


def _waivers(today: date) -> list[str]:
    return [
        "# Failed checks that do not fail the build for at most 90 days.",
        "# waivers:",
        "#   - check: category-score:Safety",
        '#     target: "*" # or the id of a target',
        f"#     until: {today + timedelta(days=30)}",
        "#     reason: why, and where it is tracked",
        "#     approved-by: who agreed",
    ]
