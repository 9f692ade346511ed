"""The container engine of this machine: podman, or docker where that is what there is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "probe-gate:under-test"
SECONDS = 120


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    """Standard output and standard error, as they came."""


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    seconds: int = SECONDS,
) -> Done:
    """Runs a command to its end. `env` is added to the environment."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Done(done.returncode, done.stdout)


class Engine:
    """Builds and runs images."""

    def __init__(self) -> None:
        self.name = os.environ["CONTAINER_ENGINE"]
        self.base_image = os.environ.get("BASE_IMAGE", "")
        """A base image that is there already, on machines that reach no registry."""

    def build(self, tag: str, *options: str) -> None:
        """Build the image of this checkout."""
        own_base = ["--build-arg", f"BASE_IMAGE={self.base_image}"] if self.base_image else []
        # Without a registry there is mostly no way to a network of its own for the build either.
        bare = ["--isolation", "chroot", "--pull=never"] if self.base_image and self.name == "podman" else []
        command = [self.name, "build", "--network", "host", *options, *bare, *own_base, "--tag", tag, str(ROOT)]
        done = run(command, seconds=600)
        assert done.code == 0, done.out

    def command(self, *arguments: str | Path) -> list[str]:
        """The words of a command of the engine."""
        return [self.name, *map(str, arguments)]

    def __call__(self, *arguments: str | Path, seconds: int = SECONDS) -> Done:
        """Runs a command of the engine, such as `engine("run", "--rm", IMAGE)`."""
        return run(self.command(*arguments), seconds=seconds)

    def remove(self, name: str) -> None:
        """Ends a container at once and removes it, if it is there."""
        self("kill", "--signal", "KILL", name)
        self("rm", "-f", name)

    def run_image(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        options: Sequence[str | Path] = (),
        seconds: int = SECONDS,
    ) -> Done:
        """Runs the image under test once, on this machine's network."""
        return self(*self.run_words(*arguments, env=env, options=options), seconds=seconds)

    def run_words(
        self, *arguments: str, env: Mapping[str, str] | None = None, options: Sequence[str | Path] = ()
    ) -> list[str]:
        """The arguments of the engine that run the image under test."""
        variables = [word for name, value in (env or {}).items() for word in ("-e", f"{name}={value}")]
        return ["run", "--rm", "--network", "host", *variables, *map(str, options), IMAGE, *arguments]


def give_to(path: Path, uid: int) -> None:
    """Makes a directory or file another user's, as a CI system has it. Skips the test where that takes more rights."""
    try:
        os.chown(path, uid, uid)
    except PermissionError:
        pytest.skip("only root can make a workspace of another user")
