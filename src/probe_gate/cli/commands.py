"""Declarations of all commands and the modules that implement them. Imports none of these modules."""

from __future__ import annotations


class Command:
    """A command and the functions that implement it."""

    __slots__ = ("arguments", "function", "help", "module", "name")

    def __init__(self, name: str, help: str, module: str, *, function: str = "main", arguments: str = "") -> None:  # noqa: A002 - the word argparse uses
        self.name = name
        self.help = help
        self.module = module
        """Its name in the package `probe_gate.cli`."""
        self.function = function
        """The function of the module that takes the parsed arguments and the environment and returns an exit code."""
        self.arguments = arguments
        """The function of the module that adds arguments other than declared options to a parser; empty if there are none."""


COMMANDS: tuple[Command, ...] = (
    Command(
        "run", "the gate: trigger a test run, wait, judge, report, exit (the default command)", "gate", function="run"
    ),
    Command("check", "evaluate the target's current scores, without a run", "gate", function="check"),
    Command("doctor", "check key, region, workspace, target and policy before the first run; starts nothing", "doctor"),
    Command("demo", "run the gate against the sandbox, without an account", "demo", arguments="add_arguments"),
    Command(
        "init", "write a starter policy and the pipeline file of your CI system", "init", arguments="add_arguments"
    ),
    Command("runs list", "show the target's test runs", "runs", function="list_runs", arguments="add_list_arguments"),
    Command("runs cancel", "stop a test run", "runs", function="cancel", arguments="add_cancel_arguments"),
    Command(
        "cleanup",
        "cancel the run and delete the temporary target of a gate that was killed, for a cleanup step",
        "cleanup",
    ),
    Command(
        "target types", "show the target types, with their probes and risk levels", "targets", function="list_types"
    ),
    Command("target show", "show a target", "targets", function="show"),
    Command(
        "target create", "create a target from a file", "targets", function="create", arguments="add_create_arguments"
    ),
    Command(
        "target update",
        "update a target to match a file",
        "targets",
        function="update",
        arguments="add_apply_arguments",
    ),
    Command(
        "target apply",
        "create or update a target from a file, if anything differs",
        "targets",
        function="apply",
        arguments="add_apply_arguments",
    ),
    Command("target delete", "delete a target", "targets", function="delete", arguments="add_delete_arguments"),
    Command(
        "policy validate",
        "check a policy file, without the network",
        "policy",
        function="validate",
        arguments="add_validate_arguments",
    ),
    Command("policy schema", "print the JSON Schema of policy files", "policy", function="print_schema"),
    Command(
        "merge",
        "combine the parts of a matrix into one verdict and one set of reports",
        "merge",
        arguments="add_arguments",
    ),
    Command("verify", "judge the evidence in a report.json again", "verify", arguments="add_arguments"),
    Command(
        "sandbox",
        "serve the sandbox, a stand-in for the platform, on this machine",
        "sandbox",
        arguments="add_arguments",
    ),
    Command(
        "completion",
        "print a script that completes commands and options in your shell",
        "completion",
        arguments="add_arguments",
    ),
)

BY_NAME: dict[str, Command] = {command.name: command for command in COMMANDS}
GROUPS: dict[str, str] = {
    "runs": "the target's test runs",
    "target": "targets as code",
    "policy": "policy files",
}
"""The first words of commands of two words, with what each group is about."""

DEFAULT_COMMAND = "run"


def is_command_name(word: str) -> bool:
    """Return whether a word is a command or the first word of one."""
    return word in GROUPS or word in BY_NAME
