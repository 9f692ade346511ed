"""Target files for tests."""

from __future__ import annotations

from probe_gate.errors import ConfigError
from probe_gate.files.target_file import TargetFile, parse_target_file

ENVIRON = {
    "PROBE_TARGET_TOKEN": "the-token-from-outside",
    "PROBE_TARGET_HOST": "pr-7.example.com",
    "SECRET": "of-others",
}

GOOD = """\
id: 42
connection:
  type: REST_API
  config:
    url: https://${PROBE_TARGET_HOST}/chat
    requestPayloadSample: '{"message": "{message}"}'
    responsePayload: $.answer
    headers:
      Authorization: Bearer ${PROBE_TARGET_TOKEN}
settings:
  name: Support bot
  environment: STAGE
  description: Answers questions.
  language: en
  rateLimit: 60
  supportedModes: [TEXT]
  concurrentRequests: true
  multiStepAttacks: false
"""


def read(text: str | bytes, environ: dict[str, str] | None = None) -> TargetFile:
    data = text if isinstance(text, bytes) else text.encode()
    return parse_target_file(data, "bot.yml", ENVIRON if environ is None else environ)


def mistakes(text: str | bytes, environ: dict[str, str] | None = None) -> list[str]:
    """What is wrong with the file, a line each."""
    try:
        read(text, environ)
    except ConfigError as error:
        return list(error.problems) or [error.message.removesuffix(".")]
    return []


def with_config(kind: str, config: str) -> str:
    """A good file with another connection; `config` is indented by four blanks."""
    _head, settings = GOOD.split("settings:\n")
    return f"connection:\n  type: {kind}\n  config:\n{config}settings:\n{settings}"
