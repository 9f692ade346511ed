"""The use cases: coroutines that await ports only. What happens to one target is `gate_target`."""
