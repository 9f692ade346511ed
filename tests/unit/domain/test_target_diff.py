"""A diff shows what differs, all of it, and nothing that only looks different."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.target_diff import Change, Kind, TargetDiff, all_of, compare_target
from probe_gate.domain.target_state import ConfigFields, TargetState
from tests.harness.fake_targets import make_target_answer

FIELDS = ConfigFields(
    frozenset({"url", "requestPayloadSample", "responsePayload", "headers"}),
    frozenset({"oauth", "openSession", "closeSession"}),
)


def state_of(target: dict[str, Any], **changes: Any) -> TargetState:
    """The state that a file with these values wants."""
    target = copy.deepcopy(target)
    values = {"config": target["connection"]["config"], "settings": target["settings"], "fields": FIELDS} | changes
    return TargetState(target["connection"]["type"], **values)


def compare(
    change: Callable[[dict[str, Any]], object], shown: Callable[[dict[str, Any]], object] = lambda _: None
) -> TargetDiff:
    """The diff between a target that a file changes and the target as it is shown."""
    wanted, answer = make_target_answer(), make_target_answer()
    change(wanted)
    shown(answer)
    return compare_target(state_of(wanted), answer)


def config(target: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = target["connection"]["config"]
    return found


def test_a_target_in_its_state_has_no_difference() -> None:
    """Nothing is sent for it."""
    assert compare(lambda _: None) == TargetDiff()


def test_old_and_new_values_are_named() -> None:
    """In the order of the file."""

    def change(target: dict[str, Any]) -> None:
        config(target)["url"] = "https://other.example.com"
        target["settings"]["rateLimit"] = 90

    assert compare(change).changes == (
        Change(
            ("connection", "config", "url"), Kind.CHANGED, "https://bot.example.com/chat", "https://other.example.com"
        ),
        Change(("settings", "rateLimit"), Kind.CHANGED, 60, 90),
    )


def test_a_secret_that_is_shown_and_differs_is_changed_without_its_values() -> None:
    """Not even in memory that somebody may print."""
    diff = compare(lambda target: config(target)["headers"].update(Authorization="Bearer the-new-secret"))
    assert diff.changes == (Change(("connection", "config", "headers", "Authorization"), Kind.CHANGED, is_secret=True),)
    assert "secret-" not in repr(diff)


@pytest.mark.parametrize("mask", ["********", "Bearer ****", "[hidden]", None, "", "Bearer the-"])
def test_a_secret_that_is_shown_masked_is_no_change(mask: str | None) -> None:
    """It is said that it could not be compared."""
    path = ("connection", "config", "oauth", "clientSecret")

    def add(target: dict[str, Any]) -> None:
        config(target)["oauth"] = {"url": "u", "clientId": "c", "scope": "s", "clientSecret": "Bearer the-secret"}

    def hide(target: dict[str, Any]) -> None:
        add(target)
        config(target)["oauth"]["clientSecret"] = mask

    assert compare(add, hide) == TargetDiff(unseen=(path,))


def test_headers_that_are_not_shown_at_all_are_no_change() -> None:
    """Nothing can be told of them."""
    diff = compare(lambda _: None, lambda target: config(target).update(headers=None))
    assert diff == TargetDiff(unseen=(("connection", "config", "headers"),))


def test_a_header_more_or_less_is_a_change() -> None:
    """The names are shown, so a missing one is missing."""
    diff = compare(lambda target: config(target).update(headers={"X-New": "value-of-it"}))
    assert [(change.path[-1], change.kind, change.is_secret) for change in diff.changes] == [
        ("X-New", Kind.ADDED, True),
        ("Authorization", Kind.REMOVED, True),
    ]


def test_the_case_of_header_names_makes_no_difference() -> None:
    """A platform may write them in its own way."""
    diff = compare(lambda _: None, lambda target: config(target).update(headers={"authorization": "***"}))
    assert diff.changes == ()


def test_what_the_file_does_not_name_is_not_compared() -> None:
    """A description in the file is not a description of everything."""

    def shown(target: dict[str, Any]) -> None:
        target["settings"].update(workerPoolId="w", predefinedResponses=[{"type": "TEXT", "value": "no"}])

    assert compare(lambda _: None, shown) == TargetDiff()


def test_what_would_be_lost_with_the_connection_is_named() -> None:
    """It holds a secret, so it cannot be sent back; or it is not known whether it may be."""

    def shown(target: dict[str, Any]) -> None:
        config(target).update(oauth={"clientSecret": "***"}, novel=1, closeSession={"url": "https://x"})

    assert compare(lambda _: None, shown).lost == (("connection", "config", "oauth"), ("connection", "config", "novel"))


@pytest.mark.parametrize(
    ("name", "wanted", "shown"),
    [
        ("environment", "STAGE", "Stage"),
        ("language", "en", "EN"),
        ("description", "Two\nlines.\n", "Two\r\nlines."),
        ("supportedModes", ["TEXT", "IMAGE"], ["image", "text"]),
        ("rateLimit", 60, 60.0),
        ("targetPresetId", "A0B0", "a0b0"),
        ("ragFileNumberOfFacts", None, None),
        ("predefinedResponses", [], None),
        ("predefinedResponses", [{"type": "TEXT", "value": "no"}], [{"value": "no", "type": "TEXT", "id": None}]),
        ("systemPromptConfigurations", {"systemPromptTools": None}, {"systemPromptTools": ""}),
        ("systemPromptConfigurations", {"systemPromptTools": "x"}, {"systemPromptTools": "x", "other": "y"}),
    ],
)
def test_what_only_looks_different_is_no_change(name: str, wanted: object, shown: object) -> None:
    """Else it would be changed for ever."""
    diff = compare(
        lambda one: one["settings"].update({name: wanted}), lambda one: one["settings"].update({name: shown})
    )
    assert diff == TargetDiff()


@pytest.mark.parametrize(
    ("name", "wanted", "shown", "kind"),
    [
        ("concurrentRequests", True, 1, Kind.CHANGED),
        ("rateLimit", 60, "60", Kind.CHANGED),
        ("description", "One.", "one.", Kind.CHANGED),
        ("supportedModes", ["TEXT"], ["TEXT", "IMAGE"], Kind.CHANGED),
        ("targetPresetId", None, "a0b0", Kind.REMOVED),
        ("targetPresetId", "a0b0", None, Kind.ADDED),
        ("predefinedResponses", [{"type": "TEXT", "value": "a"}], [{"type": "TEXT", "value": "b"}], Kind.CHANGED),
    ],
)
def test_what_is_different_is_a_change(name: str, wanted: object, shown: object, kind: Kind) -> None:
    """And of the right kind."""
    diff = compare(
        lambda one: one["settings"].update({name: wanted}), lambda one: one["settings"].update({name: shown})
    )
    assert [(change.field, change.kind) for change in diff.changes] == [(f"settings.{name}", kind)]


def test_free_maps_are_compared_whole() -> None:
    """Of their names the platform knows nothing, so the file's are all there are to be."""

    def wanted(target: dict[str, Any]) -> None:
        config(target)["extraLlmParams"] = {"temperature": 0.5}

    def shown(target: dict[str, Any]) -> None:
        config(target)["extraLlmParams"] = {"temperature": 0.5, "seed": 3}

    (change,) = compare(wanted, shown).changes
    assert (change.field, change.kind, change.old) == ("connection.config.extraLlmParams.seed", Kind.REMOVED, 3)


def test_the_file_of_facts_is_found_where_a_read_has_it() -> None:
    """Requests call it ragFileId, answers ragFile.ragFileId."""

    def wanted(target: dict[str, Any]) -> None:
        target["settings"].update(ragFileId="f1", ragFileNumberOfFacts=3)

    def shown(target: dict[str, Any]) -> None:
        target["settings"].update(ragFile={"ragFileId": "f1", "ragFileUrl": "u"}, ragFileNumberOfFacts=3)

    assert compare(wanted, shown) == TargetDiff()


def test_a_required_field_that_is_not_shown_is_not_compared() -> None:
    """It must be there, so the platform only does not show it."""
    diff = compare(lambda _: None, lambda target: config(target).pop("url"))
    assert diff == TargetDiff(unseen=(("connection", "config", "url"),))


@pytest.mark.parametrize("shown", [None, "text", 5, []])
def test_a_configuration_that_is_not_shown_is_not_compared(shown: object) -> None:
    """A read shows it as the platform sees fit."""
    diff = compare(lambda _: None, lambda target: target["connection"].update(config=shown))
    assert diff.changes == ()
    assert ("connection", "config", "url") in diff.unseen


def test_values_from_the_environment_are_never_kept() -> None:
    """Wherever a changed file puts them."""
    wanted = make_target_answer(description="from the environment")
    state = state_of(wanted, hidden=frozenset({("settings", "description")}))
    (change,) = compare_target(state, make_target_answer()).changes
    assert change == Change(("settings", "description"), Kind.CHANGED, is_secret=True)


def test_a_target_that_is_to_be_made_is_all_additions() -> None:
    """Its secrets show only that they are set."""
    changes = all_of(state_of(make_target_answer()))
    assert {change.kind for change in changes} == {Kind.ADDED}
    assert [change.field for change in changes if change.is_secret] == ["connection.config.headers.Authorization"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["connection", "config", "type", "settings", "headers", "ragFile", "url"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(answer=st.dictionaries(st.sampled_from(["connection", "settings", "id"]), JSON))
def test_no_answer_breaks_the_comparison(answer: dict[str, Any]) -> None:
    """What a platform shows is not to be trusted."""
    compare_target(state_of(make_target_answer()), answer)
