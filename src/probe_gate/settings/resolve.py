"""Option values with their origins and problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from probe_gate.domain.page_address import (
    PAGE_OPTIONS,
    PageAddress,
    looks_like_page,
    parse_page_address,
    parse_page_addresses,
)
from probe_gate.domain.parsing import explain_address
from probe_gate.domain.policy import DEFAULT, Origin
from probe_gate.domain.suggestions import nearest
from probe_gate.domain.text import plain_line
from probe_gate.http.redact import Redactor
from probe_gate.options import BY_NAME, COMMENT_TOKEN_VARIABLE, DEBUG_VARIABLES, KEY_VARIABLES, OPTIONS, options_of
from probe_gate.options.option import Option
from probe_gate.settings.parsers import PARSERS, parse_choice


@dataclass(frozen=True, slots=True)
class Given:
    """A valid value that was given for an option."""

    value: Any
    origin: Origin
    by_flag: bool


class Sources:
    """Resolves the options of a command: the flag, else the first variable that is not empty, else the default.

    Invalid values are collected in `problems` and required options that were not given in `missing`, so that all of them
    can be reported at once. Until then an invalid value counts as not given.
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
        """Masks every secret in a text, since problems of a file may quote anything."""
        self.pages: dict[str, PageAddress] = {}
        """The addresses of pages that were given, by option."""
        self._given: dict[str, Given | None] = {}
        self._wrong: set[str] = set()

    def takes(self, name: str) -> bool:
        """Return whether the command has the option."""
        return name in self._taken

    def given(self, name: str) -> Given | None:
        """Return the value that was given; None if there is none, if it is invalid, or if the command lacks the option."""
        if name not in self._given:
            self._given[name] = self._find(BY_NAME[name]) if name in self._taken else None
        return self._given[name]

    def imply(self, name: str, given: Given) -> None:
        """Set an option that was not given to a value derived from another one."""
        self._given[name] = given

    def is_wrong(self, name: str) -> bool:
        """Return whether an invalid value was given, which `problems` has already."""
        self.given(name)
        return name in self._wrong

    def value(self, name: str) -> Any:
        """Return the option's value, else its default, else None."""
        given = self.given(name)
        if given is not None:
            return given.value
        option = BY_NAME[name]
        return parse_value(option, option.default) if option.default else None

    def origin(self, name: str) -> Origin:
        given = self.given(name)
        return given.origin if given else DEFAULT

    def keep_secret(self, text: str) -> None:
        """Mask this text in all further messages."""
        self._secrets.append(text)
        self.without_secrets = Redactor(self._secrets)

    def _find(self, option: Option) -> Given | None:
        text = (self._flags.get(option.name) or "").strip()
        if text:
            return self._read(option, text, option.flag, by_flag=True)
        for variable in option.env:
            text = self._environ.get(variable, "").strip()
            if text:
                # any value of NO_COLOR means yes: https://no-color.org
                return self._read(option, "true" if variable == "NO_COLOR" else text, variable, by_flag=False)
        return None

    def _read(self, option: Option, text: str, source: str, *, by_flag: bool) -> Given | None:
        try:
            if self.without_secrets(text) != text:
                raise ValueError("it contains the API key, which belongs in SPLX_API_KEY only")
            if option.name in PAGE_OPTIONS and (looks_like_page(text) or option.name == "target-url"):
                page, value = _parse_page(text, option.name)
                self.pages[option.name] = page
                return Given(value, Origin(source), by_flag)
            if wrong := explain_address(text, option.name):
                raise ValueError(wrong)
            return Given(parse_value(option, text), Origin(source), by_flag)
        except ValueError as error:
            self._wrong.add(option.name)
            self.problems.append(f"{source}: {error}")
            return None


def _parse_page(text: str, option: str) -> tuple[PageAddress, Any]:
    """Return the address of a page, and the value that it gives the option."""
    if option == "target-id":
        return parse_page_addresses(text)
    page = parse_page_address(text, option)
    return page, {"workspace-id": page.workspace_id, "test-run-id": page.test_run_id}.get(option, page)


def parse_value(option: Option, text: str) -> Any:
    """Parse the value of an option.

    Raises:
        ValueError: The text is not a valid value.
    """
    if option.kind == "choice":
        return parse_choice(text, option.choices)
    return PARSERS[option.kind](text)


def flags_from(arguments: object, command: str) -> dict[str, str]:
    """Return the flags of the command that were given, by option name, from an `argparse.Namespace`.

    True becomes the text `true`; a flag that is None, False or absent was not given.
    """
    given: dict[str, str] = {}
    for option in options_of(command):
        value = getattr(arguments, option.name.replace("-", "_"), None)
        if value is not None and value is not False:
            given[option.name] = "true" if value is True else str(value)
    return given


def is_ci_debug(environ: Mapping[str, str]) -> bool:
    """Return whether debug logging is on in the CI system. Unknown values of its variables are ignored."""
    return any(environ.get(name, "").strip().lower() in ("1", "true") for name in DEBUG_VARIABLES)


MAX_VARIABLES_NAMED = 10

OWN_PREFIX, VENDOR_PREFIX = "PROBE_GATE_", "SPLX_"

READ_ELSEWHERE = ("PROBE_GATE_IMAGE",)
"""Read by a file of this repository other than the program: examples/docker/probe-gate.sh."""

_OWN = re.compile(r"probe[_-]?gate[_-]", re.IGNORECASE | re.ASCII)
_VENDOR = re.compile(r"splx(ai)?[_-]", re.IGNORECASE | re.ASCII)
_SERVICE_LINK = re.compile(
    r"PROBE_GATE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)\w*)?)", re.ASCII
)
"""Variables that Kubernetes sets in every pod of a namespace with a service named `probe-gate...`."""


def find_unknown_variables(environ: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return problems and warnings about unknown variables that look like ours, without their values.

    `PROBE_GATE_...` belongs to this program, so an unknown name is a problem, whatever its case and separators.
    `SPLX_...` may belong to another tool for the platform, so an unknown name is a warning.
    """
    known = {name for option in OPTIONS for name in option.env} | {*KEY_VARIABLES, COMMENT_TOKEN_VARIABLE}
    by_letters = {_letters(name): name for name in sorted(known, reverse=True)}
    problems: list[str] = []
    warnings: list[str] = []
    for name in sorted(name for name, value in environ.items() if value.strip() and name not in known):
        meant = by_letters.get(_letters(name))
        if name in READ_ELSEWHERE or _SERVICE_LINK.fullmatch(name):
            continue
        if _OWN.match(name) or (meant or "").startswith(OWN_PREFIX):
            hint = _variable_hint(name, meant, (one for one in known if one.startswith(OWN_PREFIX)))
            problems.append(f"{plain_line(name, 80)}: there is no such variable{hint}")
        elif _VENDOR.match(name) or meant is not None:
            hint = _variable_hint(name, meant, (one for one in known if one.startswith(VENDOR_PREFIX)))
            warnings.append(f"The variable {plain_line(name, 80)} is not read by probe-gate{hint or '.'}")
    return _few(problems, "{} more variables are unknown"), _few(warnings, "{} more variables are not read.")


def _letters(name: str) -> str:
    return name.upper().replace("_", "").replace("-", "")


def _variable_hint(name: str, meant: str | None, candidates: Iterable[str]) -> str:
    # without the common prefix, which would make all names similar
    bare = {one.partition("_GATE_")[2] or one.partition("_")[2]: one for one in sorted(candidates)}
    match = _OWN.match(name) or _VENDOR.match(name)
    near = meant or bare.get(nearest(name[match.end() :] if match else name, bare) or "")
    return f"; did you mean {near}?" if near else ""


def _few(lines: list[str], rest: str) -> tuple[str, ...]:
    more = len(lines) - MAX_VARIABLES_NAMED
    return (*lines[:MAX_VARIABLES_NAMED], rest.format(more)) if more > 0 else tuple(lines)
