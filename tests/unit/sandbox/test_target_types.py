"""The types of targets."""

from __future__ import annotations

from probe_gate.sandbox.probes import PROBES, RISK_WEIGHTS
from probe_gate.sandbox.target_types import TARGET_TYPES


def test_each_type_knows_every_probe() -> None:
    """Once, with a risk that the contract has."""
    for kind in TARGET_TYPES:
        assert [detail["probeId"] for detail in kind["details"]] == [probe.id for probe in PROBES]
        assert {detail["weight"] for detail in kind["details"]} <= set(RISK_WEIGHTS)


def test_choices_differ_from_type_to_type() -> None:
    """Some recommend much, one nothing; most have probes of every risk."""
    recommended = [sum(detail["isRecommended"] for detail in kind["details"]) for kind in TARGET_TYPES]
    assert len(set(recommended)) > 3
    assert 0 in recommended
    assert {detail["weight"] for detail in TARGET_TYPES[0]["details"]} == set(RISK_WEIGHTS)


def test_ids_are_unique() -> None:
    """A target names its type by one."""
    assert len({kind["id"] for kind in TARGET_TYPES}) == len(TARGET_TYPES)
