"""The report directory: checked before anything is started, and written to atomically.

The directory is often in a checkout of the change under test, which may have placed a symbolic link where a report
goes. Therefore every file is created under a random name, relative to the open directory, and renamed into place:
renaming replaces a link instead of following it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from probe_gate.ci.ownership import give_to_directory_owner, make_directories, user_id
from probe_gate.errors import ConfigError

ROOM_BYTES = 64 * 1024
"""The approximate size of the reports of one target."""

LOCK_FILE = ".probe-gate.lock"
"""The file that is locked where directories cannot be. It is there while a gate runs."""

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # Windows
    _LOCKS_DIRECTORIES = False
else:
    _LOCKS_DIRECTORIES = True


def _flags(*names: str) -> int:
    """Return the flags of `os.open` of these names. Windows does not have all of them."""
    return sum(getattr(os, name, 0) for name in names)


_PLAIN = _flags("O_CLOEXEC", "O_BINARY")
_NO_LINK = _flags("O_NOFOLLOW")
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | _PLAIN
_OPEN_DIRECTORY = os.O_RDONLY | _NO_LINK | _PLAIN | _flags("O_DIRECTORY")
_HAS_DIRECTORY_DESCRIPTORS = {os.open, os.unlink, os.rename} <= os.supports_dir_fd


def prepare_report_dir(path: Path) -> Path:
    """Create the report directory and return its absolute path.

    Raises:
        ConfigError: It cannot be created, it is a symbolic link, or a relative path without `..` leads out of the working
            directory through a symbolic link.
    """
    try:
        _reject_links(path)
        make_directories(path)
        return path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise _not_writable(path, error) from error


def check_writable(directory: Path, named: Path, names: Iterable[str], *, stale: Iterable[str]) -> None:
    """Verify that files of these names can be written later; otherwise remove the `stale` ones.

    Args:
        directory: The absolute path.
        named: The path as the user gave it.
        names: The names of the files.
        stale: Reports of an earlier gate, or of the change under test, that would be mistaken for this gate's.

    Raises:
        ConfigError: They cannot be written.
    """
    try:
        with _new_file(directory) as (file_fd, _):
            # an empty file fits even on a full disk
            os.write(file_fd, bytes(ROOM_BYTES))
            os.fsync(file_fd)
        _reject_irreplaceable_files(directory, names)
    except OSError as error:
        remove_earlier(directory, stale)
        raise _not_writable(named, error) from error


def _not_writable(named: Path, error: Exception) -> ConfigError:
    return ConfigError(
        f"The report directory {named} is not writable: {getattr(error, 'strerror', None) or error}.",
        "Give a writable directory with --report-dir. Nothing was started.",
    )


@contextlib.contextmanager
def hold_report_dir(directory: Path, named: Path) -> Iterator[None]:
    """Lock the report directory against other gates; the operating system unlocks it if the process is killed.

    Does nothing where the file system has no locks.

    Args:
        directory: The absolute path.
        named: The path as the user gave it.

    Raises:
        ConfigError: Another gate is writing there.
    """
    try:
        descriptor = _lock(directory) if _LOCKS_DIRECTORIES else _lock_file(directory / LOCK_FILE)
    except BlockingIOError:
        raise ConfigError(
            f"Another gate is using the report directory {named}.",
            "Give each gate a --report-dir of its own. Nothing was started.",
        ) from None
    except OSError as error:
        raise _not_writable(named, error) from error
    try:
        yield
    finally:
        os.close(descriptor)
        if not _LOCKS_DIRECTORIES:
            remove_earlier(directory, [LOCK_FILE])  # Windows keeps it if the next gate has opened it


def _lock(directory: Path) -> int:
    """Lock a directory and return its descriptor. Raises `BlockingIOError` if it is locked."""
    descriptor = os.open(directory, _OPEN_DIRECTORY)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    except OSError:
        pass
    return descriptor


def _lock_file(path: Path) -> int:
    """Lock the first byte of a file on Windows and return its descriptor. Raises `BlockingIOError` if it is locked."""
    msvcrt = import_module("msvcrt")  # mypy knows what is in it on Windows only
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _PLAIN)
    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except PermissionError:
        os.close(descriptor)
        raise BlockingIOError from None
    except OSError:
        pass
    return descriptor


def _reject_irreplaceable_files(directory: Path, names: Iterable[str]) -> None:
    """Raise `OSError` if a file could not be moved into place after the test run.

    A directory of that name cannot be replaced, nor can another user's file in a directory with the sticky bit.
    """
    user = user_id()
    kept_apart = directory.stat().st_mode & stat.S_ISVTX and user not in (None, 0, directory.stat().st_uid)
    for name in names:
        place = directory / name
        with contextlib.suppress(FileNotFoundError):
            found = place.lstat()
            if stat.S_ISDIR(found.st_mode):
                raise IsADirectoryError(errno.EISDIR, f"{name} in it is a directory")
            if kept_apart and found.st_uid != user:
                raise PermissionError(errno.EPERM, f"{name} in it belongs to another user")


def write_atomically(directory: Path, name: str, text: str) -> Path:
    """Write a file atomically, never through a symbolic link. Return its path.

    Characters that UTF-8 cannot encode are replaced.

    Raises:
        OSError: The file could not be written and is unchanged.
    """
    if name in {"", ".", ".."} or Path(name).name != name:
        raise ValueError(f"not a plain file name: {name!r}")
    with _new_file(directory) as (file_fd, put_in_place):
        with os.fdopen(file_fd, "wb", closefd=False) as file:
            file.write(text.encode("utf-8", "replace"))
        put_in_place(name)
    return directory / name


def append(path: Path, data: bytes, *, follow_links: bool = False) -> None:
    """Append lines to a file, which is created if it does not exist.

    If the last line of the file has no line break, or the file is not readable, one is added first.

    Raises:
        OSError: The file could not be opened or written.
    """
    descriptor, can_read = _open_to_append(path, os.O_APPEND | _PLAIN | (0 if follow_links else _NO_LINK))
    with os.fdopen(descriptor, "wb") as file:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_size > 0:
            last = _last_byte(descriptor) if can_read else b""
            data = data if last == b"\n" else b"\n" + data
        file.write(data)


def _last_byte(descriptor: int) -> bytes:
    """Return the last byte of a file that is not empty. Appending is not affected by the seek."""
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1)


def _open_to_append(path: Path, flags: int) -> tuple[int, bool]:
    """Return a file descriptor, and whether it can be read from."""
    try:
        descriptor = os.open(path, flags | os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        pass
    else:
        give_to_directory_owner(descriptor, path.absolute().parent)
        return descriptor, False
    try:
        return os.open(path, flags | os.O_RDWR), True
    except PermissionError:
        return os.open(path, flags | os.O_WRONLY), False


def remove_earlier(directory: Path, names: Iterable[str]) -> None:
    """Remove files of an earlier gate, so that none is mistaken for this gate's. Never raises.

    A file that cannot be removed is replaced later, or writing it fails.
    """
    for name in names:
        with contextlib.suppress(OSError):
            (directory / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _new_file(directory: Path) -> Iterator[tuple[int, Callable[[str], None]]]:
    """Yield the descriptor of a new temporary file, and a function that closes it and renames it into place.

    Where the system supports it, names are relative to the open directory, which cannot be swapped meanwhile.
    """
    directory_fd = os.open(directory, _OPEN_DIRECTORY) if _HAS_DIRECTORY_DESCRIPTORS else None
    within = "" if directory_fd is not None else str(directory)
    temporary = os.path.join(within, f".probe-gate-{secrets.token_hex(8)}.tmp")  # noqa: PTH118 - a name in a descriptor
    try:
        file_fd = os.open(temporary, _OPEN_NEW, 0o666, dir_fd=directory_fd)
        is_open = True

        def close() -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                os.close(file_fd)

        def put_in_place(name: str) -> None:
            close()  # Windows cannot rename an open file
            place = os.path.join(within, name)  # noqa: PTH118
            os.replace(temporary, place, src_dir_fd=directory_fd, dst_dir_fd=directory_fd)

        try:
            give_to_directory_owner(file_fd, directory)
            yield file_fd, put_in_place
        finally:
            close()
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=directory_fd)
    finally:
        if directory_fd is not None:
            os.close(directory_fd)


def _reject_links(path: Path) -> None:
    if path.is_symlink():
        raise OSError("it is a symbolic link; name the directory itself")
    if path.is_absolute() or ".." in path.parts:
        return
    here = Path.cwd().resolve()
    if not path.resolve().is_relative_to(here):
        raise OSError("a symbolic link in its path leads out of the working directory")
