"""Options that say which platform, workspace and targets, and with which key."""

from __future__ import annotations

from probe_gate.options.option import GATE, NETWORK, RUNS, TARGETS, Option, vendor_names

PLATFORM_OPTIONS: tuple[Option, ...] = (
    Option(
        "api-key-file",
        "path",
        "File that holds the API key. The key itself comes from SPLX_API_KEY; there is no flag for it.",
        group="platform",
        commands=NETWORK,
        env=vendor_names("API_KEY_FILE"),
        metavar="FILE",
    ),
    Option(
        "api-url",
        "api-url",
        "Platform: eu, us, or an https address (http only to loopback).",
        group="platform",
        commands=NETWORK,
        env=vendor_names("API_URL"),
        default="eu",
        metavar="URL",
    ),
    Option(
        "platform-url",
        "web-url",
        "Address of the platform's web pages, for links. By default, that of the region.",
        group="platform",
        commands=NETWORK,
        env=vendor_names("PLATFORM_URL"),
        metavar="URL",
    ),
    Option(
        "workspace-id",
        "id",
        "Workspace of the target.",
        group="platform",
        commands=NETWORK,
        env=vendor_names("WORKSPACE_ID"),
        metavar="ID",
    ),
    Option(
        "target-id",
        "ids",
        "Target to gate; separate several with commas.",
        group="platform",
        commands=(*GATE, "check", *RUNS, *TARGETS, "init"),
        env=vendor_names("TARGET_ID"),
        metavar="ID[,ID]",
    ),
    Option(
        "target-url",
        "page-address",
        "Address of the target's page on the platform, in place of workspace, target, and region.",
        group="platform",
        commands=NETWORK,
        metavar="URL",
    ),
    Option(
        "on-missing-key",
        "choice",
        "Without an API key: fail, skip-forks (skip only pull requests from forks), or skip.",
        group="platform",
        commands=("run", "check"),
        default="fail",
        choices=("fail", "skip-forks", "skip"),
    ),
)
