"""Every option, declared once.

Flags, environment variables, the inputs of `action.yml` and of the GitLab component, and the tables of the documentation
are generated from these lists or tested against them. They import nothing else, so that `--help` is fast.

`kind` selects the parser in `settings`; `commands` are the commands that have the option.
"""

from __future__ import annotations

from probe_gate.options.option import Option, vendor_names
from probe_gate.options.output import OUTPUT_OPTIONS, REPORT_OPTIONS
from probe_gate.options.platform import PLATFORM_OPTIONS
from probe_gate.options.policy import POLICY_OPTIONS
from probe_gate.options.run import RUN_OPTIONS

OPTIONS: tuple[Option, ...] = (*PLATFORM_OPTIONS, *RUN_OPTIONS, *POLICY_OPTIONS, *REPORT_OPTIONS, *OUTPUT_OPTIONS)

DEBUG_VARIABLES = ("RUNNER_DEBUG", "CI_DEBUG_TRACE", "SYSTEM_DEBUG")
"""Set by GitHub, GitLab and Azure when debug logging is on; equivalent to `--verbose`."""

KEY_VARIABLES: tuple[str, ...] = vendor_names("API_KEY")
"""Variables with the API key, which has no flag, because flags appear in the process list."""

COMMENT_TOKEN_VARIABLE = "PROBE_GATE_COMMENT_TOKEN"  # noqa: S105 - a name, not a secret

REPORT_FILES: dict[str, str] = {
    "junit": "junit.xml",
    "summary": "summary.md",
    "json": "report.json",
    "html": "report.html",
    "sarif": "results.sarif",
    "attestation": "test-result.json",
}
"""The file name of each report, by its name in `--reports`."""

DEFAULT_POLICY_FILE = ".probe-gate.yml"
"""The policy file that is used if it exists and `--policy` is not given."""

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


def default_of(name: str) -> str:
    """Return the default of an option as a user would write it; empty if there is none."""
    return BY_NAME[name].default


def options_of(command: str) -> tuple[Option, ...]:
    """Return the options of a command, in the order of the list."""
    return tuple(option for option in OPTIONS if command in option.commands)
