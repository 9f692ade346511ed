from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from probe_gate.ci.files import (
    append,
    check_writable,
    hold_report_dir,
    prepare_report_dir,
    remove_earlier,
    write_atomically,
)
from probe_gate.errors import ConfigError


def test_makes_the_directory_and_leaves_nothing_in_it(tmp_path: Path) -> None:
    """The directory and its parents are made."""
    directory = prepare_report_dir(tmp_path / "a" / "b")
    assert directory == tmp_path / "a" / "b"
    assert list(directory.iterdir()) == []


def test_a_file_in_the_way_is_found_before_anything_is_started(tmp_path: Path) -> None:
    """What is no directory is a wrong option, and the message names it."""
    (tmp_path / "report").write_text("x")
    with pytest.raises(ConfigError, match="report"):
        prepare_report_dir(tmp_path / "report")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_may_not_be_written(tmp_path: Path) -> None:
    """A directory without the right to write is a wrong option."""
    (tmp_path / "report").mkdir(mode=0o555)
    with pytest.raises(ConfigError):
        check_writable(tmp_path / "report", Path("report"), (), stale=())


def test_a_place_where_nothing_can_be_made() -> None:
    """Also for root there are directories that take no file."""
    with pytest.raises(ConfigError, match="is not writable"):
        prepare_report_dir(Path("/proc/self/report"))


def test_a_name_that_no_file_can_have() -> None:
    """A path with a zero byte is a message, not a traceback."""
    with pytest.raises(ConfigError):
        prepare_report_dir(Path("a\0b"))


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    """A checkout cannot make the reports go elsewhere by bringing a link of the directory's name."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "report").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="symbolic link"):
        prepare_report_dir(tmp_path / "report")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_above_a_relative_directory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor by a link higher up in the checkout."""
    (tmp_path / "checkout").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "checkout" / "build").symlink_to(tmp_path / "elsewhere")
    monkeypatch.chdir(tmp_path / "checkout")
    with pytest.raises(ConfigError, match="leads out"):
        prepare_report_dir(Path("build/report"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_loop_of_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links that lead to each other are a message, not a traceback."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ConfigError):
        prepare_report_dir(Path("a/report"))


def test_a_link_in_place_of_a_report_is_replaced_not_followed(tmp_path: Path) -> None:
    """What a link points to stays as it was; the report is a file of its own."""
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    directory = prepare_report_dir(tmp_path / "report")
    (directory / "junit.xml").symlink_to(victim)
    write_atomically(directory, "junit.xml", "<testsuites/>")
    assert victim.read_text() == "untouched"
    assert not (directory / "junit.xml").is_symlink()
    assert (directory / "junit.xml").read_text() == "<testsuites/>"


def test_replaces_what_was_there_and_leaves_no_other_file(tmp_path: Path) -> None:
    """Writing again replaces the whole file."""
    for text in ("a long first text", "short"):
        write_atomically(tmp_path, "summary.md", text)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.md"]
    assert (tmp_path / "summary.md").read_text() == "short"


def test_a_failed_write_leaves_the_former_file_and_no_other(tmp_path: Path) -> None:
    """A name that is taken by a directory: said as an error, with nothing half written."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(OSError, match=r"report\.json"):
        write_atomically(tmp_path, "report.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("name", ["", ".", "..", "../out.txt", "a/b", "/etc/passwd"])
def test_only_plain_names(tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere is a bug of the caller."""
    with pytest.raises(ValueError, match="plain"):
        write_atomically(tmp_path, name, "x")


def test_text_that_utf8_cannot_hold(tmp_path: Path) -> None:
    """A lone surrogate costs one character, not the report."""
    write_atomically(tmp_path, "a.txt", "x\ud800y")
    assert (tmp_path / "a.txt").read_text() == "x?y"


def test_the_umask_decides_who_may_read(tmp_path: Path) -> None:
    """Reports are as readable as any file that the caller makes, so that other steps can take them up."""
    before = os.umask(0o022)
    try:
        write_atomically(tmp_path, "a.txt", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o644


def test_removes_what_an_earlier_gate_left(tmp_path: Path) -> None:
    """A report of yesterday is not taken for this gate's when it is killed before it could write."""
    (tmp_path / "junit.xml").write_text("old")
    (tmp_path / "kept.txt").write_text("not ours")
    remove_earlier(tmp_path, ["junit.xml", "absent.xml"])
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_a_directory_in_a_reports_place_is_found_before_anything_is_started(tmp_path: Path) -> None:
    """It would keep the report from being written when the run has been paid for. What lies beside it is not this gate's."""
    (tmp_path / "junit.xml").mkdir()
    for name in ("report.json", "kept.txt"):
        (tmp_path / name).write_text("planted")
    with pytest.raises(ConfigError, match=r"out is not writable: junit\.xml in it is a directory"):
        check_writable(tmp_path, Path("out"), ["junit.xml", "report.json"], stale=["junit.xml", "report.json"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "kept.txt"]


def test_the_proof_that_a_directory_can_be_written_leaves_no_trace(tmp_path: Path) -> None:
    """And what an earlier gate left there stays."""
    (tmp_path / "report.json").write_text("earlier")
    check_writable(tmp_path, Path("out"), ["report.json"], stale=["report.json"])
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("before", "after"), [(None, "x\n"), ("", "x\n"), ("a\n", "a\nx\n"), ("a", "a\nx\n"), ("a\r", "a\r\nx\n")]
)
def test_what_is_added_starts_on_a_line_of_its_own(tmp_path: Path, before: str | None, after: str) -> None:
    """A last line without a line break gets one; a whole one gets none."""
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before.encode())
    append(path, b"x\n")
    assert path.read_bytes().decode() == after


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_only_be_written_is_added_to(tmp_path: Path) -> None:
    """Its last line cannot be seen, so it gets a line break in any case."""
    path = tmp_path / "file"
    path.write_text("a")
    path.chmod(0o222)
    append(path, b"x\n")
    path.chmod(0o600)
    assert path.read_text() == "a\nx\n"


def test_a_pipe_is_added_to(tmp_path: Path) -> None:
    """The runner's file may be no file at all, and is not read then."""
    read_end, write_end = os.pipe()
    append(Path(f"/dev/fd/{write_end}"), b"x\n", follow_links=True)
    os.close(write_end)
    assert os.read(read_end, 10) == b"x\n"
    os.close(read_end)


def test_a_link_is_followed_only_when_asked_to(tmp_path: Path) -> None:
    """The file of a checkout may have been brought along by the change under test."""
    (tmp_path / "victim").write_text("a\n")
    (tmp_path / "link").symlink_to("victim")
    with pytest.raises(OSError, match="link"):
        append(tmp_path / "link", b"x\n")
    append(tmp_path / "link", b"x\n", follow_links=True)
    assert (tmp_path / "victim").read_text() == "a\nx\n"


def test_a_report_directory_is_held_by_one_gate_at_a_time(tmp_path: Path) -> None:
    """The next one gets it when the first has ended, and is told until then."""
    with hold_report_dir(tmp_path, Path("out")):
        with pytest.raises(ConfigError) as refused, hold_report_dir(tmp_path, Path("out")):
            pytest.fail("held twice")
        assert refused.value.message == "Another gate is using the report directory out."
        assert "--report-dir" in refused.value.hint
    with hold_report_dir(tmp_path, Path("out")):
        pass


def test_where_there_are_no_locks_nothing_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems have none, and a gate is worth more than the lock."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("probe_gate.ci.files.flock", refuse)
    with hold_report_dir(tmp_path, Path("out")), hold_report_dir(tmp_path, Path("out")):
        pass
