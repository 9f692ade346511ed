#!/usr/bin/env python3
"""Write the tables of README.md, and what it and the quick start say before the first release, between their markers.

Run it after a change to src/probe_gate/options or errors.py. A test fails if a page differs from its output.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from probe_gate import home
from probe_gate.errors import EXIT_CODES, Outcome
from probe_gate.options import OPTIONS
from scripts.write_options_page import table_of

ROOT = Path(__file__).resolve().parent.parent
README, QUICK_START = ROOT / "README.md", ROOT / "docs" / "quick-start.md"

MEANINGS: dict[Outcome, str] = {
    Outcome.PASSED: "Every check passed.",
    Outcome.SKIPPED: "There is no API key, and `--on-missing-key` allows that. Nothing was tested; every report and the CI system show a warning.",
    Outcome.FAILED: "The policy is broken. Nothing else exits with 1.",
    Outcome.CONFIG_ERROR: "A flag, variable or file is wrong, or the platform rejected the request. No test run was started.",
    Outcome.AUTH_ERROR: "The platform rejected the API key, or the key lacks a permission.",
    Outcome.PLATFORM_ERROR: "The platform could not be reached, or its responses are invalid.",
    Outcome.RUN_ENDED: "The test run failed or was cancelled on the platform, so there is no result to judge.",
    Outcome.TIMED_OUT: "The test run did not finish in time. The gate tries to cancel it and says if it could not; `--on-timeout leave` leaves it running.",
    Outcome.INCONCLUSIVE: "The test run finished but proves nothing: no score, scores that are stale or include another run, too few test cases, or too many errors.",
    Outcome.INTERNAL_ERROR: "A bug in probe-gate. Please report it.",
    Outcome.CANCELLED: "Stopped by SIGINT (130) or SIGTERM (143). The gate tries to cancel the test run and says if it could not.",
}

COMMON_OPTIONS = (
    "target-url",
    "workspace-id",
    "target-id",
    "probe-ids",
    "policy",
    "min-score",
    "min-category-score",
    "max-attack-success-rate",
    "timeout",
    "comment",
)
"""The options in the README; docs/options.md has all of them."""

HOW_TO_INSTALL = """\
The command is also a Python package, for Python 3.11 or newer: `uvx probe-gate`, `pipx run probe-gate`, or `pip install
probe-gate`."""

HOW_TO_START = """\
There is no release yet. `{placeholder}` is a placeholder for the account that publishes the action, the component and the
image; `make home OWNER=acme` replaces it everywhere. Until then, install the command from a checkout with Python 3.11 or
newer: `pip install .`, or with the demo and the sandbox `pip install '.[sandbox]'`."""


BEFORE_THE_FIRST_RELEASE = """\
> There is no public release yet. Steps 1 to 6 work from a checkout; in step 3, `{placeholder}` is the account that you
> clone from. Step 7 needs a published gate. So publish it under your own account first: fork the repository, run
> `make home OWNER=your-account`, commit the changes, and make one [release](releasing.md)."""


def options_table() -> str:
    """Return the table of the most common options."""
    by_name = {option.name: option for option in OPTIONS}
    return table_of([by_name[name] for name in COMMON_OPTIONS])


def exit_codes_table() -> str:
    """Return the table of exit codes, with the outcome and the meaning of each."""
    rows = ["| code | outcome | meaning |", "| --- | --- | --- |"]
    for outcome, number in EXIT_CODES.items():
        shown = "130, 143" if outcome is Outcome.CANCELLED else str(number)
        rows.append(f"| {shown} | `{outcome}` | {MEANINGS[outcome]} |")
        if outcome is Outcome.SKIPPED:
            rows.append("| 0 | any that `--soft-fail` lists | It is reported in full, under its own name. |")
    return "\n".join(rows)


def home_text() -> str:
    """Return how to install the program: from the package index, or from a checkout before the first release."""
    if home.OWNER:
        return HOW_TO_INSTALL
    return HOW_TO_START.format(placeholder=home.PLACEHOLDER)


def readme_parts() -> dict[str, str]:
    """Return the parts of the README by the name in their markers."""
    return {"home": home_text(), "options": options_table(), "exit codes": exit_codes_table()}


def quick_start_parts() -> dict[str, str]:
    """Return the parts of the quick start by the name in their markers."""
    return {"home": "" if home.OWNER else BEFORE_THE_FIRST_RELEASE.format(placeholder=home.PLACEHOLDER)}


def with_parts(text: str, parts: Mapping[str, str]) -> str:
    """Return the text of a page with each part replaced by the current one."""
    for name, table in parts.items():
        begin, end = f"<!-- {name}, written by scripts/write_readme_tables.py -->\n", f"\n<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found and found_end):
            raise SystemExit(f"The page has no place for the {name}: {begin.strip()} ... {end.strip()}")
        text = before + begin + table + end + after
    return text


def main() -> None:
    for page, parts in ((README, readme_parts()), (QUICK_START, quick_start_parts())):
        page.write_text(with_parts(page.read_text(encoding="utf-8"), parts), encoding="utf-8")


if __name__ == "__main__":
    main()
