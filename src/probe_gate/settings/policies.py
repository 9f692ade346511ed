"""The policy file and the policy floor, found and read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from probe_gate.errors import ConfigError
from probe_gate.settings.files import ReadFile, why_unreadable
from probe_gate.settings.sources import Sources

if TYPE_CHECKING:
    from probe_gate.policy_file import PolicyFile

DEFAULT_NAME = ".probe-gate.yml"
MISNAMED = (".probe-gate.yaml", "probe-gate.yml", "probe-gate.yaml", ".probegate.yml", ".probe_gate.yml")
"""Names that people give the file; to pass one by in silence would let a gate go without its policy."""

MOST_BYTES = 1024 * 1024


def read_policies(sources: Sources, read_file: ReadFile, today: date) -> tuple[PolicyFile | None, PolicyFile | None]:
    """The policy file and the floor; each is None when there is none, or when it is wrong: then the problems say so."""
    if not sources.takes("policy"):
        return None, None
    named, floor = sources.given("policy"), sources.given("policy-floor")
    file = _read(str(named.origin), named.value, sources, read_file, today) if named else None
    if named is None:
        file = _read_default(sources, read_file, today)
    return file, _read(str(floor.origin), floor.value, sources, read_file, today) if floor else None


def _read_default(sources: Sources, read_file: ReadFile, today: date) -> PolicyFile | None:
    try:
        read_file(Path(DEFAULT_NAME), MOST_BYTES)
    except FileNotFoundError:
        for name in MISNAMED:
            if _is_there(Path(name), read_file):
                sources.problems.append(
                    f"{name}: a policy file of this name is not read by itself; "
                    f"call it {DEFAULT_NAME}, or name it with --policy"
                )
        return None
    except (OSError, ValueError):
        pass  # it is there, and reading it below says what is wrong with it
    return _read("", Path(DEFAULT_NAME), sources, read_file, today)


def _is_there(path: Path, read_file: ReadFile) -> bool:
    try:
        read_file(path, MOST_BYTES)
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _read(source: str, path: Path, sources: Sources, read_file: ReadFile, today: date) -> PolicyFile | None:
    from probe_gate.policy_file import read_policy_file

    lead = f"{source}: " if source else ""
    try:
        return read_policy_file(read_file(path, MOST_BYTES), str(path), today)
    except ConfigError as error:
        sources.problems.extend(error.problems)
    except OSError as error:
        sources.problems.append(f"{lead}{path}: {why_unreadable(error)}")
    except ValueError as error:
        sources.problems.append(f"{lead}{path}: {error}")
    return None
