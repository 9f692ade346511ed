"""Renders a verdict: one module for each format. Pure."""
