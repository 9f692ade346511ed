"""Run a coroutine for each target: clock, worker threads and signals."""
