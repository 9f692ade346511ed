"""Nothing secret is shown, and a mask is known for what it is."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probe_gate.domain.target_state import (
    SECRET_FIELDS,
    hide_in_text,
    is_mask,
    is_secret,
    looks_masked,
    secret_texts,
    without_secrets,
)
from probe_gate.domain.text import MASK

SECRET = "sk-abcdEFGH1234567890zyxw"  # made up


@pytest.mark.parametrize("name", sorted(SECRET_FIELDS))
def test_the_documented_secrets_are_secret_wherever_they_stand(name: str) -> None:
    """The list of the platform's API description."""
    assert is_secret(("connection", "config", name))
    assert is_secret(("connection", "config", "oauth", name))


@pytest.mark.parametrize("name", ["X-Api-Key", "Authorization", "db_password", "sessionToken", "APIKey", "Cookie"])
def test_names_that_sound_like_secrets_are_secret_in_types_that_are_not_known(name: str) -> None:
    """What is not known is hidden rather than shown."""
    assert is_secret(("connection", "config", name))


@pytest.mark.parametrize("name", ["url", "model", "maxTokens", "max_tokens", "clientId", "systemPrompt", "openSession"])
def test_ordinary_fields_are_not_secret(name: str) -> None:
    """A diff that hides everything helps nobody."""
    assert not is_secret(("connection", "config", name))


@pytest.mark.parametrize("part", ["oauth", "oAuth", "auth", "nonAuth"])
def test_what_belongs_to_a_login_is_not_secret_as_a_whole(part: str) -> None:
    """Its id and its address may be seen."""
    assert not is_secret(("connection", "config", part, "clientId"))
    assert is_secret(("connection", "config", part, "clientSecret"))


def test_all_that_stands_in_a_secret_is_secret() -> None:
    """Such as a login in a type that is not known."""
    assert is_secret(("connection", "config", "credentials", "user"))


def test_every_header_is_secret_and_the_map_of_headers_is_not() -> None:
    """The names of headers may be seen, their values not."""
    assert is_secret(("connection", "config", "headers", "X-Anything"))
    assert not is_secret(("connection", "config", "headers"))


@pytest.mark.parametrize(
    "shown",
    [
        "********",
        "•••",
        "sk-****zyxw",
        "sk-...zyxw",
        "sk-…",
        "xxxxxxxx",
        "XXXXzyxw",
        "[REDACTED]",
        "<hidden>",
        "(set)",
        "masked",
        "sk-abcd",
        "90zyxw",
        "####",
        "-",
        "enc:v1:abcdef",
        "$2b$12$abcdefgh",
        hashlib.sha256(SECRET.encode()).hexdigest(),
        hashlib.md5(SECRET.encode()).hexdigest()[:12],  # noqa: S324 - as a platform may show it
        "",
    ],
)
def test_what_stands_for_a_secret_is_known(shown: str) -> None:
    """Stars and words, a part, a fingerprint, a sealed form: none of them is another secret."""
    assert looks_masked(shown, SECRET)


@pytest.mark.parametrize("shown", ["sk-ZZZZEFGH1234567890zyxw", "hunter2hunter2", "Bearer abc.def.ghi", "0" * 7 + "1"])
def test_another_secret_is_no_mask(shown: str) -> None:
    """A secret that was changed on the platform is seen as a change."""
    assert not looks_masked(shown, SECRET)


@pytest.mark.parametrize("text", ["sk_live___abc", "-----BEGIN KEY-----", "a.b.c", "xxxx", "application/json", "*/*"])
def test_a_real_secret_is_never_refused_as_a_mask(text: str) -> None:
    """Only what can be nothing else is refused in a file."""
    assert not is_mask(text)


def test_a_target_is_shown_without_its_secrets() -> None:
    """Whether one is set can be seen."""
    config = {
        "url": "https://user:pass@bot.example.com/?api=abc&b=c",
        "apiKey": "abc",
        "token": None,
        "agentSecret": "",
        "headers": {"A": "b", "C": None},
        "list": [{"clientSecret": "x"}],
        "maxTokens": 5,
    }
    assert without_secrets({"connection": {"config": config}}) == {
        "connection": {
            "config": {
                "url": "https://***@bot.example.com/?api=***&b=***",
                "apiKey": MASK,
                "token": None,
                "agentSecret": "",
                "headers": {"A": MASK, "C": None},
                "list": [{"clientSecret": MASK}],
                "maxTokens": 5,
            }
        }
    }


def test_secrets_are_collected_by_name_and_by_where_they_come_from() -> None:
    """All of them are to be kept out of the platform's words."""
    value = {
        "config": {"apiKey": "one", "headers": {"A": "two"}, "url": "three", "model": "four"},
        "list": [{"v": "five"}],
    }
    hidden = frozenset({("config", "url"), ("list",)})
    assert sorted(secret_texts(value, hidden)) == ["five", "one", "three", "two"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "apiKey", "headers", "b"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_hiding_never_fails_and_hides_all_that_was_collected(value: object) -> None:
    """Whatever the platform answers."""
    left = without_secrets(value)
    assert [text for text in secret_texts(left) if text != MASK] == []


@given(text=st.text(max_size=80))
def test_a_text_without_an_address_is_left_alone(text: str) -> None:
    """Only addresses carry logins."""
    if "://" not in text:
        assert hide_in_text(text) == text
