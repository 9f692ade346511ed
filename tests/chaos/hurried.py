"""The command, with the waits that protect against a slow platform made short.

A gate waits 20 s before it sends a second trigger; five hundred gates cannot. Everything else is as it is shipped.
"""

from __future__ import annotations

from probe_gate.driver.stop_word import STOP_WORD

CLEARING_SECONDS = 0.6
"""How late the platform may list a run; in the chaos tests faults stay within it, or are meant not to."""

if __name__ == "__main__":
    STOP_WORD.install()
    from probe_gate.gate import cancel, settle, trigger, wait
    from probe_gate.http import retry

    trigger.CLEARING_SECONDS = CLEARING_SECONDS
    trigger.SEARCH_PAUSES = (0.1, 0.2, 0.3)  # type: ignore[assignment]
    settle.SETTLING_SECONDS = 1.5
    settle.BEFORE_SECONDS = 1.0
    wait.VANISHED_SECONDS = 0.5
    wait.NEVER_LISTED_SECONDS = 2.0
    wait.LAST_LOOK_SECONDS = 0.2
    cancel.SEARCH_PAUSE_SECONDS = 0.1
    retry.REFUSAL_PAUSES_SECONDS = (0.1, 0.2, 0.3)
    from probe_gate.__main__ import main

    main()
