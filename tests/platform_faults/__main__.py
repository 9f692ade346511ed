"""`probe-gate sandbox` with the faults of the tests: `python -m tests.platform_faults --fault score-nan`."""

from __future__ import annotations

import argparse
import sys

from probe_gate.sandbox import command
from tests.platform_faults.kinds import ALL_KINDS

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.platform_faults")
    command.add_arguments(parser)
    sys.exit(command.main(parser.parse_args(), fault_kinds=ALL_KINDS))
