"""Progress for a person who watches a terminal."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given, settings
from rich.cells import cell_len
from rich.console import Console

from probe_gate.domain.evidence import Target
from probe_gate.progress.live import MAX_ROWS, LiveProgress
from probe_gate.use_cases.ports import Progressed, Step
from tests.harness import factories as make
from tests.harness.profiles import examples
from tests.unit.progress.helpers import SetClock, polled, told


class Terminal:
    """What a person sees: the lines that scrolled by, and the picture below them."""

    def __init__(self, *events: Progressed, target_count: int = 1, width: int = 80) -> None:
        self.stream = io.StringIO()
        self.clock = SetClock()
        self.progress = LiveProgress(self.stream, self.clock, color=False, target_count=target_count)
        self.width = width
        for event in events:
            self.progress.report(event)

    @property
    def picture(self) -> list[str]:
        console = Console(file=io.StringIO(), width=self.width, no_color=True, record=True, markup=False, emoji=False)
        console.print(self.progress.picture())
        return [line.rstrip() for line in console.export_text().splitlines()]

    @property
    def printed(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def test_shows_status_progress_counts_and_estimate() -> None:
    """Of one target, in four lines at most."""
    terminal = Terminal(polled(48))
    terminal.clock.seconds = 70
    first, bar, counts = terminal.picture
    assert re.match(r"\S Support bot \(42\)  RUNNING$", first)
    assert re.search(r"━+.*  40 %  about 3 min left$", bar)
    assert counts == "  48 of 120 test cases · 4 failed · 1 min 10 s so far"


def test_a_warning_is_printed_once_and_leaves_the_picture() -> None:
    """The same one at every poll is still one line."""
    warning = told(Step.WAITING, "The platform does not answer.", is_warning=True)
    terminal = Terminal(polled(48), warning, warning)
    assert terminal.printed == ["! The platform does not answer."]
    assert "40 %" in terminal.picture[1]


def test_categories_show_as_they_come() -> None:
    """While the scores settle."""
    terminal = Terminal(polled(120), told(Step.SETTLING, "Reading the scores.", scores=make.make_scores()))
    assert "overall 84 · Security 91 · Safety 80.5 · Business Alignment 82" in terminal.picture[-1]


def test_what_is_judged_is_printed_and_leaves_the_picture() -> None:
    """Several targets: the list gets shorter, and how many are done is counted."""
    verdict = make.make_failed_target()
    terminal = Terminal(
        polled(48, Target(1, "A")),
        polled(60, Target(2, "B")),
        told(Step.JUDGED, "It failed.", Target(1, "A"), verdict=verdict),
        target_count=2,
    )
    assert terminal.printed == ["✗ A (1): It failed."]
    row, total = terminal.picture
    assert "B (2)" in row
    assert "50 %" in row
    assert total == "  1 of 2 targets judged · 0 s so far"


def test_a_crowd_fits_the_screen() -> None:
    """A hundred targets: some rows and a count."""
    terminal = Terminal(*(polled(48, Target(index, f"Bot {index}")) for index in range(100)), target_count=100)
    assert len(terminal.picture) == MAX_ROWS + 1
    assert "88 more active" in terminal.picture[-1]


@pytest.mark.parametrize("width", [40, 80, 120])
@given(make.hostile_text(200))
@settings(max_examples=examples(30))
def test_foreign_text_fits_and_does_nothing(width: int, text: str) -> None:
    """No markup of ours, no code of the terminal, no line that is too wide."""
    run = make.make_run(status=text, name=text)
    scores = make.make_scores(categories={text: 5.0})
    for count in (1, 3):
        terminal = Terminal(
            told(Step.WAITING, text, Target(1, text), run=run, scores=scores),
            told(Step.READING, text, Target(2, text)),
            told(Step.WAITING, text, Target(3, text), is_warning=True),
            target_count=count,
            width=width,
        )
        for line in terminal.picture + terminal.printed:
            assert "\x1b" not in line
            assert cell_len(line) <= width or line in terminal.printed


def test_the_picture_is_gone_at_the_end() -> None:
    """What remains is what was printed above it."""
    stream = io.StringIO()
    with LiveProgress(stream, SetClock(), color=False) as progress:
        progress.report(polled(48))
        progress.report(told(Step.JUDGED, "Every check passed.", verdict=make.make_target_verdict()))
    assert stream.getvalue().strip() == "✓ Support bot (42): Every check passed."
