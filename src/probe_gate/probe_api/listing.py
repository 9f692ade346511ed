"""The listing of a target's test runs."""

from __future__ import annotations

from probe_gate.domain.listing import IdSet, Listing, RunQuery
from probe_gate.domain.run import Run
from probe_gate.errors import PlatformError
from probe_gate.http.session import Answer
from probe_gate.probe_api.json_text import parse_json
from probe_gate.probe_api.wire import NonsenseError, RunAnswer, Scrub, read_model


def read_listing(answer: Answer, query: RunQuery, call: str, scrub: Scrub) -> Listing:
    """The simple way: all of it at once."""
    value = parse_json(answer.body)
    if not isinstance(value, list):
        raise PlatformError(f"{call}: the answer is not a list of runs.")
    runs: list[Run] = []
    unreadable = 0
    for entry in value:
        try:
            runs.append(read_model(RunAnswer, entry, scrub).to_run())
        except NonsenseError as error:
            if isinstance(entry, dict) and entry.get("id") == query.run_id:
                raise PlatformError(f"{call}: run {query.run_id} makes no sense: {error}.") from None
            unreadable += 1
    by_id = sorted(runs, key=lambda run: run.id)
    dated = sorted((run for run in runs if run.started_at), key=lambda run: (run.started_at, run.id), reverse=True)
    prefix, known = query.name_prefix, query.known_ids
    return Listing(
        whole=True,
        run=next((run for run in runs if run.id == query.run_id), None),
        marked=tuple(run for run in by_id if prefix and (run.name or "").startswith(prefix))[-100:],
        arrived=tuple(run for run in by_id if known is not None and run.id not in known)[-100:],
        unfinished=tuple(run for run in by_id if not run.phase.is_terminal)[-1000:],
        newest=tuple(dated[: query.newest]),
        undated=tuple(run for run in reversed(by_id) if run.started_at is None)[: query.newest],
        ids=IdSet(run.id for run in runs),
        unreadable=unreadable,
        count=len(value),
        digest=answer.sha256,
    )
