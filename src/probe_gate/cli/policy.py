"""`probe-gate policy validate` and `policy schema`: policy files, without the network."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.domain.evidence import Target
from probe_gate.domain.policy import REST
from probe_gate.domain.probes import ALL_PROBES
from probe_gate.domain.text import log_json, log_line, plain_line
from probe_gate.errors import ConfigError, exit_code_for
from probe_gate.options import DEFAULT_POLICY_FILE
from probe_gate.settings import Plans, flags_from, read_settings

if TYPE_CHECKING:
    from probe_gate.domain.policy import Policy
    from probe_gate.files.policy_file import PolicyFile


def add_validate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="the policy file (default: .probe-gate.yml)")


def validate(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    now = datetime.now(UTC)
    settings = read_settings("policy", flags_from(arguments, "policy"), environ, today=now.date())
    as_json = settings.output.format == "json"
    try:
        file = read_file(arguments.file, now)
    except ConfigError as error:
        if not as_json:
            raise
        print_json_text({"valid": False, "problems": list(error.problems or (error.message,))})
        return exit_code_for(error.outcome)
    if as_json:
        print_json_text({"valid": True, "problems": [], **_describe_file(file, now)})
    else:
        sys.stdout.write(_render(file, now))
    return 0


def read_file(name: str | None, now: datetime) -> PolicyFile:
    """Return the policy file of that name.

    Raises:
        ConfigError: The file is missing, unreadable or invalid; with all of its problems.
    """
    from probe_gate.files.policy_file import parse_policy_file
    from probe_gate.settings.files import describe_read_error, read_small_file
    from probe_gate.settings.policies import MAX_BYTES

    path = Path(name or DEFAULT_POLICY_FILE)
    try:
        data = read_small_file(path, MAX_BYTES)
    except OSError as error:
        raise ConfigError(
            f"{path}: {describe_read_error(error)}.", "Name the file, or write one with probe-gate init."
        ) from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.") from None
    return parse_policy_file(data, str(path), now.date())


def print_json_text(value: object) -> None:
    sys.stdout.write(log_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n")


def _describe_file(file: PolicyFile, now: datetime) -> dict[str, object]:
    from probe_gate.domain.policy import policy_rows

    def limits(policy: Policy) -> dict[str, dict[str, str | None]]:
        rows = policy_rows(policy)
        return {row.key: {"value": row.value, "origin": str(row.origin) if row.origin else None} for row in rows}

    return {
        "file": file.name,
        "policy": limits(_policy_of(file, 0)),
        "targets": [
            {
                "id": entry.id,
                "name": entry.name,
                "probes": str(entry.probes or ALL_PROBES),
                "policy": limits(_policy_of(file, entry.id)),
            }
            for entry in file.targets
        ],
        "waivers": [
            {
                "check": one.check,
                "target": one.target,
                "until": one.until.isoformat(),
                "days_left": (one.until - now.date()).days,
                "reason": one.reason,
            }
            for one in file.waivers
        ],
    }


def _policy_of(file: PolicyFile, target_id: int) -> Policy:
    return Plans(file=file).plan_for(Target(target_id)).policy


def _render(file: PolicyFile, now: datetime) -> str:
    from probe_gate.domain.formatting import plural

    parts = [plural(len(file.targets), "target")] if file.targets else ["no targets: give them with --target-id"]
    parts += [plural(len(file.waivers), "waiver")] if file.waivers else []
    common, policies = _policy_of(file, 0), {entry.id: _policy_of(file, entry.id) for entry in file.targets}
    lines = [f"{plain_line(file.name)}: valid ({', '.join(parts)})", "", "For every target:", *_rows(common, None)]
    for entry in file.targets:
        name = f" ({entry.name})" if entry.name else ""
        lines += ["", f"Target {entry.id}{name}, {entry.probes or ALL_PROBES}:"]
        lines += _rows(policies[entry.id], common) or ["  same as for every target"]
    if any(one.category != REST for policy in (common, *policies.values()) for one in policy.min_category_scores):
        lines += ["", "Whether the platform reports these categories: probe-gate doctor"]
    if file.waivers:
        lines += ["", "Waivers:"]
    for one in file.waivers:
        left = (one.until - now.date()).days
        when = f"ended on {one.until}" if left < 0 else f"until {one.until} ({plural(left, 'day')} left)"
        whom = "every target" if one.target == REST else f"target {one.target}"
        lines.append(f"  {one.check} of {whom}, {when}: {one.reason}")
    return "".join(f"{log_line(line)}\n" for line in lines)


def _rows(policy: Policy, beside: Policy | None) -> list[str]:
    """Return one line per limit; only those that differ from the policy `beside`, if there is one."""
    from probe_gate.domain.policy import policy_rows

    rows = policy_rows(policy)
    same = {(row.key, row.value) for row in policy_rows(beside)} if beside else set()
    width = max(len(row.key) for row in rows)
    return [
        f"  {row.key:<{width}}  {row.value:<6}  {row.origin or ''}".rstrip()
        for row in rows
        if (row.key, row.value) not in same
    ]


def print_schema(_arguments: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    from probe_gate.files.policy_model import policy_schema_text

    sys.stdout.write(policy_schema_text())
    return 0
