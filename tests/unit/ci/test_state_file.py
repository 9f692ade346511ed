from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given

from probe_gate.ci.detect import detect_ci
from probe_gate.ci.job import CiJob, RunnerFiles
from probe_gate.ci.state_file import (
    STATE_FILE,
    CombinedState,
    CreatedTarget,
    GitHubState,
    StartedRun,
    StateFile,
    has_state,
    open_state,
    read_created_file,
    read_created_state,
    read_state,
    read_state_file,
)
from tests.harness.ci_environments import GITHUB, GITLAB
from tests.harness.factories import hostile_text
from tests.unit.ci.test_github import read_values

TAG = "pg-3f9a2c1b.2.k4x7q"


def _post_step(state: Path) -> CiJob:
    """The post step, with what the step put into its state."""
    saved = {f"STATE_{name}": value for name, value in read_values(state.read_text()).items()}
    return detect_ci({**GITHUB, **saved})


def test_a_tag_is_known_before_the_run_has_an_id(tmp_path: Path) -> None:
    """A job killed while the trigger was on its way leaves the tag to look for."""
    path = tmp_path / "state"
    state = GitHubState(str(path))
    state.note_run(42, TAG, None)
    assert read_state(_post_step(path)) == (StartedRun(42, TAG, None),)
    state.note_run(42, TAG, 7001)
    state.note_run(43, TAG, 7002)
    assert set(read_state(_post_step(path))) == {StartedRun(42, TAG, 7001), StartedRun(43, TAG, 7002)}


def test_a_gate_that_came_to_its_end_leaves_nothing_to_do(tmp_path: Path) -> None:
    """The post step then cancels nothing, so that `--on-timeout leave` is kept."""
    path = tmp_path / "state"
    state = GitHubState(str(path))
    state.note_run(42, TAG, 7001)
    state.mark_finished()
    assert read_state(_post_step(path)) == ()


def test_elsewhere_the_note_is_a_file(tmp_path: Path) -> None:
    """A clean-up step finds the run in the report directory, and no file once the gate came to its end."""
    state = StateFile(tmp_path)
    state.note_run(42, TAG, None)
    state.note_run(42, TAG, 7001)
    assert read_state_file(tmp_path / STATE_FILE) == (StartedRun(42, TAG, 7001),)
    state.mark_finished()
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_gate_left_is_told_and_not_mixed_with_this_ones(tmp_path: Path) -> None:
    """A workspace that is used again, or a file that a change brought along, never becomes this gate's own note."""
    earlier = StateFile(tmp_path)
    earlier.note_run(42, TAG, 7001)
    state = StateFile(tmp_path)
    assert state.unfinished == (StartedRun(42, TAG, 7001),)
    state.note_run(43, TAG, 7002)
    assert read_state_file(tmp_path / STATE_FILE) == (StartedRun(43, TAG, 7002),)


OWN, OTHER = "pg-3f9a2c1b.2.aaaaaaownown", "pg-3f9a2c1b.2.bbbbbbotherx"


def test_gates_of_one_job_keep_each_others_notes(tmp_path: Path) -> None:
    """The first one was killed; the second one uses the same directory, and comes to its end."""
    StateFile(tmp_path, OWN.__eq__).note_run(42, OWN, 7001)
    second = StateFile(tmp_path, OWN.__eq__)
    assert second.unfinished == ()
    second.note_run(43, "pg-3f9a2c1b.2.ccccccownown", 7002)
    assert len(read_state_file(tmp_path / STATE_FILE)) == 2
    second.mark_finished()
    assert read_state_file(tmp_path / STATE_FILE) == (StartedRun(42, OWN, 7001),)


def test_notes_of_other_jobs_are_dropped(tmp_path: Path) -> None:
    """They are reported and dropped, whoever wrote them, and so are invalid lines beside them."""
    notes = [{"target": 42, "tag": OTHER, "run": 1}, {"target": 42, "tag": OWN, "run": 2}, 7, {"tag": [OWN]}]
    (tmp_path / STATE_FILE).write_text("".join(f"{json.dumps(note)}\n" for note in notes))
    state = StateFile(tmp_path, OWN.__eq__)
    assert state.unfinished == (StartedRun(42, OTHER, 1),)
    assert read_state_file(tmp_path / STATE_FILE) == (StartedRun(42, OWN, 2),)


def test_on_github_a_script_has_the_file_and_an_action_the_state(tmp_path: Path) -> None:
    """The state of a step that runs a script reaches no later step."""
    path = tmp_path / "state"
    state = open_state(CiJob("github", runner_files=RunnerFiles(state=str(path))), tmp_path)
    state.note_run(42, TAG, 7001)
    state.note_target(501, TAG, is_there=True)
    assert read_state(_post_step(path)) == read_state_file(tmp_path / STATE_FILE)
    assert read_created_state(_post_step(path)) == read_created_file(tmp_path / STATE_FILE)
    state.mark_finished()
    assert read_state(_post_step(path)) == read_state_file(tmp_path / STATE_FILE) == ()
    assert has_state(_post_step(path))
    assert not has_state(detect_ci({**GITHUB, "STATE_other": "1"}))


def test_a_note_is_never_written_through_a_link(tmp_path: Path) -> None:
    """A link of the file's name that a change brought along is removed, and what it leads to stays."""
    victim = tmp_path / "victim"
    victim.write_text("")
    directory = tmp_path / "report"
    directory.mkdir()
    (directory / STATE_FILE).symlink_to(victim)
    StateFile(directory).note_run(42, TAG, None)
    assert victim.read_text() == ""


def test_noting_never_raises(tmp_path: Path) -> None:
    """A place that cannot be written costs the note, not the gate."""
    GitHubState(str(tmp_path)).note_run(42, TAG, None)
    state = StateFile(tmp_path / "absent")
    state.note_run(42, TAG, None)
    state.mark_finished()


def test_a_target_made_for_one_run_is_noted_until_it_is_gone(tmp_path: Path) -> None:
    """On GitHub in the state, elsewhere in the file; the runs stay what they were."""
    path = tmp_path / "state"
    github, file = GitHubState(str(path)), StateFile(tmp_path)
    for state in (github, file):
        state.note_target(501, TAG, is_there=True)
        state.note_run(501, TAG, 7001)
        state.note_target(502, TAG, is_there=True)
        state.note_target(501, TAG, is_there=False)
    assert read_created_state(_post_step(path)) == (CreatedTarget(502, TAG),)
    assert read_created_file(tmp_path / STATE_FILE) == (CreatedTarget(502, TAG),)
    assert read_state_file(tmp_path / STATE_FILE) == (StartedRun(501, TAG, 7001),)
    github.mark_finished()
    assert read_created_state(_post_step(path)) == ()


@pytest.mark.parametrize(("environ", "kind"), [(GITHUB, CombinedState), (GITLAB, StateFile), ({}, StateFile)])
def test_each_system_its_journal(tmp_path: Path, environ: dict[str, str], kind: type) -> None:
    """GitHub keeps state for an action's post step as well; elsewhere there is the file only."""
    job = detect_ci({**environ, "GITHUB_STATE": str(tmp_path / "s")})
    assert isinstance(open_state(job, tmp_path), kind)


def test_github_without_a_state_file(tmp_path: Path) -> None:
    """A runner that has none."""
    assert isinstance(open_state(CiJob("github"), tmp_path), StateFile)


@given(hostile_text(), hostile_text())
def test_a_file_of_nonsense_names_no_run(tmp_path_factory: pytest.TempPathFactory, text: str, tag: str) -> None:
    """Lines that were not written by a gate are passed over."""
    path = tmp_path_factory.mktemp("state") / STATE_FILE
    lines = [
        text,
        json.dumps({"target": text, "tag": tag, "run": text}),
        json.dumps([text]),
        json.dumps({"target": 1}),
        json.dumps({"target": text, "tag": tag, "made": True}),
        json.dumps({"target": 1, "tag": tag, "made": text}),
    ]
    path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
    for run in read_state_file(path):
        assert isinstance(run.target_id, int)
        assert run.tag.isascii()
    for target in read_created_file(path):
        assert target.tag.isascii()


@pytest.mark.parametrize("number", ["1e400", "-1", "1.5", "true", "null", '"x"', "[]", "9" * 5_000])
def test_what_is_no_number_names_no_run(tmp_path: Path, number: str) -> None:
    """The change under test may write anything here; neither the gate nor the cleanup step may stumble over it."""
    entries = (
        f'{{"target": {number}, "tag": "{TAG}", "run": 1}}\n{{"target": {number}, "tag": "{TAG}", "made": true}}\n'
    )
    (tmp_path / STATE_FILE).write_text(entries)
    assert read_state_file(tmp_path / STATE_FILE) == ()
    assert read_created_file(tmp_path / STATE_FILE) == ()
    assert StateFile(tmp_path).unfinished == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("through_link", [False, True])
def test_nothing_is_read_from_a_pipe(tmp_path: Path, *, through_link: bool) -> None:
    """Nobody writes to it, so reading it would never end."""
    pipe = tmp_path / ("pipe" if through_link else STATE_FILE)
    os.mkfifo(pipe)
    if through_link:
        (tmp_path / STATE_FILE).symlink_to(pipe)
    assert StateFile(tmp_path).unfinished == ()
