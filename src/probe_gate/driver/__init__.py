"""The only code that knows threads, timers and signals: it runs a coroutine for each target."""
