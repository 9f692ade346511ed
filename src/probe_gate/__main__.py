"""The command. The signal handler stands before anything heavy is imported: from then on a signal is never lost."""

from __future__ import annotations

import sys

from probe_gate.driver.stop_word import STOP_WORD


def main() -> int:
    """Runs the command of this process's arguments and returns its exit code."""
    STOP_WORD.install()
    from probe_gate.cli.main import run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
