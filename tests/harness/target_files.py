"""Target files on disk for the commands under test."""

from __future__ import annotations

from pathlib import Path

TOKEN = "token-of-the-preview-0815"  # made up
TYPE_ID = "5b3d8d5e-0000-4000-8000-000000000001"

TEXT = f"""\
connection:
  type: REST_API
  config:
    url: https://bot.example.com/chat
    requestPayloadSample: '{{"message": "{{message}}"}}'
    responsePayload: $.answer
    headers:
      Authorization: Bearer ${{PROBE_TARGET_TOKEN}}
settings:
  name: Preview
  environment: DEV
  description: The bot of a pull request.
  language: en
  rateLimit: 60
  supportedModes: [TEXT]
  concurrentRequests: true
  multiStepAttacks: true
  targetPresetId: {TYPE_ID}
"""


def write_target(directory: Path, *, target_id: int | None = None, **changes: str) -> str:
    """Write a target file and return its path. `changes` replace values by key."""
    text = TEXT if target_id is None else f"id: {target_id}\n{TEXT}"
    lines = []
    for line in text.splitlines():
        key, colon, _ = line.partition(":")
        lines.append(f"{key}: {changes[key.strip()]}" if colon and key.strip() in changes else line)
    path = directory / "target.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
