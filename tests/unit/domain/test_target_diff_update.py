"""An update sends what differs and keeps what the file does not name; no mask is ever written back."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.target_diff import build_update, carried_settings, compare_target
from probe_gate.domain.target_state import ConfigFields, TargetState
from tests.harness.fake_targets import make_target_answer

OPTIONAL = frozenset({"oauth", "systemPrompt", "apiVersion", "openSession", "apiKey"})


def state_of(target: dict[str, Any]) -> TargetState:
    target = copy.deepcopy(target)
    required = frozenset(target["connection"]["config"]) - OPTIONAL
    return TargetState(
        target["connection"]["type"],
        target["connection"]["config"],
        target["settings"],
        fields=ConfigFields(required, OPTIONAL),
    )


def update(wanted: dict[str, Any], shown: dict[str, Any], *, send_secrets: bool = False) -> dict[str, Any]:
    state = state_of(wanted)
    return build_update(state, shown, compare_target(state, shown), send_secrets=send_secrets)


def test_nothing_is_sent_when_nothing_differs() -> None:
    """Apply twice, update once."""
    assert update(make_target_answer(), make_target_answer()) == {}


def test_a_changed_setting_does_not_send_the_connection() -> None:
    """Secrets stay at home when they are not needed."""
    body = update(make_target_answer(rateLimit=90), make_target_answer())
    assert set(body) == {"settings"}
    assert body["settings"]["rateLimit"] == 90


def test_settings_that_the_file_does_not_name_are_sent_as_they_are() -> None:
    """The platform takes settings only whole, and what is left out might be lost."""
    shown = make_target_answer(
        workerPoolId="w",
        targetPresetId="t",
        ragFile={"ragFileId": "f", "ragFileUrl": "u"},
        ragFileNumberOfFacts=4,
        predefinedResponses=[{"type": "TEXT", "value": "no", "extra": 1}],
        systemPromptConfigurations={"systemPromptTools": "tools", "systemPromptConfidential": "old"},
    )
    wanted = make_target_answer(rateLimit=90, systemPromptConfigurations={"systemPromptConfidential": "new"})

    settings = update(wanted, shown)["settings"]

    assert settings["workerPoolId"] == "w"
    assert settings["targetPresetId"] == "t"
    assert (settings["ragFileId"], settings["ragFileNumberOfFacts"]) == ("f", 4)
    assert settings["predefinedResponses"] == [{"type": "TEXT", "value": "no"}]
    assert settings["systemPromptConfigurations"] == {"systemPromptTools": "tools", "systemPromptConfidential": "new"}
    assert "ragFile" not in settings


def test_a_setting_that_the_file_sets_to_nothing_is_not_kept() -> None:
    """An explicit null is a wish."""
    settings = update(make_target_answer(targetPresetId=None), make_target_answer(targetPresetId="t"))["settings"]
    assert settings["targetPresetId"] is None


def test_the_file_s_own_secrets_go_with_a_changed_connection_and_never_a_mask() -> None:
    """A mask written back would be the end of the real secret."""
    wanted, shown = make_target_answer(), make_target_answer()
    wanted["connection"]["config"] |= {"url": "https://other.example.com", "headers": {"Authorization": "Bearer real"}}
    shown["connection"]["config"] |= {
        "headers": {"Authorization": "********"},
        "apiKey": "********",
        "oauth": {"clientSecret": "********"},
        "systemPrompt": "Be kind.",
        "novel": "********",
    }

    body = update(wanted, shown)

    assert "****" not in json.dumps(body)
    assert body["connection"]["config"]["headers"] == {"Authorization": "Bearer real"}
    assert body["connection"]["config"]["systemPrompt"] == "Be kind."
    assert "novel" not in body["connection"]["config"]


def test_another_type_of_connection_keeps_nothing_of_the_old_one() -> None:
    """Its fields mean something else."""
    wanted, shown = make_target_answer(), make_target_answer()
    wanted["connection"]["type"] = "AZURE_ML"
    shown["connection"]["config"]["systemPrompt"] = "Be kind."
    assert "systemPrompt" not in update(wanted, shown)["connection"]["config"]


def test_the_connection_is_sent_on_demand() -> None:
    """A rotated secret that the platform masks shows no difference."""
    shown = make_target_answer()
    shown["connection"]["config"]["headers"] = {"Authorization": "********"}
    body = update(make_target_answer(), shown, send_secrets=True)
    assert body == {"connection": make_target_answer()["connection"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
NAMES = st.sampled_from(
    [
        "ragFile",
        "ragFileId",
        "ragFileNumberOfFacts",
        "predefinedResponses",
        "systemPromptConfigurations",
        "workerPoolId",
        "name",
    ]
)


@given(settings=st.dictionaries(NAMES, JSON))
def test_only_settings_of_the_right_form_are_kept(settings: dict[str, Any]) -> None:
    """What a platform shows in another form is not sent back to it."""
    carried = carried_settings(settings)
    for name in ("ragFileId", "targetPresetId", "workerPoolId"):
        assert isinstance(carried.get(name, ""), str)
    assert type(carried.get("ragFileNumberOfFacts", 0)) is int
    assert all(set(one) == {"type", "value"} for one in carried.get("predefinedResponses", []))
