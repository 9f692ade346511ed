"""A target file is read to the last field, or every mistake in it is told at once, with its line and without secrets."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.errors import ConfigError
from tests.unit.files.target_files import ENVIRON, GOOD, mistakes, read, with_config


def test_a_file_is_read_as_the_platform_takes_it() -> None:
    """References are substituted; everything else is as it stands."""
    file = read(GOOD)
    assert file.id == 42
    assert file.notes == ()
    assert file.state.body == {
        "connection": {
            "type": "REST_API",
            "config": {
                "url": "https://pr-7.example.com/chat",
                "requestPayloadSample": '{"message": "{message}"}',
                "responsePayload": "$.answer",
                "headers": {"Authorization": "Bearer the-token-from-outside"},
            },
        },
        "settings": {
            "name": "Support bot",
            "environment": "STAGE",
            "description": "Answers questions.",
            "language": "en",
            "rateLimit": 60,
            "supportedModes": ["TEXT"],
            "concurrentRequests": True,
            "multiStepAttacks": False,
        },
    }


def test_json_says_the_same() -> None:
    """With tabs, and with characters written as pairs of escapes."""
    value = yaml.safe_load(GOOD)
    value["settings"]["description"] = "Smiles 😀 in C:\\ud83d."
    assert read(json.dumps(value, indent="\t")).state.settings["description"] == "Smiles 😀 in C:\\ud83d."


def test_what_comes_from_the_environment_is_known_as_such() -> None:
    """It is as secret as a secret."""
    state = read(GOOD).state
    assert ("connection", "config", "url") in state.hidden
    assert set(state.secrets) == {"Bearer the-token-from-outside", "https://pr-7.example.com/chat"}
    assert "example.com" not in repr(read(GOOD))
    assert "token" not in repr(state)


def test_every_mistake_is_told_at_once_with_its_place() -> None:
    """From top to bottom."""
    text = (
        GOOD.replace("id: 42", "id: x42\nconection: 1")
        .replace("responsePayload", "responsPayload")
        .replace("STAGE", "Stage")
        .replace("rateLimit: 60", "rateLimit: 5000")
        .replace("[TEXT]", "[TEXT, VIDEO]")
        .replace("concurrentRequests: true", "concurrentRequests: yes")
        .replace("  multiStepAttacks: false\n", "  language2: 1\n")
    )
    assert mistakes(text) == [
        "bot.yml:1:5: id: x42 is not a whole number",
        "bot.yml:2:1: conection is not a key of a target file; did you mean connection?",
        "bot.yml:6:5: responsePayload is missing: the configuration of REST_API must have it",
        "bot.yml:8:5: responsPayload is not a field of the configuration of REST_API; did you mean responsePayload?",
        "bot.yml:12:3: multiStepAttacks is missing: a target's settings must have it",
        "bot.yml:13:16: Stage is not a value of environment; did you mean STAGE?",
        "bot.yml:16:14: 5000 is too large for rateLimit: the maximum is 3000",
        "bot.yml:17:26: VIDEO is not a value of supportedModes; known: TEXT, IMAGE, DOCUMENT, AUDIO",
        "bot.yml:18:23: concurrentRequests is text; expected true or false; write true or false",
        "bot.yml:19:3: language2 is not a field of a target's settings; did you mean language?",
    ]


def test_one_mistake_is_the_message_itself() -> None:
    """A list of one is no list."""
    with pytest.raises(ConfigError) as caught:
        read(GOOD.replace("language: en", "language: english"))
    assert caught.value.message == "bot.yml:14:13: language: english is not a language of ISO 639-1, such as en."
    assert caught.value.problems == ()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("${PROBE_TARGET_TOKEN}", "${PROBE_TARGET_OTHER}", "9:22: the variable PROBE_TARGET_OTHER is not set"),
        ("${PROBE_TARGET_TOKEN}", "${SECRET}", "9:22: ${SECRET}: only variables whose names begin with PROBE_TARGET_"),
        ("${PROBE_TARGET_TOKEN}", "${SPLX_API_KEY}", "9:22: ${SPLX_API_KEY}: only variables"),
        ("name: Support bot", "name: x", "11:9: name has 1 character; at least 2 are required"),
        ("name: Support bot", "name: 2024", "11:9: name is a number; expected text, put it in quotes"),
        ("name: Support bot", "name:", "11:8: name is empty; expected text"),
        ("name: Support bot", "name: [a, b]", "11:9: name is a list; expected text"),
        ("name: Support bot", "name: 007", "11:9: 007 begins with a zero"),
        ("name: Support bot", 'name: "a\\ud800"', "11:"),
        ("rateLimit: 60", "rateLimit: 0", "15:14: 0 is too small for rateLimit: the minimum is 1"),
        ("rateLimit: 60", "rateLimit: 60.5", "15:14: rateLimit is a number; expected a whole number"),
        ("rateLimit: 60", "rateLimit: .inf", "15:14: .inf is not a finite number"),
        (
            "rateLimit: 60",
            "ragFileId: 123e4567-e89b-42d3-a456-426614174000",
            "15:14: ragFileId also needs ragFileNumberOfFacts",
        ),
        ("rateLimit: 60", "targetPresetId: abc", "15:19: targetPresetId: abc is not an id such as"),
        ("rateLimit: 60", "rateLimit: 1\n  rateLimit: 2", "16:3: rateLimit appears twice; the first is on line 15"),
        ("type: REST_API", "type:", "3:8: type is missing"),
        ("type: REST_API", "typ: REST_API", "3:3: typ is not a key of a connection; did you mean type?"),
        ("headers:\n", "headers: &anchor\n", "an anchor (&anchor) is not accepted"),
        ("id: 42", "id: -1", "1:5: id: -1 is not between 1"),
        ("id: 42", "id: 1.5", "1:5: id: an id is a whole number"),
        ("settings:\n", "settings: 5\nx:\n", "10:11: settings is a mapping"),
    ],
)
def test_each_mistake_says_what_is_wrong_where(before: str, after: str, message: str) -> None:
    """In words that say what to write instead."""
    assert before in GOOD
    found = "\n".join(mistakes(GOOD.replace(before, after)))
    assert message in found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "1:1: a target file has the keys connection and settings"),
        (b"- 1", "1:1: a target file has the keys"),
        (b"\xff\xfe", "UTF-16"),
        (b"a: \xff", "is not UTF-8 text"),
        (b"a: [", "this is not YAML"),
        (b"a: b\n---\na: b", "a second document begins here"),
        (b"x" * (1024 * 1024 + 1), "larger than 1024 KiB"),
        (b"[" * 100, "more than 16 levels of nesting"),
        (b"connection: {type: DIFY}\nsettings: {}", "1:13: config is missing"),
        (b"settings: {}", "1:1: connection is missing"),
    ],
)
def test_a_file_that_is_none_is_told_so(text: bytes, message: str) -> None:
    """Whatever it is."""
    assert message in "\n".join(mistakes(text))


def test_an_empty_variable_is_as_good_as_none() -> None:
    """CI systems set what they do not have to nothing."""
    found = mistakes(GOOD, {**ENVIRON, "PROBE_TARGET_TOKEN": " "})
    assert found == ["bot.yml:9:22: the variable PROBE_TARGET_TOKEN is empty"]


def test_characters_that_look_like_a_reference_can_be_written() -> None:
    """And what cannot be one is left alone."""
    text = GOOD.replace("Answers questions.", "$${HOME} ${} ${ x } $x $5 ${0}")
    assert read(text).state.settings["description"] == "${HOME} ${} ${ x } $x $5 ${0}"


def test_the_id_may_be_the_address_of_the_targets_page() -> None:
    """As it is copied from a browser; what it says of the platform is checked by whoever uses the file."""
    file = read(GOOD.replace("id: 42", "id: https://probe.splx.ai/w/290/target/91/overview"))
    assert file.id == 91
    assert file.page is not None
    assert file.page.workspace_id == 290
    assert mistakes(GOOD.replace("id: 42", "id: https://probe.splx.ai/w/290")) == [
        (
            "bot.yml:1:5: id: https://probe.splx.ai/w/290 is not the address of a page with /target/ and a number in it, "
            "such as https://probe.splx.ai/w/290/target/91"
        )
    ]


def test_the_id_may_come_from_the_environment() -> None:
    """So that one file serves every preview."""
    assert read(GOOD.replace("id: 42", "id: ${PROBE_TARGET_ID}"), {**ENVIRON, "PROBE_TARGET_ID": "77"}).id == 77


@pytest.mark.parametrize(
    "line",
    [
        "name: ${PROBE_TARGET_X}",
        "environment: ${PROBE_TARGET_X}",
        "language: ${PROBE_TARGET_X}",
        "rateLimit: ${PROBE_TARGET_X}",
        "supportedModes: ['${PROBE_TARGET_X}']",
        "targetPresetId: ${PROBE_TARGET_X}",
        "predefinedResponses: [{type: '${PROBE_TARGET_X}', value: x}]",
        "systemPromptConfigurations: ${PROBE_TARGET_X}",
    ],
)
def test_no_message_holds_a_value_from_the_environment(line: str) -> None:
    """A changed file cannot read a secret by making mistakes with it."""
    name = line.partition(":")[0]
    lines = [one for one in GOOD.splitlines() if not one.strip().startswith(f"{name}:")]
    text = "\n".join([*lines, f"  {line}", ""]) if name != "name" else GOOD.replace("name: Support bot", line)
    value = "k" * 300 if name == "name" else "the-secret-value"
    found = mistakes(text, {**ENVIRON, "PROBE_TARGET_X": value})
    assert found
    assert value not in "\n".join(found)
    assert "kkk" not in "\n".join(found)


def test_neither_the_id_nor_the_type_shows_a_value_from_the_environment() -> None:
    """Nor does a note."""
    environ = {**ENVIRON, "PROBE_TARGET_X": "the-secret-value"}
    assert mistakes(GOOD.replace("id: 42", "id: ${PROBE_TARGET_X}"), environ) == [
        "bot.yml:1:5: id: it is neither a positive integer nor the address of a target's page"
    ]
    file = read(GOOD.replace("REST_API", "${PROBE_TARGET_X}"), environ)
    assert file.notes
    assert "the-secret-value" not in " ".join(file.notes)


def test_a_type_that_is_not_known_is_let_through_and_that_is_said() -> None:
    """The platform may have learned of it since."""
    file = read(GOOD.replace("REST_API", "REST-API"))
    assert file.state.connection_type == "REST-API"
    assert file.state.fields is None
    assert file.notes == (
        "bot.yml: connection type REST-API is unknown, so its configuration was not checked; did you mean REST_API?",
    )


def test_a_secret_in_the_file_itself_is_let_through_and_that_is_said() -> None:
    """It had better stand in the environment."""
    (note,) = read(with_config("DIFY", "    apiKey: app-1234567890\n")).notes
    assert "connection.config.apiKey is in the file itself" in note
    assert "app-1234567890" not in note


@pytest.mark.parametrize("secret", ["'********'", "sk-****1234", "<hidden>"])
def test_a_mask_is_no_secret(secret: str) -> None:
    """It was copied from where a secret is shown."""
    assert "the mask of a secret" in mistakes(with_config("DIFY", f"    apiKey: {secret}\n"))[0]


def test_a_secret_with_a_line_break_is_refused() -> None:
    """It came with the end of a line, and would be wrong."""
    environ = {"PROBE_TARGET_KEY": "app-1234567890\n"}
    (found,) = mistakes(with_config("DIFY", "    apiKey: ${PROBE_TARGET_KEY}\n"), environ)
    assert found == "bot.yml:4:13: apiKey begins or ends with whitespace; copy it again without"


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """They are a target file or a mistake."""
    with suppress(ConfigError):
        read(data)


@given(
    text=st.lists(
        st.sampled_from(
            [
                "connection",
                "settings",
                ":",
                " ",
                "\n",
                "  ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                "'",
                '"',
                "${",
                "PROBE_TARGET_TOKEN",
                "}",
                "#",
                "type",
                "config",
                "\t",
                "&a",
                "*a",
                "!t",
                "<<",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_no_text_that_is_almost_a_file_breaks_the_reader(text: str) -> None:
    """Nor shows what comes from the environment."""
    assert "the-token-from-outside" not in "\n".join(mistakes(text))
