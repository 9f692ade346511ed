"""From parsed arguments to flags."""

from __future__ import annotations

from argparse import Namespace

from probe_gate.settings import flags_from


def test_only_what_was_given_counts() -> None:
    """None and False are how argparse says that a flag is missing."""
    arguments = Namespace(min_score="90", verbose=True, quiet=False, notify="false", target_id=None, file="x")
    assert flags_from(arguments, "run") == {"min-score": "90", "verbose": "true", "notify": "false"}


def test_a_command_has_its_own_flags_only() -> None:
    """Arguments that are no declared option of it are left to the command."""
    assert flags_from(Namespace(min_score="90", verbose=True), "verify") == {"verbose": "true"}
