"""What the container image starts: the program itself, or the command that a CI system wants to run in the image.

GitLab starts `sh`, Jenkins `cat`: a first argument that is on the path and not one of our commands takes our place. It
has to do so at once, because Jenkins looks for `cat` right after the start: up to there nothing is imported that costs
anything, not even Python's own `site`.
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
    """Return the image's ENTRYPOINT. Returns an exit code, or never when another command takes over."""
    take_over(sys.argv[1:], os.execvp)
    if sys.flags.no_site:
        import site

        site.main()  # where the dependencies are
    return start()


def start() -> int:
    """Run a command with the inputs of the GitHub action. The action that needs no container begins here."""
    take_inputs(os.environ)
    sys.argv[1:] = arguments_of(sys.argv[1:])
    from probe_gate.__main__ import main as run

    return run()


def cleanup() -> int:
    """Run the action's post step. The runner passes it the arguments of the main step, which do not apply here."""
    sys.argv[1:] = ["cleanup"]
    return main()


def take_over(arguments: list[str], execute: Callable[[str, list[str]], NoReturn]) -> None:
    """Hand this process to the command that the arguments name, if they name one that is not ours."""
    if not arguments or not arguments[0] or arguments[0].startswith("-") or is_command_name(arguments[0]):
        return
    if _is_on_path(arguments[0]):
        execute(arguments[0], arguments)


def _is_on_path(command: str) -> bool:
    directories = [""] if "/" in command else os.environ.get("PATH", os.defpath).split(os.pathsep)
    paths = (os.path.join(directory, command) for directory in directories)  # noqa: PTH118 - pathlib costs too much here
    return any(os.access(path, os.X_OK) and not os.path.isdir(path) for path in paths)  # noqa: PTH112 - the same


def arguments_of(given: list[str]) -> list[str]:
    """Return the arguments without empty ones. A single one with blanks, such as `merge one two`, is split as a shell does."""
    arguments = [argument for argument in given if argument.strip()]
    if len(arguments) == 1 and is_command_name(arguments[0].split()[0]):
        import shlex

        return shlex.split(arguments[0])
    return arguments


def take_inputs(environ: MutableMapping[str, str]) -> None:
    """Bring the inputs of the GitHub action to where options are read from.

    An input stands nearer to the gate than a variable of the job or the workflow, so it wins over that;
    an empty one is none. The runner keeps hyphens in the names of these variables, which no shell could read.
    """
    from probe_gate.options import OPTIONS

    for name, variable in ({option.name: option.env[0] for option in OPTIONS} | secret_inputs()).items():
        value = environ.get(f"INPUT_{name.upper()}", "")
        if value.strip():
            environ[variable] = value


def secret_inputs() -> dict[str, str]:
    """Return the action's inputs that are no options, and the variables that they set."""
    from probe_gate.options import COMMENT_TOKEN_VARIABLE, KEY_VARIABLES

    return {"api-key": KEY_VARIABLES[0], "comment-token": COMMENT_TOKEN_VARIABLE}
