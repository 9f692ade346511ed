"""Every command, once: what it is for, and the module that does it. Imports none of them."""

from __future__ import annotations


class Command:
    """One command of the command line."""

    __slots__ = ("help", "module", "name")

    def __init__(self, name: str, module: str, help: str) -> None:  # noqa: A002 - the word argparse uses
        self.name = name
        self.module = module
        """With `add_arguments(parser)` and `main(arguments, environ)`."""
        self.help = help


COMMANDS: tuple[Command, ...] = (
    Command("run", "run", "the gate: trigger a test run, wait, judge, report, exit (the default command)"),
    Command("check", "check", "judge the target's present scores, without a run"),
    Command("demo", "demo", "the whole main job against an embedded platform, with no account"),
    Command("init", "init", "write a starter policy and the pipeline file of your CI system"),
    Command("runs list", "runs_list", "show the target's test runs"),
    Command("runs cancel", "runs_cancel", "stop a test run"),
    Command(
        "cleanup",
        "cleanup",
        "cancel the run and delete the temporary target of a gate that was killed, for a cleanup step",
    ),
    Command("target types", "target_types", "show the target types, with their probes and risk levels"),
    Command("target show", "target_show", "show a target"),
    Command("target create", "target_create", "make a target from a file"),
    Command("target update", "target_update", "bring a target to the state of a file"),
    Command("target apply", "target_apply", "make or update a target from a file, if anything differs"),
    Command("target delete", "target_delete", "delete a target"),
    Command("policy validate", "policy_validate", "check a policy file, without the network"),
    Command("policy schema", "policy_schema", "print the JSON Schema of policy files"),
    Command("merge", "merge", "one verdict and one set of reports from the parts of a matrix"),
    Command("verify", "verify", "judge the evidence in a report.json again"),
    Command("sandbox", "sandbox", "serve the embedded platform on loopback"),
)

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
GROUPS: dict[str, str] = {
    "runs": "the target's test runs",
    "target": "targets as code",
    "policy": "policy files",
}
"""Commands of two words begin with one of these; what each group is about."""

DEFAULT_COMMAND = "run"


def is_command_word(word: str) -> bool:
    """Whether a first argument is the beginning of one of our commands."""
    return word in GROUPS or word in BY_NAME
