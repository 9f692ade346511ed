#!/usr/bin/env python3
"""Set the account that this project is published under, everywhere: `make home OWNER=acme`.

Rewrites `src/probe_gate/home.py`, and every page, example and pipeline file that names the action, the component or the
image. An empty OWNER brings the placeholder back. `make home` writes the generated files anew afterwards.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from probe_gate import home

ROOT = Path(__file__).resolve().parent.parent
DECLARATION = "src/probe_gate/home.py"

_ACCOUNT = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
_HOSTS = r"github\.com/|raw\.githubusercontent\.com/|\$CI_SERVER_FQDN/"


def replace_account(text: str, old: str, new: str) -> str:
    """Return the text with the action, the component and the image named under another account.

    `old` and `new` are accounts, or the placeholder. Images are in lower case, but for the placeholder.
    """
    old_image, new_image = (name if name == home.PLACEHOLDER else name.lower() for name in (old, new))
    text = re.sub(rf"\bghcr\.io/{re.escape(old_image)}/probe-gate\b", f"ghcr.io/{new_image}/probe-gate", text)
    named = rf"((?:{_HOSTS})|(?<![\w./-])){re.escape(old)}/probe-gate\b"
    return re.sub(named, lambda match: f"{match[1]}{new}/probe-gate", text)


def set_home(root: Path, account: str) -> list[str]:
    """Set the account in all files of a checkout. Return the files that have changed."""
    old = re.search(r'^OWNER = "(.*)"$', (root / DECLARATION).read_text(encoding="utf-8"), re.MULTILINE)
    if old is None:
        raise SystemExit(f"{DECLARATION} declares no OWNER.")
    changed = []
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)  # noqa: S607
    for name in listed.stdout.rstrip("\0").split("\0"):
        path = root / name
        if path.is_symlink() or not path.is_file() or name.startswith("tests/") or b"\0" in path.read_bytes():
            continue
        before = path.read_bytes().decode("utf-8")
        if name == DECLARATION:
            after = before.replace(old[0], f'OWNER = "{account}"')
        else:
            after = replace_account(before, old[1] or home.PLACEHOLDER, account or home.PLACEHOLDER)
        if after != before:
            path.write_bytes(after.encode("utf-8"))
            changed.append(name)
    return changed


def main() -> None:
    """Set the account that the command line names."""
    (account,) = sys.argv[1:] or [""]
    if account and (account == home.PLACEHOLDER or not _ACCOUNT.fullmatch(account)):
        raise SystemExit(f"{account!r} is no GitHub account. Use: make home OWNER=acme")
    for name in set_home(ROOT, account):
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
