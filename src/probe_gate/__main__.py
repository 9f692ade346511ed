"""Entry point of the command. Installs the signal handler before any slow import, so that no signal is lost."""

from __future__ import annotations

import os
import sys

from probe_gate.runtime.signals import STOP_SIGNAL

TYPE_CHECKING = False  # typing alone would double what `--version` adds to the interpreter
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the command given by this process's arguments and exit with its exit code.

    Skips the shutdown of the interpreter, during which a signal could change the exit code of a gate that has already
    printed its verdict, and a thread that hangs in a name lookup could delay the exit.
    """
    STOP_SIGNAL.install()
    # a caller may have closed them; files that are opened later must not get their descriptors
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - pathlib is dear; lasts to the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123
    # no plugin of another package takes part in validation, and none is searched for in the metadata of all packages
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
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
