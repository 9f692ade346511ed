#!/usr/bin/env python3
"""Write the tables of docs/sandbox.md between their markers, from the keys of `--reading` and the kinds of faults.

Run it after a change to readings.py or fault_kinds.py in src/probe_gate/sandbox; a test fails while the page differs from what it writes.
"""

from __future__ import annotations

from pathlib import Path

from probe_gate.sandbox.fault_kinds import FAULT_KINDS, STATUSES, FaultKind
from probe_gate.sandbox.readings import GROUPS, KEYS, Key

PAGE = Path(__file__).resolve().parent.parent / "docs" / "sandbox.md"


def table(group: str) -> str:
    """Return the keys of a group as a table."""
    rows = ["| key | values | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join(rows + [row(key) for key in KEYS.values() if key.group == group])


def row(key: Key) -> str:
    values, _, note = key.kind.expected.partition("; ")
    listed = ", ".join(f"`{value}`" for value in values.split(" | ")) + (f"; {note}" if note else "")
    return f"| `{key.name}` | {listed} | `{key.default}` | {key.summary} |"


def faults_table() -> str:
    """Return the faults as a table, with all statuses in one row."""
    rows = ["| fault | where and when, unless given | meaning |", "| --- | --- | --- |"]
    statuses = ", ".join(f"`{status}`" for status in STATUSES)
    rows.append(
        f"| {statuses} | `@any:1` | Answers with that status. `429`, `502`, `503` and `504` take the seconds of their "
        "Retry-After as VALUE. |"
    )
    kinds = ((name, kind) for name, kind in FAULT_KINDS.items() if not name.isdigit())
    return "\n".join(rows + [fault_row(name, kind) for name, kind in kinds])


def fault_row(name: str, kind: FaultKind) -> str:
    value = f" VALUE is {kind.value} unless given." if kind.value else ""
    return f"| `{name}` | `@{kind.where}:{kind.when}` | {kind.summary}{value} |"


def with_tables(text: str) -> str:
    """Return the page's text with each table between its markers as it should be."""
    tables = {**{group: table(group) for group in GROUPS}, "Faults": faults_table()}
    for group, written in tables.items():
        begin = f"<!-- {group}, written by scripts/write_sandbox_tables.py -->\n"
        end = f"<!-- end of {group} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found and found_end):
            raise SystemExit(f"{PAGE.name} has no place for {group}: {begin.strip()} ... {end.strip()}")
        text = before + begin + written + "\n" + end + after
    return text


def main() -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
