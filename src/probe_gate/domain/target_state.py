"""The state of a target that a file describes: its values, its secrets, and how a platform masks those."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from probe_gate.domain.text import MASK, plain_line

Path = tuple[str, ...]
"""The names that lead to a value: `("connection", "config", "apiKey")`."""

SECRET_FIELDS = frozenset(
    {
        "apiKey",
        "token",
        "clientSecret",
        "awsAccessKeyId",
        "awsSecretAccessKey",
        "accessToken",
        "agentSecret",
        "refreshToken",
    }
)
"""The fields of the platform's own connection types that are secret, beside every value of `headers`."""

HASH_NAMES = ("md5", "sha1", "sha256", "sha512")

_SECRET_WORDS = frozenset(
    [
        "key",
        "apikey",
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "credential",
        "credentials",
        "authorization",
        "auth",
        "cookie",
        "signature",
    ]
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_LOGIN = re.compile(r"(?<=//)[^/@\s]*@")
_QUERY = re.compile(r"([?&][^=&#\s]*=)[^&#\s]+")

_STARS = re.compile(r"[*•●∙·]{3,}")
_MASK_CHARACTERS = re.compile(r"…|\.{3,}|#{3,}|x{4,}|\*{2,}", re.IGNORECASE)
_MASK_WORDS = re.compile(
    r"(redacted|masked|hidden|secret|encrypted|protected|removed|omitted|not shown|set|unset|none|null)", re.IGNORECASE
)
_BRACKETED = re.compile(r"[\[<{(][^\[\]<>{}()\"':]{0,40}[\]>})]")
_SEALED = re.compile(
    r"(enc|encrypted|vault|kms|cipher|sealed|hash|md5|sha1|sha256|sha512|bcrypt)[:(|].+|\$[0-9a-z]{1,8}\$.+",
    re.IGNORECASE | re.DOTALL,
)


def is_secret(path: Path) -> bool:
    """Return whether the value at this path is secret: because of its name, the name of a parent, or because it is a header."""
    *outer, name = path or ("",)
    return (
        "headers" in outer
        or _is_secret_name(name)
        # `oauth` and its like hold what belongs to a login, not all of it secret
        or any(_is_secret_name(part) and not part.lower().endswith("auth") for part in outer)
    )


def _is_secret_name(name: str) -> bool:
    return name in SECRET_FIELDS or any(word.lower() in _SECRET_WORDS for word in _WORD.findall(name))


def looks_masked(shown: str, secret: str) -> bool:
    """Return whether what the platform shows stands for the secret instead of being one.

    So it is for asterisks and the like, for words such as [redacted], for a part of the secret, and for a fingerprint
    of it. Of anything else it cannot be told, and it is taken for another secret.
    """
    shown = shown.strip()
    if len(set(shown)) <= 1 or is_mask(shown):
        return True
    if _MASK_CHARACTERS.search(shown) or _MASK_WORDS.fullmatch(shown) or _SEALED.fullmatch(shown):
        return True
    return _is_part_of(shown, secret) or _is_fingerprint_of(shown, secret)


def is_mask(text: str) -> bool:
    """Return whether a text is plainly no secret, but what is shown in place of one."""
    text = text.strip()
    return bool(_STARS.search(text) or _BRACKETED.fullmatch(text))


def _is_part_of(shown: str, secret: str) -> bool:
    return len(shown) < len(secret) and (secret.startswith(shown) or secret.endswith(shown))


def _is_fingerprint_of(shown: str, secret: str) -> bool:
    import hashlib

    if not re.fullmatch(r"[0-9a-fA-F]{8,128}", shown):
        return False
    data = secret.encode("utf-8", "surrogatepass")
    return any(hashlib.new(name, data).hexdigest().startswith(shown.lower()) for name in HASH_NAMES)


def without_secrets(value: Any, path: Path = ()) -> Any:
    """Any part of a target as it may be shown: every secret that is set becomes `***`."""
    if isinstance(value, Mapping):
        return {str(name): without_secrets(item, (*path, str(name))) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item, path) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if is_secret(path):
        return MASK if value != "" else ""
    return hide_in_text(value) if isinstance(value, str) else value


def hide_in_text(text: str) -> str:
    """Return a text without the logins and the values of queries in its addresses, which often are secret."""
    if "://" not in text:
        return text
    return _QUERY.sub(rf"\1{MASK}", _LOGIN.sub(f"{MASK}@", text))


def secret_texts(value: Any, hidden: frozenset[Path] = frozenset()) -> list[str]:
    """Every secret text in a target; `hidden` are places that are secret beside the usual ones."""
    return _secret_texts(value, (), hidden, is_inside=False)


def _secret_texts(value: Any, path: Path, hidden: frozenset[Path], *, is_inside: bool) -> list[str]:
    is_inside = is_inside or path in hidden or is_secret(path)
    found: list[str] = []
    if isinstance(value, Mapping):
        for name, item in value.items():
            found += _secret_texts(item, (*path, str(name)), hidden, is_inside=is_inside)
    elif isinstance(value, list | tuple):
        for item in value:
            found += _secret_texts(item, path, hidden, is_inside=is_inside)
    elif isinstance(value, str) and value and is_inside:
        found.append(value)
    return found


MAX_NAME_LENGTH = 256
"""Characters that the platform takes as the name of a target."""


@dataclass(frozen=True, slots=True)
class ConfigFields:
    """The fields of a known connection type's configuration."""

    required: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True, slots=True, repr=False)
class TargetState:
    """What a target is to be: as the platform takes it, references to the environment filled in."""

    connection_type: str
    config: Mapping[str, Any]
    settings: Mapping[str, Any]
    hidden: frozenset[Path] = frozenset()
    """The places whose values come from the environment: they are as secret as those that are secret by name."""
    fields: ConfigFields | None = None
    """None: the connection's type is not known."""
    tag: str = ""
    """What the name begins with, for a target that is made for one run."""

    @property
    def name(self) -> str:
        return str(self.settings.get("name", ""))

    @property
    def shown_name(self) -> str:
        """The name as it may be shown: nothing of it when it comes from the environment."""
        if ("settings", "name") in self.hidden:
            return f"{self.tag} {MASK}".strip()
        return plain_line(self.name, MAX_NAME_LENGTH)

    @property
    def connection(self) -> dict[str, Any]:
        return {"type": self.connection_type, "config": dict(self.config)}

    @property
    def body(self) -> dict[str, Any]:
        """As `createTarget` takes it."""
        return {"connection": self.connection, "settings": dict(self.settings)}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text in it that must not be shown."""
        return tuple(secret_texts(self.body, self.hidden))

    def tagged(self, tag: str) -> TargetState:
        """Return the same under a name that begins with the run tag."""
        name = f"{tag} {self.name}".strip()[:MAX_NAME_LENGTH]
        return replace(self, settings={**self.settings, "name": name}, tag=tag)

    def __repr__(self) -> str:
        return f"TargetState({self.connection_type!r}, {len(self.config)} fields, {len(self.settings)} settings)"


_WORDS: frozenset[Path] = frozenset(
    {
        ("connection", "type"),
        ("settings", "environment"),
        ("settings", "language"),
        ("settings", "supportedModes"),
        ("settings", "targetPresetId"),
        ("settings", "workerPoolId"),
        ("settings", "ragFileId"),
    }
)
"""Values that are the same in any case."""
_SETS: frozenset[Path] = frozenset({("settings", "supportedModes")})


def as_map(value: object) -> Mapping[str, Any]:
    """Return the value, or an empty map when it is none."""
    return value if isinstance(value, Mapping) else {}


def is_nothing(value: object) -> bool:
    """Return whether a value is as good as none: no platform is held to tell these apart."""
    return value is None or value == "" or (isinstance(value, Mapping | list | tuple) and not value)


def same(want: Any, have: Any, path: Path = ()) -> bool:
    """Return whether two values are the same: blanks around a text and, where words are fixed, upper case aside."""
    if isinstance(want, str) and isinstance(have, str):
        one, other = _plain(want), _plain(have)
        return one.casefold() == other.casefold() if path in _WORDS else one == other
    if isinstance(want, bool) or isinstance(have, bool):
        return want is have
    if isinstance(want, int | float) and isinstance(have, int | float):
        return want == have
    if isinstance(want, list | tuple) and isinstance(have, list | tuple):
        return _same_lists(want, have, path)
    if isinstance(want, Mapping) and isinstance(have, Mapping):
        return all(
            same(want.get(name), have.get(name)) or (is_nothing(want.get(name)) and is_nothing(have.get(name)))
            for name in {*want, *have}
        )
    return want is None and have is None


def _same_lists(want: Sequence[Any], have: Sequence[Any], path: Path) -> bool:
    if path in _SETS and all(isinstance(item, str) for item in (*want, *have)):
        return {item.casefold() for item in want} == {item.casefold() for item in have}
    return len(want) == len(have) and all(same(one, other, path) for one, other in zip(want, have, strict=True))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
