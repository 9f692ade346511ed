"""Faults that no platform should have, for tests only: malformed responses, injected text, unusual transport.

`FaultySandbox` is the sandbox with these faults besides its own; `python -m tests.platform_faults` is `probe-gate
sandbox` with them.
"""

from tests.platform_faults.kinds import ALL_KINDS, TEST_KINDS
from tests.platform_faults.server import FaultySandbox

__all__ = ["ALL_KINDS", "TEST_KINDS", "FaultySandbox"]
