"""Reading small files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from probe_gate.settings import files
from probe_gate.settings.files import describe_read_error, read_small_file


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    """A byte more is refused, not cut."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1024)
    assert read_small_file(path, 1024) == b"x" * 1024
    path.write_bytes(b"x" * 1025)
    with pytest.raises(ValueError, match="it is larger than 1 KiB"):
        read_small_file(path, 1024)


def test_an_endless_file_ends_at_the_bound() -> None:
    """Nobody waits for it."""
    with pytest.raises(ValueError, match="it is larger than 1 KiB"):
        read_small_file(Path("/dev/zero"), 1024)


def test_a_pipe_can_be_read() -> None:
    """So that a shell can hand over what a command prints."""
    reader, writer = os.pipe()
    os.write(writer, b"version: 1")
    os.close(writer)
    try:
        assert read_small_file(Path(f"/dev/fd/{reader}"), 1024) == b"version: 1"
    finally:
        os.close(reader)


def test_a_pipe_may_be_written_to_later(tmp_path: Path) -> None:
    """In parts, by a command that is still starting."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            pipe.write(b"version:")
            pipe.write(b" 1")

    writer = threading.Thread(target=write)
    writer.start()
    assert read_small_file(path, 1024) == b"version: 1"
    writer.join()


def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The change under test may have put a link to one in the place of the policy."""
    monkeypatch.setattr(files, "MAX_SILENCE_SECONDS", 0.01)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    with pytest.raises(OSError, match="nothing was written") as refused:
        read_small_file(tmp_path / "link", 1024)
    assert describe_read_error(refused.value) == "nothing was written to it for 0.01 s"


def test_what_cannot_be_read_is_said_in_words(tmp_path: Path) -> None:
    """Without numbers and without the path."""
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nothing")
    reasons = []
    for path in (tmp_path / "missing", tmp_path, link):
        with pytest.raises(OSError, match=r".") as refused:
            read_small_file(path, 1)
        reasons.append(describe_read_error(refused.value))
    assert reasons == ["there is no such file", "it is a directory", f"{link} is a broken link"]
    assert describe_read_error(PermissionError(13, "Permission denied")) == "permission denied"


def test_a_link_to_nothing_is_not_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A policy file that is there and cannot be read must not be taken for none."""
    link = tmp_path / ".probe-gate.yml"
    link.symlink_to(tmp_path / "nothing")
    with pytest.raises(OSError, match="a broken link") as refused:
        read_small_file(link, 1)
    assert not isinstance(refused.value, FileNotFoundError)
