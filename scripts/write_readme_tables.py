#!/usr/bin/env python3
"""Writes the tables of README.md between their markers, from the declarations of the options and the exit codes.

Run it after a change to src/probe_gate/options.py or errors.py; a test fails while README.md differs from what it writes.
"""

from __future__ import annotations

from pathlib import Path

from probe_gate import home
from probe_gate.cli.arguments import GROUP_TITLES
from probe_gate.errors import EXIT_CODES, Outcome
from probe_gate.options import OPTIONS, Option

README = Path(__file__).resolve().parent.parent / "README.md"

MEANINGS: dict[Outcome, str] = {
    Outcome.PASSED: "Every check passed.",
    Outcome.SKIPPED: "There was no API key, and `--on-missing-key` allows that. Nothing was tested: every report and the CI system warn of it.",
    Outcome.FAILED: "The policy is broken. Nothing else ever exits with 1.",
    Outcome.CONFIG_ERROR: "A wrong flag, variable or file, or the platform refuses what was asked for. Nothing was started.",
    Outcome.AUTH_ERROR: "The platform does not know the key, or the key may not do this.",
    Outcome.PLATFORM_ERROR: "The platform could not be reached, or its answers make no sense.",
    Outcome.RUN_ENDED: "The test run failed or was cancelled on the platform, so there is nothing to judge.",
    Outcome.TIMED_OUT: "The test run was not over in time. It was cancelled, unless `--on-timeout leave` is set.",
    Outcome.INCONCLUSIVE: "The test run ended but proves nothing: no score, a stale or mixed one, too few test cases, too many errors.",
    Outcome.INTERNAL_ERROR: "A bug in probe-gate. Please report it.",
    Outcome.CANCELLED: "SIGINT (130) or SIGTERM (143). The test run was cancelled.",
}


HOW_TO_INSTALL = """\
The command is a package, too, for Python 3.11 or newer: `uvx probe-gate`, `pipx run probe-gate`, or `pip install
probe-gate`."""

HOW_TO_START = """\
There is no release yet. `{placeholder}` stands for the account that publishes the action, the component and the image;
`make home OWNER=acme` puts it in everywhere. Until then install the command from a checkout, with Python 3.11 or newer:
`pip install .`"""


def options_table() -> str:
    """Every option, by group."""
    rows = ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |"]
    for group, title in GROUP_TITLES.items():
        rows.append(f"| **{title}** | | | |")
        rows += [option_row(option) for option in OPTIONS if option.group == group]
    return "\n".join(rows)


def option_row(option: Option) -> str:
    """One option as a row of the table."""
    flag = option.flag if option.is_switch else f"{option.flag} {option.metavar}"
    variables = "<br>".join(f"`{name}`" for name in option.env if not name.startswith("SPLXAI_"))
    text = option.help
    if option.choices:
        text += f" One of {', '.join(f'`{choice}`' for choice in option.choices)}."
    return f"| {code(flag)} | {variables} | {code(option.default)} | {text} |"


def code(text: str) -> str:
    """Text in a code span, safe inside a table."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def exit_codes_table() -> str:
    """Every exit code, the outcome it stands for, and what it means."""
    rows = ["| code | outcome | meaning |", "| --- | --- | --- |"]
    for outcome, number in EXIT_CODES.items():
        shown = "130, 143" if outcome is Outcome.CANCELLED else str(number)
        rows.append(f"| {shown} | `{outcome}` | {MEANINGS[outcome]} |")
    return "\n".join(rows)


def home_text() -> str:
    """Return how to get the program: from its home, or from a checkout as long as it has none."""
    if home.OWNER:
        return HOW_TO_INSTALL
    return HOW_TO_START.format(placeholder=home.PLACEHOLDER)


def with_tables(text: str) -> str:
    """The README's text with each table between its markers as it should be."""
    parts = {"home": home_text(), "options": options_table(), "exit codes": exit_codes_table()}
    for name, table in parts.items():
        begin, end = f"<!-- {name}, written by scripts/write_readme_tables.py -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found and found_end):
            raise SystemExit(f"README.md has no place for the {name}: {begin.strip()} ... {end.strip()}")
        text = before + begin + table + end + after
    return text


def main() -> None:
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
