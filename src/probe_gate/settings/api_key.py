"""The API key: where it comes from and whether it is well-formed. It never appears in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from probe_gate.errors import ConfigError
from probe_gate.options import KEY_VARIABLES
from probe_gate.settings.files import ReadFile, describe_read_error
from probe_gate.settings.resolve import Sources
from probe_gate.settings.values import Secret

MAX_BYTES = 16 * 1024
_KEY = re.compile(r"[!-~]+", re.ASCII)
_UNFILLED = re.compile(r"\$[A-Za-z_{(].*")
_UNSET_NAME = re.compile(r"\$\([\w.-]{1,200}\)", re.ASCII)

FORK_HINT = "CI systems do not give secrets to pull requests from forks. A maintainer can run the gate on a branch of the repository."
SKIP_FORKS_HINT = "To skip pull requests from forks, set --on-missing-key skip-forks."
MISSING_HINT = (
    "Create a key in the platform's account settings and put it into the secret variable SPLX_API_KEY, or into a file "
    "named by --api-key-file."
)


class MissingKeyError(ConfigError):
    """The API key is missing, and there is no other problem."""

    def __init__(
        self,
        *,
        may_skip: bool,
        from_fork: bool,
        unset_names: tuple[str, ...] = (),
        hints: tuple[str, ...] = (),
    ) -> None:
        unset = " and ".join(unset_names)
        note = f"; {unset} only contains the name of a variable that is not set" if unset else ""
        hint = FORK_HINT if from_fork else MISSING_HINT
        if from_fork and not may_skip:
            hints = (SKIP_FORKS_HINT, *hints)
        hint = " ".join((hint, *hints))
        super().__init__(f"There is no API key{note}.", hint)
        self.problem = f"SPLX_API_KEY: there is no API key{note}"
        """The same as one of several problems."""
        self.may_skip = may_skip
        """Whether `--on-missing-key` allows the gate to be skipped: exit 0, outcome `skipped`."""
        self.from_fork = from_fork


def find_unset_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the API key variables whose value is `$(NAME)`, which Azure leaves in place if NAME is not set."""
    return tuple(name for name in KEY_VARIABLES if _UNSET_NAME.fullmatch(environ.get(name, "").strip()))


def read_key(
    sources: Sources, environ: Mapping[str, str], read_file: ReadFile, *, unset_names: tuple[str, ...] = ()
) -> Secret | None:
    """Return the API key, or None if it is missing or invalid. Problems are added to `sources`.

    Args:
        sources: The options of the command.
        environ: The environment variables.
        read_file: Reads the file of `--api-key-file`.
        unset_names: Variables to ignore, since they contain the name of an unset variable.
    """
    names = (name for name in KEY_VARIABLES if name not in unset_names)
    found = {name: environ[name] for name in names if environ.get(name, "").strip()}
    named = sources.given("api-key-file")
    if named is not None:
        try:
            found[str(named.origin)] = _read_key_file(named.value, read_file)
        except ValueError as error:
            # the path is not quoted, because some users give the key itself instead
            sources.problems.append(f"{named.origin}: {error}")
    for text in found.values():
        sources.keep_secret(text)
    problems = [f"{source}: {problem}" for source, text in found.items() if (problem := find_key_problem(text))]
    if len(set(found.values())) > 1:
        problems.append(f"{' and '.join(found)}: they contain different keys; set only one of them")
    sources.problems.extend(problems)
    return Secret(next(iter(found.values()))) if found and not problems else None


def _read_key_file(path: Path, read_file: ReadFile) -> str:
    """Return the content of the file without the line break at its end.

    Raises:
        ValueError: The file cannot be read or is empty.
    """
    try:
        text = read_file(path, MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise ValueError(describe_read_error(error)) from None
    except UnicodeDecodeError:
        raise ValueError("it contains bytes that no key has") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise ValueError("the file is empty")
    return text


def find_key_problem(key: str) -> str | None:
    """Return why the text cannot be a key, without quoting it; None if it can."""
    if _UNFILLED.fullmatch(key):
        return "it contains the name of a variable, not its value; check that the CI system substitutes it"
    if _KEY.fullmatch(key):
        return "it is too long for a key" if len(key) > MAX_BYTES else None
    if any(character in "\r\n\v\f\x85\u2028\u2029" for character in key):
        return "the key contains a line break; copy it again, without one"
    if any(character.isspace() for character in key):
        return "the key contains a space; copy it again, without one"
    return "the key contains a character that no key has; copy it again"
