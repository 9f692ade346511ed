"""Continuous integration systems: which one this is, and how a verdict is shown there."""
