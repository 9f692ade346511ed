"""Install the locked requirements of this checkout into an environment under RUNNER_TEMP, and print its interpreter.

`main.js` runs this with the Python that it found. A later step of the job uses the environment again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import venv
from importlib.util import find_spec
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
PIP = ["-I", "-m", "pip"]
INSTALL = ["install", "--quiet", "--no-input", "--no-compile", "--disable-pip-version-check"]
LOCKED = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(LOCK)]


def make_environment(parent: Path) -> str:
    """Return the interpreter of the environment under `parent`, made anew unless it is there and complete."""
    key = hashlib.sha256(os.fsencode(sys.executable) + LOCK.read_bytes()).hexdigest()[:16]
    directory = parent / f"probe-gate-{key}"
    complete = directory / "complete"
    interpreter: str = venv.EnvBuilder().ensure_directories(directory).env_exe
    if not complete.exists():
        # The Python's own pip saves the seconds that it takes to install another one.
        has_pip = find_spec("pip") is not None
        venv.EnvBuilder(clear=True, symlinks=os.name != "nt", with_pip=not has_pip).create(directory)
        pip = [sys.executable, *PIP, "--python", interpreter] if has_pip else [interpreter, *PIP]
        subprocess.run([*pip, *INSTALL, *LOCKED], stdout=sys.stderr, check=True)  # noqa: S603 - pip, and our own lock
        complete.touch()
    return interpreter


def main() -> None:
    """Print the interpreter, or what went wrong."""
    # Without RUNNER_TEMP a directory of its own: in one that is shared, another user may have put an environment.
    parent = os.environ.get("RUNNER_TEMP") or tempfile.mkdtemp(prefix="probe-gate-")
    try:
        sys.stdout.write(make_environment(Path(parent).resolve()))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
