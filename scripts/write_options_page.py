#!/usr/bin/env python3
"""Write docs/options.md from the declarations of the options.

Run it after a change to src/probe_gate/options. A test fails if the page differs from its output.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from probe_gate.cli.arguments import GROUP_TITLES
from probe_gate.options import KEY_VARIABLES, OPTIONS
from probe_gate.options.option import Option
from probe_gate.settings.read import RUN_LIMITS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "options.md"

INTRODUCTION = f"""\
<!-- Written by scripts/write_options_page.py from the declarations in src/probe_gate/options: change it there. -->
# Options

Each option is a flag, an environment variable, an input of the GitHub action and an input of the GitLab component.
A flag takes precedence over a variable, a variable over the policy file, and the policy file over the default. If an
option has several variables, the first one that is not empty counts. Empty values are ignored. A wrong value ends the
command with exit code 2 before anything is sent; the message names every wrong option.

## The API key

The key has no flag, because flags appear in the process list. It comes from {" or ".join(f"`{name}`" for name in KEY_VARIABLES)}, or
from the file that `--api-key-file` names. Two different keys are an error.

## Variables for another command, and misspelt ones

A command ignores the variables of options that it does not have. One exception: `check` starts no test run, so it
rejects a flag or variable that limits one ({", ".join(f"`--{name}`" for name in RUN_LIMITS)}). In a policy file, such a limit is only noted, because `run` may use the same file.

An unknown variable that begins with `PROBE_GATE_` is rejected, with the nearest known name. So is one in lower case or
without an underscore. Variables that Kubernetes sets for a service called `probe-gate` are allowed. An unknown variable
that begins with `SPLX_` may belong to another tool: reports show a warning.

The debug logging of GitHub, GitLab and Azure (`RUNNER_DEBUG`, `CI_DEBUG_TRACE`, `SYSTEM_DEBUG`) turns on `--verbose`.

## Proxies and certificates

Proxies come from `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; the lower-case names take precedence, as in curl. An entry
of `NO_PROXY` is a host name and covers its subdomains; write it without `*.` and without a port. Certificate authorities
come from `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE` or `SSL_CERT_FILE`. A value that cannot be used is exit code 2. `.netrc`
is not read.

## Shell completion

`probe-gate completion SHELL` prints a script that completes commands, options and many values. It supports `bash`, `zsh`,
`fish` and `powershell`. For bash:

```sh
mkdir -p ~/.local/share/bash-completion/completions
probe-gate completion bash > ~/.local/share/bash-completion/completions/probe-gate
```

`probe-gate completion --help` says where the other shells look for it. Repeat this after an update.

## All options
"""

KINDS: dict[str, str] = {
    "key": "Text without control characters; consecutive spaces and line breaks count as one space.",
    "text": "One line of at most 200 characters, without control characters.",
    "id": "A whole number from 1 to 2147483647.",
    "ids": "Ids, separated by commas or line breaks; each at most once.",
    "path": "A path, relative to the working directory.",
    "api-url": "`eu`, `us`, or an address as below.",
    "web-url": (
        "An https address without user name, query and fragment; http only to loopback (`localhost`, `127.x.x.x`, "
        "`[::1]`). A trailing slash is ignored."
    ),
    "page-address": (
        "The address of a page on the platform with `/w/` and `/target/` in it, as copied from a browser; what follows is "
        "ignored. Other options must not contradict it. `--workspace-id`, `--target-id` (several with commas) "
        "and `--test-run-id` take such an address too, and so do policy files and target files in place of a target's id."
    ),
    "probes": "Ids as above, in brackets or not, or `recommended`, `risk>=LEVEL` (low, medium, high, critical), or `all`.",
    "score": "A plain decimal number from 0 to 100, such as 80 or 79.5: no exponent, sign, percent sign or leading zero. A value above 0 and below 1 is rejected: write 95, not 0.95.",
    "category-scores": "One score for every category that has one; or `NAME=SCORE`, separated by commas or line breaks, with `*` for all others.",
    "percent": "A number from 0 to 100, written like a score; 0.5 means 0.5 %.",
    "confidence": "A number above 0 and below 100, written like a score.",
    "count": "A whole number from 1.",
    "points": "A number from 0 to 100, written like a score.",
    "switch": "`true` or `false` (also 1, 0, yes, no, on, off). The flag alone means `true`.",
    "duration": "A number with `s`, `m`, `h` or `d`, such as `90s` or `1h30m`; without a unit, seconds.",
    "soft-fail": "Outcomes, separated by commas.",
    "confirm": "`0`, `2` or `4`.",
    "interval": "Two durations separated by `..`, or one; from 0.1s to 1h.",
    "choice": "One of the values listed for the option; upper or lower case.",
    "completed-statuses": "Run statuses, separated by commas, upper or lower case; none with another known meaning.",
    "baseline": "A path, or `before`.",
    "reports": "Names, separated by commas, or `all`.",
    "shard": "`K/N`, K from 1 to N.",
    "parallel": "A whole number from 1 to 64.",
}


def page() -> str:
    """Return the text of the page."""
    by_group = [option for group in GROUP_TITLES for option in OPTIONS if option.group == group]
    parts = [INTRODUCTION, table_of(by_group, with_links=True) + "\n"]
    for group, title in GROUP_TITLES.items():
        parts.append(f"## {title[0].upper()}{title[1:]}\n")
        parts += [describe(option) for option in OPTIONS if option.group == group]
    parts.append("## Values\n")
    parts.append(
        "| kind | format |\n| --- | --- |\n" + "".join(f"| {kind} | {text} |\n" for kind, text in KINDS.items())
    )
    return "\n".join(parts)


def table_of(options: Sequence[Option], *, with_links: bool = False) -> str:
    """Return a table with one row for each option.

    With `with_links`, each flag links to its section on the page of options.
    """
    rows = ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |"]
    rows += [_row(option, with_links=with_links) for option in options]
    return "\n".join(rows)


def _row(option: Option, *, with_links: bool) -> str:
    flag = _code(option.flag if option.is_switch else f"{option.flag} {option.metavar}")
    if with_links:
        flag = f"[{flag}](#{option.flag})"
    variables = "<br>".join(f"`{name}`" for name in option.env if not name.startswith("SPLXAI_"))
    text = option.help
    if option.choices:
        text += f" One of {', '.join(f'`{choice}`' for choice in option.choices)}."
    return f"| {flag} | {variables} | {_code(option.default)} | {text} |"


def _code(text: str) -> str:
    """Return text as a code span that is safe inside a table."""
    return f"`{text}`".replace("|", "\\|") if text else ""


def describe(option: Option) -> str:
    """Return the section of one option."""
    facts = [f"`{name}`" for name in option.env]
    lines = [f"### `{option.flag}`", "", option.help, ""]
    lines.append(f"- Variable: {', then '.join(facts)}")
    if option.choices:
        lines.append(f"- Values: {', '.join(f'`{choice}`' for choice in option.choices)}")
    else:
        lines.append(f"- Value: {option.kind} ([format](#values))")
    lines.append(f"- Default: {f'`{option.default}`' if option.default else 'none'}")
    lines.append(f"- Commands: {', '.join(f'`{command}`' for command in option.commands)}")
    if option.policy_key:
        lines.append(f"- In the [policy file](policy.md): `{option.name}`")
    return "\n".join(lines) + "\n"


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
