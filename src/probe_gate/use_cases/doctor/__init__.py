"""`doctor`: what to ask the platform for before the first gate, and what to report about the answers."""
