"""A simulated platform, for trying out the gate and for the tests.

It follows the published API description and shares no code with the client, so that a bug in one is not hidden by the
other. It listens on loopback only, and all data is made up.

`server.SandboxServer` serves it from a thread, `command.main` as a process of its own.
"""
