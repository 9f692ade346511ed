"""Reading the target file that a command names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.errors import ConfigError

if TYPE_CHECKING:
    from probe_gate.files.target_file import TargetFile
    from probe_gate.settings import Settings

MOST_BYTES = 1024 * 1024


def read_target(path: Path, environ: Mapping[str, str]) -> TargetFile:
    """The target file. Raises `ConfigError` with every mistake, a file that is not there included."""
    from probe_gate.files.target_file import read_target_file
    from probe_gate.settings.files import read_small_file, why_unreadable

    try:
        data = read_small_file(path, MOST_BYTES)
    except OSError as error:
        raise ConfigError(f"{path}: {why_unreadable(error)}.", "Name the target file.") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}.") from None
    return read_target_file(data, str(path), environ)


def refuse_other_target(file: TargetFile, settings: Settings, *, is_flag: bool) -> None:
    """Raises `ConfigError` when the file is about another target than the flag or the base policy names.

    The change under test may have written the file: it must not choose which target is changed and judged. `is_flag`:
    whether --target-id was given; a variable may be meant for other gates.
    """
    about = f"{file.name} is about {'a new target' if file.id is None else f'target {file.id}'}"
    named, base = settings.named_target_ids, settings.plans.base
    if is_flag and named != (file.id,):
        raise ConfigError(f"{about}, and --target-id names {', '.join(map(str, named[:5]))}.", "Name one.")
    if base is not None and base.targets and file.id is not None and base.entry_of(file.id) is None:
        raise ConfigError(
            f"{about}, which is not among the targets of {base.name}.",
            "The targets come from the base policy: list it there, or use a base policy without targets for previews.",
        )
