"""Where the reports to merge are."""

from __future__ import annotations

from pathlib import Path

import pytest

from probe_gate.files import report_file
from probe_gate.files.report_file import find_reports

ELSEWHERE = Path("/nowhere/probe-gate-report")


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    return path


def test_a_report_directory_is_a_part(tmp_path: Path) -> None:
    """The directory that a gate wrote, and nothing below it."""
    own = put(tmp_path / "report.json")
    put(tmp_path / "old" / "report.json")
    assert find_reports(tmp_path, ELSEWHERE) == [own]


def test_a_file_is_a_part(tmp_path: Path) -> None:
    """A report may be named itself, whatever it is called."""
    path = put(tmp_path / "part-1.json")
    assert find_reports(path, ELSEWHERE) == [path]


def test_a_directory_of_artifacts_is_searched(tmp_path: Path) -> None:
    """Artifacts lie one in each directory, some with their report directory inside; always in the same order."""
    second = put(tmp_path / "part-2" / "report.json")
    first = put(tmp_path / "part-1" / "probe-gate-report" / "report.json")
    (tmp_path / "part-3").mkdir()
    assert find_reports(tmp_path, ELSEWHERE) == [first, second]


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    """An empty directory, and one that is missing, have no report."""
    assert find_reports(tmp_path, ELSEWHERE) == []
    assert find_reports(tmp_path / "absent", ELSEWHERE) == []


def test_an_earlier_merge_is_no_part(tmp_path: Path) -> None:
    """In a workspace that is kept, what the last merge wrote never stands in for the parts of this one."""
    put(tmp_path / "probe-gate-report" / "report.json")
    part = put(tmp_path / "part-1" / "report.json")
    assert find_reports(tmp_path, tmp_path / "probe-gate-report") == [part]
    put(tmp_path / "report.json")
    assert part in find_reports(tmp_path, tmp_path)
    assert tmp_path / "report.json" not in find_reports(tmp_path, tmp_path)


def test_the_report_directory_may_be_the_only_part(tmp_path: Path) -> None:
    """Merging what a single gate wrote, in place, works."""
    own = put(tmp_path / "report.json")
    assert find_reports(tmp_path, tmp_path) == [own]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A directory that points to its parent is not searched for ever."""
    part = put(tmp_path / "part-1" / "report.json")
    (tmp_path / "part-1" / "loop").symlink_to(tmp_path)
    assert find_reports(tmp_path, ELSEWHERE) == [part]


def test_the_search_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In depth and in number."""
    put(tmp_path / "1/2/3/4/5/6" / "report.json")
    deepest = put(tmp_path / "1/2/3/4/5" / "report.json")
    assert find_reports(tmp_path, ELSEWHERE) == [deepest]
    put(tmp_path / "2" / "report.json")
    monkeypatch.setattr(report_file, "MAX_REPORTS", 1)
    assert len(find_reports(tmp_path, ELSEWHERE)) == 1
