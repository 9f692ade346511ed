"""Listings for tests, as bytes, and what the slow and plain way finds in them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from hypothesis import strategies as st

from probe_gate.domain.run import Run
from probe_gate.domain.run_list import RunList, RunQuery
from probe_gate.probe_api.run_list import read_run_list
from probe_gate.probe_api.schemas import SchemaError, parse_run

TRICKY_TEXT = st.text(max_size=12) | st.sampled_from(
    ['},{"id":', "]", '"', "\\", "\ud800", "a\ud800b", "pg-1", "pg-1 main", "\u202e", "\x00", "x" * 600, "COMPLETED "]
)
DATES = st.sampled_from(
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.1234567Z",
        "2026-01-02T03:04:05+02:00",
        "2026-01-02T03:04:05",
        "2026-01-02",
        "2026-W01-1T10:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "yesterday",
        "",
    ]
)
WORDS = st.sampled_from(["COMPLETED", "running", "Finished", "FAILED", "canceled", "whatever", "", " ERROR\t"])
COUNTS = st.none() | st.integers(-3, 300) | st.sampled_from([2**31, 5.0, 5.5, True, "5", 10**30])


def runs(ids: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, Any]]:
    """Entries that are mostly runs."""
    return st.fixed_dictionaries(
        {"id": ids, "name": st.none() | TRICKY_TEXT, "status": st.none() | WORDS | TRICKY_TEXT},
        optional={
            "executionDate": st.none() | DATES | st.integers(0, 1),
            "startedBy": st.none() | TRICKY_TEXT,
            "passedCount": COUNTS,
            "failedCount": COUNTS,
            "errorCount": COUNTS,
            "totalCount": COUNTS,
            "progress": st.none() | st.floats(0, 100) | st.sampled_from(["1", True]),
            "probes": st.none() | st.lists(TRICKY_TEXT, max_size=3) | st.just([1]),
            "details": st.lists(st.fixed_dictionaries({"id": st.integers(1, 9), "text": TRICKY_TEXT}), max_size=3),
        },
    )


ENTRIES = st.lists(
    runs(st.integers(1, 12))
    | runs(st.sampled_from([0, -1, 2**31 - 1, 2**31]))
    | st.sampled_from([None, 5, "x", [], {}, {"id": "7"}, {"id": True}, {"name": "pg-1"}, [{"id": 1}]]),
    max_size=12,
)


def encode(entries: list[Any], indent: int | None, separators: tuple[str, str], *, is_ascii: bool) -> bytes:
    text = json.dumps(entries, indent=indent, separators=separators, ensure_ascii=is_ascii)
    return text.encode("utf-8", "surrogatepass" if is_ascii else "replace")


def read(pieces: list[bytes], query: RunQuery) -> RunList:
    return read_run_list(pieces, query, str)


def parse_number(text: str) -> float:
    """84.0 is the integer 84 to JSON."""
    return int(float(text)) if float(text).is_integer() else float(text)


def read_plainly(body: bytes, query: RunQuery) -> RunList:
    """The same by the book: all entries at once, and every run of them checked field by field."""
    found: list[Run] = []
    ids: list[int] = []
    unreadable = 0
    for entry in json.loads(body, parse_float=parse_number):
        try:
            found.append(parse_run(entry, str))
            ids.append(found[-1].id)
        except SchemaError:
            unreadable += 1
    by_id = sorted({run.id: run for run in reversed(found)}.values(), key=lambda run: run.id)
    dated = [run for run in found if run.started_at is not None]
    dated.sort(key=lambda run: (run.started_at, run.id), reverse=True)
    prefix = query.name_prefix
    first_unfinished = {run.id: run for run in reversed(found) if not run.state.is_terminal}
    first_undated = {run.id: run for run in reversed(found) if run.started_at is None}
    return RunList(
        complete=True,
        run=next((run for run in found if run.id == query.run_id), None),
        tagged=tuple(run for run in by_id if prefix and (run.name or "").startswith(prefix)),
        new=tuple(run for run in by_id if query.known_ids is not None and run.id not in query.known_ids),
        unfinished=tuple(first_unfinished[run_id] for run_id in sorted(first_unfinished)),
        newest=tuple(dated[: query.newest]),
        undated=tuple(first_undated[run_id] for run_id in sorted(first_undated, reverse=True)[: query.newest]),
        unreadable=unreadable,
        count=unreadable + len(found),
        digest=hashlib.sha256(body).hexdigest(),
    )
