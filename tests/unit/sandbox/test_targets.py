"""Targets as they are kept and shown."""

from __future__ import annotations

from probe_gate.sandbox.targets import MASK, PROBES, RISK_WEIGHTS, TARGET_TYPES, Target, first_targets, mask_secrets


def test_secrets_are_masked_wherever_they_stand() -> None:
    """In nested parts too; everything else is shown."""
    config = {
        "url": "https://bots.example.com",
        "apiKey": "made-up",
        "headers": {"X-One": "a", "X-Two": None},
        "oauth": {"clientId": "id", "clientSecret": "made-up"},
        "more": [{"refreshToken": "made-up"}],
        "token": None,
    }
    assert mask_secrets(config) == {
        "url": "https://bots.example.com",
        "apiKey": MASK,
        "headers": {"X-One": MASK, "X-Two": MASK},
        "oauth": {"clientId": "id", "clientSecret": MASK},
        "more": [{"refreshToken": MASK}],
        "token": None,
    }


def test_secrets_can_be_echoed() -> None:
    """A platform that does so is to be rehearsed too."""
    target = Target({"type": "DIFY", "config": {"apiKey": "made-up"}}, {})
    assert target.to_json(1)["connection"]["config"]["apiKey"] == MASK
    assert target.to_json(1, echo_secrets=True)["connection"]["config"]["apiKey"] == "made-up"


def test_an_update_merges_settings_and_replaces_the_connection() -> None:
    """What it leaves out stays."""
    target = first_targets(1, 1)[1]
    changed = target.updated({"settings": {"name": "Other"}})
    assert changed.settings == {**target.settings, "name": "Other"}
    assert changed.connection is target.connection
    assert target.updated({"connection": {"type": "X", "config": {}}}).connection == {"type": "X", "config": {}}


def test_a_file_of_facts_is_shown_as_a_file() -> None:
    """The contract answers a name and an address for its id; without one the field is not there."""
    target = first_targets(1, 1)[1]
    assert "ragFile" not in target.to_json(1)["settings"]
    shown = target.updated({"settings": {"ragFileId": "5b3d8d5e-0000-4000-8000-000000000001"}}).to_json(1)
    assert shown["settings"]["ragFile"]["ragFileId"] == "5b3d8d5e-0000-4000-8000-000000000001"
    assert "ragFileId" not in shown["settings"]


def test_the_first_targets_differ_in_their_type() -> None:
    """One has a type that is listed, one has none, one has a type that is not listed."""
    listed = {kind["id"] for kind in TARGET_TYPES}
    presets = [target.settings["targetPresetId"] for target in first_targets(5, 1).values()]
    assert presets[0] in listed
    assert None in presets
    assert any(preset is not None and preset not in listed for preset in presets)


def test_a_thousand_targets_have_a_thousand_names() -> None:
    """So that a fleet can be told apart."""
    assert len({target.settings["name"] for target in first_targets(1000, 1).values()}) == 1000


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
