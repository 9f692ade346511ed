"""Environment variables that look like ours and are not: a misspelt one would leave its option at the default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from probe_gate.domain.suggestions import nearest
from probe_gate.domain.text import plain_line
from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES, OPTIONS

MAX_NAMED = 10

OWN_PREFIX, VENDOR_PREFIX = "PROBE_GATE_", "SPLX_"

READ_ELSEWHERE = ("PROBE_GATE_IMAGE",)
"""Set by a file of this repository for something other than the program: the image of examples/docker/probe-gate.sh."""

_OWN = re.compile(r"probe[_-]?gate[_-]", re.IGNORECASE | re.ASCII)
_VENDOR = re.compile(r"splx(ai)?[_-]", re.IGNORECASE | re.ASCII)
_SERVICE_LINK = re.compile(
    r"PROBE_GATE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)\w*)?)", re.ASCII
)
"""Kubernetes sets these in every pod of a namespace that has a service whose name begins with `probe-gate`."""


def find_unknown_variables(environ: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return problems and warnings about variables that are set and look like ours, without their values.

    Names like `PROBE_GATE_...` belong to this program, so an unknown one is a problem, whatever its case and
    underscores. `SPLX_...` may belong to another tool of the platform, so an unknown one is a warning.
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
            hint = _hint(name, meant, (one for one in known if one.startswith(OWN_PREFIX)))
            problems.append(f"{plain_line(name, 80)}: there is no such variable{hint}")
        elif _VENDOR.match(name) or meant is not None:
            hint = _hint(name, meant, (one for one in known if one.startswith(VENDOR_PREFIX)))
            warnings.append(f"The variable {plain_line(name, 80)} is not read by probe-gate{hint or '.'}")
    return _few(problems, "{} more variables are not known"), _few(warnings, "{} more variables are not read.")


def _letters(name: str) -> str:
    return name.upper().replace("_", "").replace("-", "")


def _hint(name: str, meant: str | None, candidates: Iterable[str]) -> str:
    # Without the prefix, by which all of them would be alike.
    bare = {one.partition("_GATE_")[2] or one.partition("_")[2]: one for one in sorted(candidates)}
    match = _OWN.match(name) or _VENDOR.match(name)
    near = meant or bare.get(nearest(name[match.end() :] if match else name, bare) or "")
    return f"; did you mean {near}?" if near else ""


def _few(lines: list[str], rest: str) -> tuple[str, ...]:
    more = len(lines) - MAX_NAMED
    return (*lines[:MAX_NAMED], rest.format(more)) if more > 0 else tuple(lines)
