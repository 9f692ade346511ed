"""The command. The signal handler stands before anything heavy is imported: from then on a signal is never lost."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NoReturn

from probe_gate.driver.stop_word import STOP_WORD


def main() -> NoReturn:
    """Runs the command of this process's arguments and ends the process with its exit code.

    Without taking the interpreter down piece by piece: that is time in which a signal would change the exit code of
    a gate that has already said its verdict, and in which a thread that hangs in a look-up could hold it up.
    """
    STOP_WORD.install()
    from probe_gate.cli.main import run_command

    code = run_command(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
