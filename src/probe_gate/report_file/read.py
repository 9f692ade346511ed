"""A report file as a verdict. Hostile until read: whatever the text is, a verdict or a `ConfigError`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from probe_gate.domain.text import plain_line
from probe_gate.domain.verdict import Verdict
from probe_gate.report_file.keys import SCHEMA_VERSION
from probe_gate.report_file.parse import parse_json, read_text, refuse
from probe_gate.report_file.validate import DecodeError, decode_verdict


def read_report_file(path: Path) -> Verdict:
    """The verdict in the file at this path. Raises `ConfigError`."""
    return read_report(read_text(path), str(path))


def read_report(text: str, source: str) -> Verdict:
    """The verdict in the text of a report; `source` names it in messages. Raises `ConfigError`.

    That the verdict follows from its evidence is not looked at: that is what `probe-gate verify` does.
    """
    return read_document(parse_json(text, source), source)


def read_document(document: dict[str, Any], source: str) -> Verdict:
    """The verdict in a document that has been parsed. Raises `ConfigError`."""
    version = document.get("schemaVersion")
    if version is None:
        refuse(source, "it has no schemaVersion")
    if version != SCHEMA_VERSION:
        found = plain_line(str(version), 20)
        refuse(
            source,
            f"its schemaVersion is {found}, and this probe-gate reads {SCHEMA_VERSION}",
            "Use the version of probe-gate that wrote it.",
        )
    try:
        return decode_verdict(document)
    except DecodeError as error:
        refuse(source, str(error))
