"""Continuous integration systems: detection, job information and publication of a verdict."""
