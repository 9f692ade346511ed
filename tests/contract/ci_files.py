"""The files of this repository that CI systems read, and the script that writes two of them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def read_yaml(path: str) -> Any:
    """The file as a CI system reads it. `on` stays a word."""

    class Loader(yaml.SafeLoader):
        """YAML 1.1 with the booleans of YAML 1.2."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    text = (ROOT / path).read_text(encoding="utf-8")
    documents = list(yaml.load_all(text, Loader))
    return documents[0] if len(documents) == 1 else documents


def writer() -> ModuleType:
    """scripts/write_ci_files.py, as a module."""
    spec = importlib.util.spec_from_file_location("write_ci_files", ROOT / "scripts" / "write_ci_files.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_schema(schema: str, *arguments: Path | str) -> None:
    """Holds files to a JSON Schema that check-jsonschema brings along. Flags of it may stand among them."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
