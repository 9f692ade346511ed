"""The debug logging of CI systems."""

from __future__ import annotations

from collections.abc import Mapping

from probe_gate.options import DEBUG_VARIABLES


def is_ci_debug(environ: Mapping[str, str]) -> bool:
    """Return whether the CI system was asked for debug logging. Whatever else such a variable holds is no mistake."""
    return any(environ.get(name, "").strip().lower() in ("1", "true") for name in DEBUG_VARIABLES)
