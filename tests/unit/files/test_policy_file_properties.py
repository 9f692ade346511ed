"""What holds for every policy file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from probe_gate.domain.policy import policy_rows
from probe_gate.errors import ConfigError
from probe_gate.files.policy_file import parse_policy_file
from probe_gate.files.policy_model import MAX_WAIVER_DURATION, policy_schema
from tests.harness.policy_cases import CASES, TODAY
from tests.harness.profiles import examples
from tests.unit.settings.helpers import ask

NAME = ".probe-gate.yml"
VALIDATOR = Draft202012Validator(policy_schema())

RATES = st.integers(0, 100) | st.decimals(0, 100, places=2).map(float)
SCORES = RATES.filter(lambda score: not 0 < score < 1)
TEXTS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
NAMES = st.sampled_from(("Security", "Safety", "Business Alignment", "*")) | TEXTS
IDS = st.integers(1, 2**31 - 1)


def categories() -> st.SearchStrategy[Any]:
    named = st.lists(st.tuples(NAMES, SCORES), min_size=1, max_size=3, unique_by=lambda pair: pair[0].casefold())
    return named.map(dict) | SCORES


def policies() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "min-score": SCORES,
            "min-category-score": categories(),
            "max-attack-success-rate": RATES,
            "confidence": st.integers(1, 99),
            "max-error-rate": RATES,
            "min-test-cases": st.integers(1, 500),
            "max-score-drop": RATES,
            "baseline": st.sampled_from(("before", "out/report.json")),
            "allow-missing-baseline": st.booleans(),
            "max-age": st.sampled_from(("24h", "7d", 3600)),
            "soft-fail": st.lists(st.sampled_from(("failed", "timed-out")), unique=True) | st.just("inconclusive"),
            "confirm": st.sampled_from((0, 2, 4)),
        },
    )


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Policy files that are right, as values."""
    ids = draw(st.lists(IDS, max_size=4, unique=True))
    probes = st.lists(IDS, min_size=1, max_size=3, unique=True) | st.sampled_from(("recommended", "risk>=high", "all"))
    targets = [
        {
            "id": one,
            **draw(st.fixed_dictionaries({}, optional={"name": TEXTS, "probe-ids": probes, "policy": policies()})),
        }
        for one in ids
    ]
    waived = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("overall-score", "category-score:Safety", "score-drop:overall")),
                st.sampled_from([*ids, "*"]),
            ),
            max_size=3,
            unique=True,
        )
    )
    days = st.integers(-100, MAX_WAIVER_DURATION.days).map(lambda days: (TODAY + timedelta(days=days)).isoformat())
    waivers = [
        {"check": check, "target": target, "until": draw(days), "reason": draw(TEXTS)} for check, target in waived
    ]
    return {"version": 1, "policy": draw(policies()), "targets": targets, "waivers": waivers}


def written(value: Any) -> bytes:
    """As JSON, which is YAML."""
    return json.dumps(value, ensure_ascii=False).encode()


def problems_of(data: bytes) -> list[str]:
    try:
        parse_policy_file(data, NAME, TODAY)
    except ConfigError as error:
        return list(error.problems)
    return []


def held(data: bytes, flags: Mapping[str, str] | None = None) -> list[tuple[object, ...]]:
    """What each target is held to, without where it was written."""
    settings = ask({"baseline": "before", **(flags or {})}, {"SPLX_TARGET_ID": ""}, {NAME: data})
    return [
        (
            plan.target,
            plan.probes,
            {row.key.casefold(): row.value for row in policy_rows(plan.policy)},
            [(one.check, one.target, one.until, one.reason) for one in plan.policy.waivers],
        )
        for plan in settings.targets
    ]


@settings(max_examples=examples(40))
@given(files())
def test_a_right_file_is_right_for_all(value: dict[str, Any]) -> None:
    """For the check, for the schema, and for run."""
    assert problems_of(written(value)) == []
    assert list(VALIDATOR.iter_errors(value)) == []
    if value["targets"]:
        assert len(held(written(value))) == len(value["targets"])


@settings(max_examples=examples(40))
@given(files(), st.randoms(use_true_random=False))
def test_order_means_nothing(value: dict[str, Any], random: Any) -> None:
    """Neither that of keys nor that of targets and waivers."""

    def shuffle(one: Any) -> Any:
        if isinstance(one, dict):
            items = [(key, shuffle(part)) for key, part in one.items()]
            random.shuffle(items)
            return dict(items)
        if isinstance(one, list):
            parts = [shuffle(part) for part in one]
            random.shuffle(parts)
            return parts
        return one

    if value["targets"]:
        assert held(written(shuffle(value))) == held(written(value))


@settings(max_examples=examples(40))
@given(files())
def test_overriding_a_limit_with_itself_changes_nothing(value: dict[str, Any]) -> None:
    """In the target's own policy."""
    if not value["targets"]:
        return
    repeated = {
        **value,
        "targets": [{**one, "policy": {**value["policy"], **one.get("policy", {})}} for one in value["targets"]],
    }
    for one in repeated["targets"]:
        both = [policy.get("min-category-score") for policy in (value["policy"], one["policy"])]
        if isinstance(both[0], dict) and isinstance(both[1], dict):
            one["policy"]["min-category-score"] = merged(*both)
    assert held(written(repeated)) == held(written(value))


def merged(common: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    named = {name.casefold() for name in own}
    return {**{name: least for name, least in common.items() if name.casefold() not in named}, **own}


@settings(max_examples=examples(40))
@given(files())
def test_a_flag_that_says_what_the_file_says_changes_nothing(value: dict[str, Any]) -> None:
    """But where it came from."""
    value["policy"]["min-score"] = 77
    for one in value["targets"]:
        one.get("policy", {}).pop("min-score", None)
    if value["targets"]:
        assert held(written(value), {"min-score": "77"}) == held(written(value))


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Files that are nearly right: one with a piece cut out, doubled or overwritten."""
    data = draw(st.sampled_from(CASES)).data if draw(st.booleans()) else written(draw(files()))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 12)))
    piece = draw(
        st.sampled_from((b"", data[start:end] * 2, b"yes", b"1e3", b"*x", b"&x ", b"!!x ", b"\xff", b"\n\t", b"#"))
    )
    return data[:start] + piece + data[end:]


@given(broken() | st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_validate_and_run_agree(data: bytes) -> None:
    """On every file: what the one finds wrong the other does, in the same words, and nothing else is ever raised."""
    alone = problems_of(data)
    event("wrong" if alone else "right")
    try:
        ask({"baseline": "before", "target-id": "42"}, files={NAME: data})
    except ConfigError as error:
        told = [one for one in error.problems if not one.startswith("--target-id: 42 is not among")]
    else:
        told = []
    assert told == alone
    assert all(one.startswith(NAME) for one in alone)
    assert all("\n" not in one and len(one) < 600 for one in alone)
