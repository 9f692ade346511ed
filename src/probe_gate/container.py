"""Entry point of the container image: the program, or the command that a CI system runs in the image.

GitLab starts `sh`, Jenkins `cat`: a first argument that is an executable on the path and not one of our commands replaces
this process. Jenkins looks for `cat` right after the start, so until then nothing expensive is imported, not even `site`.
"""

from __future__ import annotations

import os
import sys

from probe_gate.cli.commands import is_command_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from typing import NoReturn


def main() -> int:
    """Run the image's ENTRYPOINT and return an exit code, unless another command replaces this process."""
    take_over(sys.argv[1:], os.execvp)
    if sys.flags.no_site:
        import site

        site.main()  # makes the dependencies importable
    return start()


def start() -> int:
    """Run a command with the inputs of the GitHub action. Entry point of the action without a container."""
    take_inputs(os.environ)
    sys.argv[1:] = arguments_of(sys.argv[1:])
    from probe_gate.__main__ import main as run

    return run()


def cleanup() -> int:
    """Run the action's post step, ignoring the arguments of the main step, which the runner passes again."""
    sys.argv[1:] = ["cleanup"]
    return main()


def take_over(arguments: list[str], execute: Callable[[str, list[str]], NoReturn]) -> None:
    """Replace this process with the command that the arguments name, unless it is one of ours."""
    if not arguments or not arguments[0] or arguments[0].startswith("-") or is_command_name(arguments[0]):
        return
    if _is_on_path(arguments[0]):
        execute(arguments[0], arguments)


def _is_on_path(command: str) -> bool:
    directories = [""] if "/" in command else os.environ.get("PATH", os.defpath).split(os.pathsep)
    paths = (os.path.join(directory, command) for directory in directories)  # noqa: PTH118 - pathlib costs too much here
    return any(os.access(path, os.X_OK) and not os.path.isdir(path) for path in paths)  # noqa: PTH112 - the same


def arguments_of(given: list[str]) -> list[str]:
    """Return the arguments without empty ones. A single one such as `merge one two` is split as by a shell."""
    arguments = [argument for argument in given if argument.strip()]
    if len(arguments) == 1 and is_command_name(arguments[0].split()[0]):
        import shlex

        return shlex.split(arguments[0])
    return arguments


def take_inputs(environ: MutableMapping[str, str]) -> None:
    """Set the variables of options from the inputs of the GitHub action.

    An input overrides a variable of the job or workflow, unless it is empty. The runner keeps hyphens in the names of
    input variables, which shells cannot read.
    """
    from probe_gate.options import OPTIONS

    for name, variable in ({option.name: option.env[0] for option in OPTIONS} | secret_inputs()).items():
        value = environ.get(f"INPUT_{name.upper()}", "")
        if value.strip():
            environ[variable] = value


def secret_inputs() -> dict[str, str]:
    """Return the action's inputs that are not options, with the variables that they set."""
    from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES

    return {"api-key": KEY_VARIABLES[0], "comment-token": COMMENT_TOKEN_VARIABLE}
