"""probe-gate: a CI gate for SplxAI Probe test runs."""

__version__ = "0.1.0"
