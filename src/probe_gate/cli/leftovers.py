"""What an earlier gate left in the report directory: its reports, and word of a run that it could not cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.ci.files import REPORT_FILES, remove_earlier
from probe_gate.ci.gitlab import ANNOTATIONS_FILE, DOTENV_FILE

if TYPE_CHECKING:
    from probe_gate.ci.journal import BothJournals, FileJournal
    from probe_gate.settings import Settings

MAX_TOLD = 10
WRITTEN = (*REPORT_FILES.values(), DOTENV_FILE, ANNOTATIONS_FILE)


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
            f"cancel --mark {run.mark} --target-id {run.target_id}"
        )
