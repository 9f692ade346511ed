"""The command. The signal handler stands before anything heavy is imported: from then on a signal is never lost."""

from __future__ import annotations

import os
import sys

from probe_gate.runtime.signals import STOP_SIGNAL

TYPE_CHECKING = False  # typing alone would double what `--version` adds to the interpreter
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Runs the command of this process's arguments and ends the process with its exit code.

    Without taking the interpreter down piece by piece: that is time in which a signal would change the exit code of
    a gate that has already said its verdict, and in which a thread that hangs in a look-up could hold it up.
    """
    STOP_SIGNAL.install()
    # a caller may have closed them; what is said then goes nowhere, and what is opened later takes no such number
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - pathlib is dear; lasts to the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    from probe_gate.cli.main import run_command

    code = run_command(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - contextlib is dear too
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


if __name__ == "__main__":
    main()
