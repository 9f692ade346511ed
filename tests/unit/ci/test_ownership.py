"""Root in somebody else's workspace. Where these tests do not run as root, that is played."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probe_gate.ci.files import prepare_report_dir, write_atomically
from probe_gate.ci.state_file import STATE_FILE, StateFile

OWNER = (4711, 4712)
IS_ROOT = os.geteuid() == 0
AS_ROOT = pytest.mark.skipif(not IS_ROOT, reason="only root can give files away")


def owner_of(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_uid, found.st_gid


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of somebody else's, in which the command is called."""
    place = tmp_path / "workspace"
    place.mkdir()
    os.chown(place, *OWNER)
    monkeypatch.chdir(place)
    return place


@AS_ROOT
def test_reports_belong_to_the_owner_of_the_workspace(workspace: Path) -> None:
    """And so do the directories that were created for them, so that the next checkout can remove them."""
    directory = prepare_report_dir(Path("out/gate"))
    write_atomically(directory, "junit.xml", "<testsuites/>")
    for path in (workspace / "out", directory, directory / "junit.xml"):
        assert owner_of(path) == OWNER, path


@AS_ROOT
def test_a_report_that_is_replaced_changes_hands(workspace: Path) -> None:
    """An earlier version of the gate left it to root, and the directory too."""
    (workspace / "out").mkdir()
    (workspace / "out" / "junit.xml").write_text("old")
    write_atomically(prepare_report_dir(Path("out")), "junit.xml", "new")
    assert owner_of(workspace / "out") == (0, 0), "what was there is not ours to give away"
    assert owner_of(workspace / "out" / "junit.xml") == OWNER


@AS_ROOT
def test_the_note_of_an_unfinished_run_belongs_to_it_too(workspace: Path) -> None:
    """A gate that is killed leaves it behind."""
    StateFile(prepare_report_dir(Path("out"))).note_run(42, "pg-3f9a2c1b.2.k4x7q", None)
    assert owner_of(workspace / "out" / STATE_FILE) == OWNER


@AS_ROOT
def test_what_a_link_leads_to_keeps_its_owner(workspace: Path, tmp_path: Path) -> None:
    """A checkout cannot get at a file of root's by bringing a link of a report's name along."""
    victim = tmp_path / "victim"
    victim.write_text("untouched\n")
    directory = prepare_report_dir(Path("out"))
    (directory / "junit.xml").symlink_to(victim)
    (directory / STATE_FILE).symlink_to(victim)
    write_atomically(directory, "junit.xml", "<testsuites/>")
    StateFile(directory).note_run(42, "pg-3f9a2c1b.2.k4x7q", None)
    assert owner_of(victim) == (0, 0)
    assert victim.read_text() == "untouched\n"


@AS_ROOT
def test_a_directory_of_roots_elsewhere_stays_roots(workspace: Path, tmp_path: Path) -> None:
    """Only what is in the workspace follows the workspace."""
    (tmp_path / "elsewhere").mkdir()
    directory = prepare_report_dir(tmp_path / "elsewhere" / "out")
    write_atomically(directory, "junit.xml", "<testsuites/>")
    assert owner_of(directory / "junit.xml") == (0, 0)
    assert owner_of(directory) == (0, 0)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What is given away, and to whom, by a process that is root."""
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _descriptor, uid, gid: calls.append((uid, gid)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return calls


@pytest.mark.skipif(IS_ROOT, reason="see above")
def test_root_gives_everything_away(tmp_path: Path, given: list[tuple[int, int]]) -> None:
    """The directories, the proof that a file can be written, and the report."""
    write_atomically(prepare_report_dir(tmp_path / "a" / "b"), "junit.xml", "<testsuites/>")
    assert given == [(os.getuid(), os.getgid())] * 4


def test_whoever_is_not_root_keeps_what_he_writes(
    tmp_path: Path, given: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else may give files away, and nobody else has to."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    write_atomically(prepare_report_dir(tmp_path / "a"), "junit.xml", "<testsuites/>")
    assert given == []


def test_a_root_that_may_not_give_files_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without that capability, or a file system without owners: the reports are written all the same."""

    def refuse(_descriptor: int, _uid: int, _gid: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "fchown", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.chdir(tmp_path)
    if IS_ROOT:
        os.chown(tmp_path, *OWNER)
    directory = prepare_report_dir(Path("a"))
    assert write_atomically(directory, "junit.xml", "<testsuites/>").read_text() == "<testsuites/>"
