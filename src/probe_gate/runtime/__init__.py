"""Runs a coroutine for each target: the clock, worker threads and signals."""
