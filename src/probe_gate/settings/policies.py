"""The policy file and the base policy, found and read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.domain.parsing import shown
from probe_gate.errors import ConfigError
from probe_gate.options import DEFAULT_POLICY_FILE
from probe_gate.settings.files import ReadFile, why_unreadable
from probe_gate.settings.sources import Given, Sources

if TYPE_CHECKING:
    from probe_gate.files.policy_file import PolicyFile

MISNAMED = (".probe-gate.yaml", "probe-gate.yml", "probe-gate.yaml", ".probegate.yml", ".probe_gate.yml")
"""Names that people give the file; to pass one by in silence would let a gate go without its policy."""

MOST_BYTES = 1024 * 1024

RepositoryPath = Callable[[Path], str]
"""Returns the path of a file from the root of its repository."""


def read_policies(
    sources: Sources,
    read_file: ReadFile,
    today: date,
    *,
    default_policy: bool = True,
    repository_path: RepositoryPath = str,
) -> tuple[PolicyFile | None, PolicyFile | None]:
    """The policy file and the base policy; each is None when there is none, or when it is wrong: then the problems say so."""
    if not sources.takes("policy"):
        return None, None
    named, base = sources.given("policy"), sources.given("policy-floor")
    if named is None and default_policy and not sources.is_wrong("policy"):
        file = _read_default(sources, read_file, today, repository_path)
    else:
        file = _read_named(named, sources, read_file, today, repository_path)
    return file, _read_named(base, sources, read_file, today, repository_path)


def _read_named(
    given: Given | None, sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    if given is None:
        return None
    try:
        return _read(given.value, sources, read_file, today, repository_path)
    except FileNotFoundError:
        sources.problems.append(f"{given.origin}: {shown(str(given.value))}: there is no such file")
    return None


def _read_default(
    sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    try:
        return _read(Path(DEFAULT_POLICY_FILE), sources, read_file, today, repository_path)
    except FileNotFoundError:
        for name in MISNAMED:
            if _is_there(Path(name), read_file):
                sources.problems.append(
                    f"{name}: a policy file of this name is not read by itself; "
                    f"call it {DEFAULT_POLICY_FILE}, or name it with --policy"
                )
    return None


def _is_there(path: Path, read_file: ReadFile) -> bool:
    try:
        read_file(path, MOST_BYTES)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _read(
    path: Path, sources: Sources, read_file: ReadFile, today: date, repository_path: RepositoryPath
) -> PolicyFile | None:
    """The file; None when it is wrong. Raises `FileNotFoundError`."""
    try:
        data = read_file(path, MOST_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        sources.problems.append(f"{shown(str(path))}: {why_unreadable(error)}")
        return None
    except ValueError as error:
        sources.problems.append(f"{shown(str(path))}: {error}")
        return None
    from probe_gate.files.policy_file import read_policy_file

    try:
        return read_policy_file(data, str(path), today, repository_path=repository_path(path))
    except ConfigError as error:
        sources.problems.extend(error.problems)
    return None
