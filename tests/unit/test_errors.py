"""The error tree."""

from __future__ import annotations

import errno

import pytest

from probe_gate.errors import NO_DESCRIPTOR, NO_MEMORY, NO_SPACE, NO_THREAD, explain_exhaustion


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files"), NO_DESCRIPTOR),
        (OSError(errno.ENFILE, "Too many open files in system"), NO_DESCRIPTOR),
        (RuntimeError("can't start new thread"), NO_THREAD),
        (MemoryError(), NO_MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), NO_MEMORY),
        (OSError(errno.ENOSPC, "No space left on device"), NO_SPACE),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), NO_SPACE),
        (OSError(errno.ENOENT, "No such file"), None),
        (OSError("no number"), None),
        (RuntimeError("other"), None),
        (KeyError("x"), None),
    ],
)
def test_the_limits_of_a_machine_are_told_from_bugs(error: Exception, said: tuple[str, str] | None) -> None:
    """Also where another exception came of them."""
    assert explain_exhaustion(error) == said
    caused = ValueError("x")
    caused.__cause__ = error
    assert explain_exhaustion(caused) == said
    followed = ImportError("x")
    followed.__context__ = caused
    assert explain_exhaustion(followed) == said


def test_exceptions_that_name_each_other_have_an_end() -> None:
    """Such chains can be made."""
    one, other = ValueError("x"), ValueError("y")
    one.__context__, other.__context__ = other, one
    assert explain_exhaustion(one) is None
