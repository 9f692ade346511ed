"""Where this project is published: the only declaration of its account. Set it with `make home OWNER=acme`."""

from __future__ import annotations

OWNER = ""
"""The GitHub account or organization. Empty until the project is published."""

PLACEHOLDER = "OWNER"
"""What pages, examples and pipeline files contain instead while there is no account."""


def owner() -> str:
    """Return the account, or the placeholder."""
    return OWNER or PLACEHOLDER


def action() -> str:
    """Return the GitHub action, and the path of the GitLab component, without a version."""
    return f"{owner()}/probe-gate"


def image() -> str:
    """Return the name of the image, without a tag. A registry takes lower case only."""
    return f"ghcr.io/{OWNER.lower() or PLACEHOLDER}/probe-gate"


def policy_schema() -> str:
    """Return the address of the JSON Schema of policy files, of the newest release with the same major version."""
    return f"https://raw.githubusercontent.com/{owner()}/probe-gate/v1/docs/policy.schema.json"


def page(path: str) -> str:
    """Return the address of a page of the documentation, or an empty string while there is none."""
    return f"https://github.com/{OWNER}/probe-gate/blob/main/{path}" if OWNER else ""
