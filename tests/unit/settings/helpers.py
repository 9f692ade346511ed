"""Asks for settings with files that are only in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from probe_gate.errors import ConfigError
from probe_gate.settings import MissingKeyError, Settings, read_settings

TODAY = date(2026, 11, 24)
KEY = "key-that-nobody-may-see"
ENOUGH = {"SPLX_API_KEY": KEY, "SPLX_WORKSPACE_ID": "290", "SPLX_TARGET_ID": "42"}
"""What `run` needs."""


def ask(
    flags: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    *,
    command: str = "run",
    from_fork: bool = False,
    leaves_unset_names: bool = False,
) -> Settings:
    """The settings; `environ` is put over what `run` needs."""
    held = {name: text.encode() if isinstance(text, str) else text for name, text in (files or {}).items()}

    def read_file(path: Path, max_bytes: int) -> bytes:
        if str(path) not in held:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        if len(held[str(path)]) > max_bytes:
            raise ValueError(f"it is larger than {max_bytes // 1024} KiB")
        return held[str(path)]

    return read_settings(
        command,
        flags or {},
        {**ENOUGH, **(environ or {})},
        today=TODAY,
        read_file=read_file,
        from_fork=from_fork,
        leaves_unset_names=leaves_unset_names,
    )


def problems(
    flags: Mapping[str, str | None] | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    *,
    command: str = "run",
) -> list[str]:
    """What is wrong with them."""
    with pytest.raises(ConfigError) as refused:
        ask(flags, environ, files, command=command)
    error = refused.value
    return [error.problem] if isinstance(error, MissingKeyError) else list(error.problems)
