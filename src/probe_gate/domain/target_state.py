"""The state that a target file wants a target to be in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.target_secrets import HIDDEN, Path, secret_texts

LONGEST_NAME = 256
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
    mark: str = ""
    """What the name begins with, for a target that is made for one run."""

    @property
    def name(self) -> str:
        return str(self.settings.get("name", ""))

    @property
    def shown_name(self) -> str:
        """The name as it may be shown: nothing of it when it comes from the environment."""
        if ("settings", "name") in self.hidden:
            return f"{self.mark} {HIDDEN}".strip()
        return plain_line(self.name, LONGEST_NAME)

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

    def marked(self, mark: str) -> TargetState:
        """The same under a name that begins with the mark."""
        name = f"{mark} {self.name}".strip()[:LONGEST_NAME]
        return replace(self, settings={**self.settings, "name": name}, mark=mark)

    def __repr__(self) -> str:
        return f"TargetState({self.connection_type!r}, {len(self.config)} fields, {len(self.settings)} settings)"
