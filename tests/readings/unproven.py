"""Write unproven.txt: the cells of the table that are not judged, each with its reason.

python -m tests.readings.unproven
"""

from __future__ import annotations

from probe_gate.errors import Outcome
from tests.readings.allowance import why_not_judged
from tests.readings.table import table
from tests.readings.test_table import UNPROVEN


def main() -> None:
    """Play every cell with a healthy and a bad run, and write the file anew."""
    lines = []
    for cell in table():
        gates = [cell.situation(is_healthy=is_healthy).play() for is_healthy in (True, False)]
        reasons = {why_not_judged(gate) for gate in gates if gate.verdict.outcome is Outcome.INCONCLUSIVE}
        lines += [f"{reason}: {cell}\n" for reason in sorted(map(str, reasons))]
    UNPROVEN.write_text("".join(sorted(lines)), encoding="utf-8")


if __name__ == "__main__":
    main()
