"""Reading the target file that a command names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.errors import ConfigError

if TYPE_CHECKING:
    from probe_gate.target_file import TargetFile

MOST_BYTES = 1024 * 1024


def read_target(path: Path, environ: Mapping[str, str]) -> TargetFile:
    """The target file. Raises `ConfigError` with every mistake, a file that is not there included."""
    from probe_gate.settings.files import read_small_file, why_unreadable
    from probe_gate.target_file import read_target_file

    try:
        data = read_small_file(path, MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: {why_unreadable(error)}.", "Name the target file.") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.") from None
    return read_target_file(data, str(path), environ)
