"""The completion scripts in the real shells."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.harness.processes import environment, run_here

CASES = [
    (["probe-gate", ""], ["check", "completion", "doctor", "run", "runs"]),
    (["probe-gate", "--on"], ["--on-busy", "--on-missing-key", "--on-timeout"]),
    (["probe-gate", "--on-busy", ""], ["fail", "proceed", "wait"]),
    (["probe-gate", "runs", ""], ["cancel", "list"]),
    (["probe-gate", "runs", "cancel", "--ta"], ["--tag", "--target-id", "--target-url"]),
    (["probe-gate", "run", "--verbose", "--on-t"], ["--on-timeout"]),
    (["probe-gate", "check", "--policy", ""], ["limits.yml"]),
    (["probe-gate", "check", "--report-dir", ""], ["reports"]),
]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory with one file and one directory in it, for values that are paths."""
    (tmp_path / "here" / "reports").mkdir(parents=True)
    (tmp_path / "here" / "limits.yml").touch()
    return tmp_path / "here"


def script(tmp_path: Path, shell: str) -> Path:
    """The script of a shell, in a file."""
    ended = run_here(tmp_path, "completion", shell, env=environment(tmp_path))
    assert ended.code == 0
    path = tmp_path / f"completion.{shell}"
    path.write_text(ended.out)
    return path


def output_of(directory: Path, *command: str) -> list[str]:
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(("words", "offered"), CASES, ids=lambda value: " ".join(value))
def test_bash_completes(tmp_path: Path, directory: Path, words: list[str], offered: list[str]) -> None:
    """The function that the script registers is called as bash calls it."""
    path = script(tmp_path, "bash")
    code = (
        f"set -e; source {path}; function=$(complete -p probe-gate); function=${{function% *}}; function=${{function##* }}; "
        'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $function; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    found = output_of(directory, "bash", "--norc", "-c", code, "bash", *words)
    assert set(offered) <= set(found)
    # a value is asked for: little else is offered
    assert words[-1] or len(words) == 2 or len(found) <= len(offered) + 1


@pytest.mark.parametrize(("words", "offered"), CASES, ids=lambda value: " ".join(value))
def test_fish_completes(tmp_path: Path, directory: Path, words: list[str], offered: list[str]) -> None:
    """`complete -C` lists what fish would offer."""
    path = script(tmp_path, "fish")
    code = f"source {path}; complete -C '{' '.join(words)}'"
    found = output_of(directory, "fish", "--no-config", "-c", code)
    assert set(offered) <= {line.partition("\t")[0].rstrip("/") for line in found}


def test_zsh_completes(tmp_path: Path, directory: Path) -> None:
    """On a terminal, since zsh completes nowhere else."""
    path = script(tmp_path, "zsh")
    child, terminal = pty.fork()
    if child == 0:
        try:
            os.chdir(directory)
            variables = {"TERM": "dumb", "COLUMNS": "120", "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
            os.execvpe("zsh", ["zsh", "-f", "-i"], variables)  # noqa: S606
        finally:
            os._exit(127)
    with os.fdopen(terminal, "r+b", buffering=0) as stream:

        def read_until(text: bytes) -> None:
            seen = b""
            while text not in seen:
                more = stream.read(4096)
                assert more, seen
                seen += more

        stream.write(f"autoload -U compinit; compinit -u -D; eval \"$(cat {path})\"; PS1=rea''dy:\n".encode())
        read_until(b"ready:")
        stream.write(b"probe-gate runs \t\t")
        read_until(b"stop a test run")
        stream.write(b"\x15probe-gate --on-busy \t\t")
        read_until(b"proceed")
    os.waitpid(child, 0)
