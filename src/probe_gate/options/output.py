"""Options of the reports and of what is printed."""

from __future__ import annotations

from probe_gate.options.option import ALL, REPORT, RUNS, TARGETS, TYPES, Option

REPORT_OPTIONS: tuple[Option, ...] = (
    Option(
        "comment",
        "choice",
        "Write one comment on the pull or merge request and keep it up to date. Its token comes from PROBE_GATE_COMMENT_TOKEN.",
        group="reports",
        commands=("run", "check", "merge"),
        default="off",
        choices=("off", "on"),
    ),
    Option(
        "report-dir",
        "path",
        "Where the reports are written.",
        group="reports",
        commands=(*REPORT, "cleanup"),
        default="probe-gate-report",
        metavar="DIR",
    ),
    Option(
        "reports",
        "reports",
        "Reports to write: junit, summary, json, html, sarif, attestation.",
        group="reports",
        commands=REPORT,
        default="all",
        metavar="NAME,...",
    ),
)

OUTPUT_OPTIONS: tuple[Option, ...] = (
    Option(
        "log-format",
        "choice",
        "Format of the log; json is for log collectors.",
        group="output",
        commands=("run", "demo", "check"),
        default="text",
        choices=("text", "json"),
    ),
    Option(
        "verbose",
        "switch",
        "Log every request and show where an internal error was raised.",
        group="output",
        commands=ALL,
        default="false",
    ),
    Option(
        "quiet",
        "switch",
        "Print the verdict only.",
        group="output",
        commands=("run", "demo", "check", "merge"),
        default="false",
    ),
    Option(
        "no-color",
        "switch",
        "No colours.",
        group="output",
        commands=ALL,
        env=("PROBE_GATE_NO_COLOR", "NO_COLOR"),
        default="false",
    ),
    Option(
        "output",
        "choice",
        "Format of the output; text is for people, json for programs.",
        group="output",
        commands=(*RUNS, *TARGETS, *TYPES, "check", "run", "doctor", "merge", "verify", "policy"),
        default="text",
        choices=("text", "json"),
    ),
)
