"""The embedded platform: what a user rehearses against, and what the tests run against.

It knows the platform's API only from its published description and shares no code with the client,
so that neither can hide the other's mistake. Everything here is loopback, made-up data.

`server.SandboxServer` serves it from a thread, `command.main` as a process of its own.
"""
