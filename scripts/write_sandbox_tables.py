#!/usr/bin/env python3
"""Write the tables of docs/sandbox.md between their markers, from the keys of `--reading`.

Run it after a change to src/probe_gate/sandbox/readings.py; a test fails while the page differs from what it writes.
"""

from __future__ import annotations

from pathlib import Path

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


def with_tables(text: str) -> str:
    """Return the page's text with each table between its markers as it should be."""
    for group in GROUPS:
        begin = f"<!-- {group}, written by scripts/write_sandbox_tables.py -->\n"
        end = f"\n<!-- end of {group} -->"
        before, found, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found and found_end):
            raise SystemExit(f"{PAGE.name} has no place for {group}: {begin.strip()} ... {end.strip()}")
        text = before + begin + table(group) + end + after
    return text


def main() -> None:
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
