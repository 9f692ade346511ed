#!/usr/bin/env python3
"""Writes docs/options.md from the declarations of the options.

Run it after a change to src/probe_gate/options.py; a test fails while the page differs from what it writes.
"""

from __future__ import annotations

from pathlib import Path

from probe_gate.cli.arguments import GROUP_TITLES
from probe_gate.options import KEY_VARIABLES, OPTIONS, Option

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"

INTRODUCTION = f"""\
<!-- Written by scripts/write_options_page.py from the declarations in src/probe_gate/options.py: change it there. -->
# Options

Each option is a flag, an environment variable, an input of the GitHub action and an input of the GitLab component.
A flag wins over a variable, a variable over the policy file, that over the default. Where an option has several variables,
the first that is not empty counts. An empty value is the same as none. A wrong value ends the command with exit code 2
before anything is sent, and every wrong option is named at once.

The API key has no flag, because flags stand in the process list: it comes from {" or ".join(f"`{name}`" for name in KEY_VARIABLES)},
or from the file that `--api-key-file` names. When there are two that differ, that is a mistake.

An option that a command does not take is not looked at by it, so a variable for another command does no harm. But
`check` starts no run, so a flag or variable with a limit that needs one is refused there: `--max-attack-success-rate`,
`--confidence`, `--max-error-rate`, `--min-test-cases`. In a policy file, which `run` may share, such a limit is noted.

A variable that begins with `PROBE_GATE_` and is none of those below is refused too, with the nearest name: otherwise a
typing mistake would leave a limit at its default. So is one in lower case or without an underscore. Only the variables
that Kubernetes sets for a service called `probe-gate` are let pass. One that begins with `SPLX_` may belong to another
tool, so the reports only warn of it.
"""

KINDS: dict[str, str] = {
    "key": "Any text without control characters; blanks and line breaks in a row count as one blank.",
    "text": "One line of at most 200 characters, without control characters.",
    "id": "A whole number from 1 to 2147483647.",
    "ids": "Ids between commas or on lines; none twice.",
    "path": "A path, from the working directory.",
    "api-url": "`eu`, `us`, or an address as below.",
    "web-url": (
        "An https address without user name, query and fragment. http is taken to loopback only (`localhost`, `127.x.x.x`, "
        "`[::1]`). A slash at the end does not count."
    ),
    "page-address": (
        "The address of a page on the platform with `/w/` and `/target/` in it, as copied from a browser; what follows is "
        "ignored. What another option says must not contradict it. `--workspace-id`, `--target-id` and `--test-run-id` "
        "take such an address too."
    ),
    "probes": "Ids as above, in brackets or not, or `recommended`, `risk>=LEVEL` (low, medium, high, critical), or `all`.",
    "score": "A plain decimal number from 0 to 100, such as 80 or 79.5: no exponent, sign, percent sign or leading zero. Above 0 and below 1 is refused: write 95, not 0.95.",
    "category-scores": "A score, for every category that has one; or `NAME=SCORE` between commas or on lines, with `*` for all others.",
    "percent": "A number from 0 to 100, written like a score; 0.5 is half a percent.",
    "confidence": "A number above 0 and below 100, written like a score.",
    "count": "A whole number from 1.",
    "points": "A number from 0 to 100, written like a score.",
    "switch": "`true` or `false` (also 1, 0, yes, no, on, off). The flag alone means `true`.",
    "duration": "A number with `s`, `m`, `h` or `d`, such as `90s` or `1h30m`; without a unit, seconds.",
    "soft-fail": "Outcomes between commas.",
    "interval": "Two times with `..` between them, or one; from 0.1s to 1h.",
    "choice": "One of the words given at the option, in any case.",
    "completed-statuses": "Run statuses between commas, in any case; none that is known to mean something else.",
    "baseline": "A path, or `before`.",
    "reports": "Names between commas, or `all`.",
    "shard": "`K/N`, K from 1 to N.",
    "parallel": "A whole number from 1 to 64.",
}


def page() -> str:
    """The text of the page."""
    parts = [INTRODUCTION]
    for group, title in GROUP_TITLES.items():
        parts.append(f"## {title[0].upper()}{title[1:]}\n")
        parts += [describe(option) for option in OPTIONS if option.group == group]
    parts.append("## How values are written\n")
    parts.append("| kind | how |\n| --- | --- |\n" + "".join(f"| {kind} | {text} |\n" for kind, text in KINDS.items()))
    return "\n".join(parts)


def describe(option: Option) -> str:
    """One option."""
    facts = [f"`{name}`" for name in option.env]
    lines = [f"### `{option.flag}`", "", option.help, ""]
    lines.append(f"- Variable: {', then '.join(facts)}")
    if option.choices:
        lines.append(f"- Values: {', '.join(f'`{choice}`' for choice in option.choices)}")
    else:
        lines.append(f"- Value: {option.kind} (see below)")
    lines.append(f"- Default: {f'`{option.default}`' if option.default else 'none'}")
    lines.append(f"- Commands: {', '.join(f'`{command}`' for command in option.commands)}")
    if option.policy_key:
        lines.append(f"- In the [policy file](policy.md): `{option.name}`")
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
