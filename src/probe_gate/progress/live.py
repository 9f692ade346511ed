"""Progress for a person who watches a terminal: a picture that is drawn anew in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from probe_gate.domain.evidence import Target
from probe_gate.domain.numbers import format_duration, format_number, plural
from probe_gate.domain.plain_text import plain_line
from probe_gate.domain.run import share_done
from probe_gate.domain.score import Scores
from probe_gate.errors import Outcome
from probe_gate.ports import Clock, Progressed, Step
from probe_gate.progress.bug import bug_lines
from probe_gate.progress.facts import (
    describe_counts,
    message_of,
    name_of,
    percent_done,
    spell_estimate,
    status_of,
)

FRAMES_A_SECOND = 4
MOST_ROWS = 12
"""With more targets, those that are judged leave the picture and are counted below it."""
MOST_CATEGORIES = 12
_MEASURE = 100


@dataclass(slots=True)
class _Seen:
    """The latest that is known of one target, and since when its gate is at this step."""

    event: Progressed
    since: float
    scores: Scores | None = None
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class LiveProgress:
    """A context manager: the picture is there from entering to leaving, and then only what was printed above it."""

    def __init__(
        self, stream: IO[str], clock: Clock, *, color: bool = True, target_count: int = 1, verbose: bool = False
    ) -> None:
        """`verbose` shows where a bug lies."""
        self._verbose = verbose
        self._target_count = target_count
        self._console = Console(file=stream, no_color=not color, highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._began = clock.monotonic()
        self._seen: dict[Target, _Seen] = {}
        self._warned: dict[Target, str] = {}
        self._live = Live(
            get_renderable=self.picture,
            console=self._console,
            refresh_per_second=FRAMES_A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._live.stop()

    def tell(self, event: Progressed) -> None:
        before = self._seen.get(event.target)
        same_step = before is not None and before.event.step is event.step
        since = before.since if before is not None and same_step else self._clock.monotonic()
        scores = event.scores or (before.scores if before else None)
        message = message_of(event)
        if event.is_warning and self._warned.get(event.target) != message:
            self._warned[event.target] = message
            self._console.print(Text(f"! {self._prefix(event)}{message}", style="yellow"))
        if event.step is Step.JUDGED:
            self._console.print(self._judged_line(event, message))
        self._seen[event.target] = _Seen(event, since, scores) if before is None else before
        self._seen[event.target].event = event
        self._seen[event.target].since = since
        self._seen[event.target].scores = scores

    def fail(self, bug: BaseException) -> None:
        for line in bug_lines(bug) if self._verbose else ():
            self._console.print(Text(line, style="red"))

    def _prefix(self, event: Progressed) -> str:
        return f"{name_of(event.target)}: " if self._target_count > 1 else ""

    def _judged_line(self, event: Progressed, message: str) -> Text:
        outcome = event.verdict.outcome if event.verdict else None
        style = "green" if outcome is Outcome.PASSED else "yellow" if outcome is Outcome.SKIPPED else "red"
        sign = "✓" if outcome is Outcome.PASSED else "·" if outcome is Outcome.SKIPPED else "✗"
        return Text(f"{sign} {name_of(event.target)}: {message}", style=style)

    def picture(self) -> RenderableType:
        """What the terminal shows now."""
        going = [seen for seen in self._seen.values() if seen.event.step is not Step.JUDGED]
        if self._target_count == 1 and going:
            return self._one(going[0])
        return self._many(going)

    def _one(self, seen: _Seen) -> RenderableType:
        event, run = seen.event, seen.event.run
        first = Text.assemble((name_of(event.target), "bold"), "  ", (status_of(run) or event.step.value, "cyan"))
        lines: list[RenderableType] = [_beside(seen.spinner, first)]
        share = None if run is None else share_done(run)
        if share is not None and event.step is Step.WAITING:
            row = Table.grid(padding=(0, 2))
            row.add_row("", ProgressBar(_MEASURE, share * _MEASURE, width=40), percent_done(run), _left(event))
            lines.append(row)
        else:
            lines.append(Text(f"  {message_of(event)}", style="dim", overflow="ellipsis", no_wrap=True))
        counts = "" if run is None else describe_counts(run.counts).replace(", ", " · ")
        elapsed = format_duration(int(self._clock.monotonic() - self._began))
        lines.append(Text(f"  {counts + ' · ' if counts else ''}{elapsed} so far", style="dim"))
        if seen.scores is not None:
            lines.append(_describe_scores(seen.scores))
        return Group(*lines)

    def _many(self, going: list[_Seen]) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        table.add_column(width=1)
        table.add_column(max_width=32, no_wrap=True, overflow="ellipsis")
        table.add_column(max_width=16, no_wrap=True, overflow="ellipsis")
        table.add_column(width=20)
        table.add_column(justify="right", no_wrap=True)
        for seen in going[:MOST_ROWS]:
            run = seen.event.run
            share = None if run is None or seen.event.step is not Step.WAITING else share_done(run)
            bar: RenderableType = "" if share is None else ProgressBar(_MEASURE, share * _MEASURE, width=20)
            status = status_of(run) if seen.event.step is Step.WAITING and run else seen.event.step.value
            table.add_row(
                seen.spinner, name_of(seen.event.target), status, bar, "" if share is None else percent_done(run)
            )
        judged = len(self._seen) - len(going)
        elapsed = format_duration(int(self._clock.monotonic() - self._began))
        words = [f"{judged:,} of {plural(self._target_count, 'target')} judged", f"{elapsed} so far"]
        if len(going) > MOST_ROWS:
            words.insert(1, f"{len(going) - MOST_ROWS} more going")
        return Group(table, Text("  " + " · ".join(words), style="dim"))


def _beside(spinner: Spinner, text: Text) -> RenderableType:
    row = Table.grid(padding=(0, 1))
    row.add_row(spinner, text)
    return row


def _left(event: Progressed) -> str:
    return "" if event.remaining_seconds is None else f"{spell_estimate(event.remaining_seconds)} left"


def _describe_scores(scores: Scores) -> Text:
    words = [] if scores.overall is None else [f"overall {scores.overall}"]
    for name, score in list((scores.categories or {}).items())[:MOST_CATEGORIES]:
        if score is not None:
            words.append(f"{plain_line(name, 32)} {format_number(score)}")
    return Text("  " + " · ".join(words), style="dim")
