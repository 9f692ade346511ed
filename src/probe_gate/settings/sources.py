"""Where each option's value comes from, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.parsing import explain_address
from probe_gate.domain.policy import DEFAULT, Origin
from probe_gate.http.redact import Redactor
from probe_gate.options import BY_NAME, Option, options_of
from probe_gate.settings.readers import READERS, read_choice


@dataclass(frozen=True, slots=True)
class Given:
    """An option that was given a right value."""

    value: Any
    origin: Origin
    by_flag: bool


class Sources:
    """Reads the options of one command: flag, else the first variable that is not empty, else the default.

    Mistakes are gathered in `problems`, each named as it was given, and what is required and was not given in
    `missing`, so that all of them can be told at once. Meanwhile a wrong value reads as if it had not been given.
    """

    def __init__(
        self,
        command: str,
        flags: Mapping[str, str | None],
        environ: Mapping[str, str],
    ) -> None:
        self.problems: list[str] = []
        self.missing: list[str] = []
        self.command = command
        self._flags = {name.replace("_", "-"): text for name, text in flags.items()}
        self._environ = environ
        self._taken = frozenset(option.name for option in options_of(command))
        self._secrets: list[str] = []
        self.without_secrets = Redactor()
        """Removes every secret from a text: problems of a file may quote anything."""
        self._given: dict[str, Given | None] = {}
        self._wrong: set[str] = set()

    def takes(self, name: str) -> bool:
        """Whether the command has the option."""
        return name in self._taken

    def given(self, name: str) -> Given | None:
        """The option as it was given; None when it was not, or not rightly, or the command does not take it."""
        if name not in self._given:
            self._given[name] = self._find(BY_NAME[name]) if name in self._taken else None
        return self._given[name]

    def is_wrong(self, name: str) -> bool:
        """Whether the option was given a wrong value; a problem says so already."""
        self.given(name)
        return name in self._wrong

    def value(self, name: str) -> Any:
        """The option's value or its default; None when there is neither."""
        given = self.given(name)
        if given is not None:
            return given.value
        option = BY_NAME[name]
        return read_value(option, option.default) if option.default else None

    def origin(self, name: str) -> Origin:
        """Where the option's value comes from."""
        given = self.given(name)
        return given.origin if given else DEFAULT

    def keep_secret(self, text: str) -> None:
        """From now on no message holds this text."""
        self._secrets.append(text)
        self.without_secrets = Redactor(self._secrets)

    def _find(self, option: Option) -> Given | None:
        text = (self._flags.get(option.name) or "").strip()
        if text:
            return self._read(option, text, option.flag, by_flag=True)
        for variable in option.env:
            text = self._environ.get(variable, "").strip()
            if text:
                # Whatever NO_COLOR holds, it means yes: that is its convention.
                return self._read(option, "true" if variable == "NO_COLOR" else text, variable, by_flag=False)
        return None

    def _read(self, option: Option, text: str, source: str, *, by_flag: bool) -> Given | None:
        try:
            if self.without_secrets(text) != text:
                raise ValueError("it holds the API key, which belongs into SPLX_API_KEY only")
            if wrong := explain_address(text, option.name):
                raise ValueError(wrong)
            return Given(read_value(option, text), Origin(source), by_flag)
        except ValueError as error:
            self._wrong.add(option.name)
            self.problems.append(f"{source}: {error}")
            return None


def read_value(option: Option, text: str) -> Any:
    """The value that the text stands for. Raises `ValueError`."""
    if option.kind == "choice":
        return read_choice(text, option.choices)
    return READERS[option.kind](text)
