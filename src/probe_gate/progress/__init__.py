"""Shows the progress of a gate: on a terminal, in a log, as JSON lines."""
