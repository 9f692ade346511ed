"""What an earlier gate left in the report directory: its reports, and word of a run that it could not cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_gate.ci.files import remove_earlier
from probe_gate.ci.gitlab import ANNOTATIONS_FILE, DOTENV_FILE
from probe_gate.domain.text import name_of
from probe_gate.errors import ConfigError
from probe_gate.options import REPORT_FILES

if TYPE_CHECKING:
    from probe_gate.bootstrap import GateContext
    from probe_gate.ci.journal import BothJournals, FileJournal
    from probe_gate.domain.verdict import Scope
    from probe_gate.settings import Settings

MAX_TOLD = 10
WRITTEN = (*REPORT_FILES.values(), DOTENV_FILE, ANNOTATIONS_FILE)


def refuse_reports_of_another_gate(
    context: GateContext,
    *,
    command: str,
    shard: tuple[int, int] | None,
    scope: Scope | None,
) -> None:
    """Raise `ConfigError` if the directory holds the reports of another gate of this very job and attempt.

    They would be replaced, and the job would hand over the last gate's only. What another job left is stale, and what
    this same gate left is replaced. `command`, `shard` and `scope` describe this gate.
    """
    job = context.job.identity()
    if job is None or context.directory is None:
        return
    path = context.directory / REPORT_FILES["json"]
    if not path.is_file():
        return
    from probe_gate.files.report_document import encode
    from probe_gate.files.report_file import parse_json, read_document, read_text

    try:
        document = parse_json(read_text(path), str(path))
        if not _is_of_job(document.get("job"), encode(job)):
            return
        earlier = read_document(document, str(path))
    except ConfigError:
        return
    is_started_again = (
        earlier.job is not None
        and (earlier.job.step, earlier.job.key) == (job.step, job.key)
        and (earlier.command, earlier.shard) == (command, shard)
        and (earlier.scope is None or scope is None or earlier.scope == scope)
    )
    if not is_started_again:
        about = ", ".join(name_of(target.target) for target in earlier.targets[:MAX_TOLD])
        raise ConfigError(
            f"The report directory {context.report.directory} holds the reports of another gate of this job{f' ({about})' if about else ''}.",
            "Give each gate a --report-dir of its own. Nothing was started.",
        )


def _is_of_job(found: object, wanted: dict[str, Any]) -> bool:
    """Whether what a report says of its job is this attempt of this job, whatever the step.

    On GitHub the legs of a matrix are jobs of one name, which only the key tells apart.
    """
    apart = ("step",) if wanted["system"] == "github" else ("step", "key")
    return isinstance(found, dict) and all(found.get(name) == wanted[name] for name in wanted if name not in apart)


def clear_earlier_reports(directory: Path, settings: Settings) -> None:
    """Removes earlier reports, so that none is taken for this gate's if it is killed. A baseline among them stays."""
    baselines = (target.policy.baseline for target in settings.targets)
    kept = {Path(baseline.value).resolve() for baseline in baselines if baseline is not None}
    remove_earlier(directory, [name for name in WRITTEN if directory / name not in kept])


def tell_of_left_runs(journal: BothJournals | FileJournal, write: Callable[[str], None]) -> None:
    """Says which runs of an earlier gate may still be going. Nothing is done about them: the word is in a checkout."""
    for run in journal.left_behind[:MAX_TOLD]:
        write(
            f"Warning: by a note in the report directory, a gate of another job was ended before it could cancel its run "
            f"{run.mark} on target {run.target_id}. If that gate was yours and the run is still going: probe-gate runs "
            f"cancel --tag {run.mark} --target-id {run.target_id}"
        )
