"""Declarations of all options, as plain data.

Flags, environment variables, the inputs of `action.yml` and of the GitLab component, and the tables of the documentation
are generated from this list or tested against it. It imports nothing, so that `--help` is fast.

`kind` selects the parser in `settings`; `commands` are the commands that have the option.
"""

from __future__ import annotations

GATE = ("run", "demo", "doctor")
"""`doctor` reports what `run` would do with the same options."""
JUDGE = (*GATE, "check")
REPORT = ("run", "demo", "check", "merge")
RUNS = ("runs list", "runs cancel")
TARGETS = ("target show", "target update", "target apply", "target delete")
TYPES = ("target types", "target create")
NETWORK = ("run", "check", "doctor", *RUNS, *TARGETS, *TYPES, "init", "cleanup")
ALL = (
    "run",
    "demo",
    "check",
    "doctor",
    "merge",
    *RUNS,
    *TARGETS,
    *TYPES,
    "init",
    "verify",
    "sandbox",
    "policy",
    "cleanup",
)


class Option:
    """An option of the command line."""

    __slots__ = (
        "choices",
        "commands",
        "default",
        "env",
        "group",
        "help",
        "kind",
        "metavar",
        "name",
        "policy_key",
    )

    def __init__(
        self,
        name: str,
        kind: str,
        help: str,  # noqa: A002 - the word argparse uses
        *,
        group: str,
        commands: tuple[str, ...],
        env: tuple[str, ...] = (),
        default: str = "",
        metavar: str = "",
        choices: tuple[str, ...] = (),
        policy_key: bool = False,
    ) -> None:
        self.name = name
        """Without dashes; also the name of the input of the action and the component."""
        self.kind = kind
        self.help = help
        self.group = group
        self.commands = commands
        self.env = env or ("PROBE_GATE_" + name.upper().replace("-", "_"),)
        """The variables that set it; the first one that is not empty applies."""
        self.default = default
        """As a user would write it; empty if there is none."""
        self.metavar = metavar or kind.upper().replace("-", "_")
        self.choices = choices
        self.policy_key = policy_key
        """Whether a policy file can also set it."""

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def is_switch(self) -> bool:
        return self.kind == "switch"


def _splx(name: str) -> tuple[str, ...]:
    """Return the vendor's name of a variable and its older spelling, which is still in use."""
    return (f"SPLX_{name}", f"SPLXAI_{name}")


OPTIONS: tuple[Option, ...] = (
    Option(
        "api-key-file",
        "path",
        "File that holds the API key. The key itself comes from SPLX_API_KEY; there is no flag for it.",
        group="platform",
        commands=NETWORK,
        env=_splx("API_KEY_FILE"),
        metavar="FILE",
    ),
    Option(
        "api-url",
        "api-url",
        "Platform: eu, us, or an https address (http only to loopback).",
        group="platform",
        commands=NETWORK,
        env=_splx("API_URL"),
        default="eu",
        metavar="URL",
    ),
    Option(
        "platform-url",
        "web-url",
        "Address of the platform's web pages, for links. By region unless given.",
        group="platform",
        commands=NETWORK,
        env=_splx("PLATFORM_URL"),
        metavar="URL",
    ),
    Option(
        "workspace-id",
        "id",
        "Workspace of the target.",
        group="platform",
        commands=NETWORK,
        env=_splx("WORKSPACE_ID"),
        metavar="ID",
    ),
    Option(
        "target-id",
        "ids",
        "Target to gate; several with commas.",
        group="platform",
        commands=(*GATE, "check", *RUNS, *TARGETS, "init"),
        env=_splx("TARGET_ID"),
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
        "test-run-id",
        "id",
        "Gate this test run, which exists already; nothing is triggered.",
        group="run",
        commands=("run",),
        metavar="ID",
    ),
    Option(
        "probe-ids",
        "probes",
        "Probes to run: 1,2 or [1,2], recommended, or a minimum risk level such as risk>=high. Default: all configured probes.",
        group="run",
        commands=GATE,
        env=_splx("PROBE_IDS"),
        metavar="PROBES",
    ),
    Option(
        "target-file",
        "path",
        "Target definition. With an id: update that target first. Without: create a temporary target and delete it afterwards.",
        group="run",
        commands=("run", "doctor"),
        metavar="FILE",
    ),
    Option(
        "policy",
        "path",
        "Policy file; .probe-gate.yml is used when it is there.",
        group="policy",
        commands=JUDGE,
        metavar="FILE",
    ),
    Option(
        "policy-floor",
        "path",
        "Base policy that the change cannot edit. The gate must pass under this policy as well.",
        group="policy",
        commands=JUDGE,
        metavar="FILE",
    ),
    Option(
        "min-score",
        "score",
        "Minimum overall score, 0 to 100.",
        group="policy",
        commands=JUDGE,
        default="80",
        metavar="SCORE",
        policy_key=True,
    ),
    Option(
        "min-category-score",
        "category-scores",
        "Minimum score by category: 70 for every category with a score, or Security=90,Safety=80. *=70 covers the rest.",
        group="policy",
        commands=JUDGE,
        metavar="[NAME=]SCORE,...",
        policy_key=True,
    ),
    Option(
        "max-attack-success-rate",
        "percent",
        "Maximum percentage of successful attacks.",
        group="policy",
        commands=JUDGE,
        metavar="PERCENT",
        policy_key=True,
    ),
    Option(
        "confidence",
        "confidence",
        "Confidence level in percent, such as 95. The attack success rate fails only if the lower bound of its Wilson interval exceeds the limit.",
        group="policy",
        commands=JUDGE,
        metavar="PERCENT",
        policy_key=True,
    ),
    Option(
        "max-error-rate",
        "percent",
        "Maximum percentage of planned test cases with an error or not executed. Above it, the run is inconclusive.",
        group="policy",
        commands=JUDGE,
        default="10",
        metavar="PERCENT",
        policy_key=True,
    ),
    Option(
        "min-test-cases",
        "count",
        "Minimum number of test cases with a result. With fewer, the run is inconclusive.",
        group="policy",
        commands=JUDGE,
        default="1",
        metavar="COUNT",
        policy_key=True,
    ),
    Option(
        "max-score-drop",
        "points",
        "Maximum points that the overall score or any category may lose against the baseline.",
        group="policy",
        commands=JUDGE,
        metavar="POINTS",
        policy_key=True,
    ),
    Option(
        "baseline",
        "baseline",
        "report.json of an earlier gate that passed, or before: the scores read just before the trigger.",
        group="policy",
        commands=JUDGE,
        metavar="FILE|before",
        policy_key=True,
    ),
    Option(
        "allow-missing-baseline",
        "switch",
        "Skip the score-drop checks when there is no usable baseline, for example on the first run.",
        group="policy",
        commands=JUDGE,
        default="false",
        policy_key=True,
    ),
    Option(
        "max-age",
        "duration",
        "Maximum age of the scores or the baseline. Older ones make the result inconclusive.",
        group="policy",
        commands=JUDGE,
        metavar="TIME",
        policy_key=True,
    ),
    Option(
        "soft-fail",
        "soft-fail",
        "Outcomes that are reported in full but exit 0: failed, inconclusive, platform-error, timed-out, run-ended.",
        group="policy",
        commands=JUDGE,
        metavar="OUTCOME,...",
        policy_key=True,
    ),
    Option(
        "timeout",
        "duration",
        "Overall time limit: 90s, 10m, 2h, or seconds.",
        group="run",
        commands=(*GATE, "check"),
        default="45m",
        metavar="TIME",
    ),
    Option(
        "poll-interval",
        "interval",
        "How often to poll: a range to adapt within, or one duration.",
        group="run",
        commands=GATE,
        default="2s..30s",
        metavar="TIME[..TIME]",
    ),
    Option(
        "settle",
        "duration",
        "Read the scores twice, this long apart; both readings must match. 0s reads them once.",
        group="run",
        commands=GATE,
        default="5s",
        metavar="TIME",
    ),
    Option(
        "scores-timeout",
        "duration",
        "How long to wait, after the run has finished, for the scores to include it.",
        group="run",
        commands=GATE,
        default="10m",
        metavar="TIME",
    ),
    Option(
        "unproven-scores",
        "choice",
        "What to do if nothing proves that the scores belong to this run: refuse (inconclusive), or trust matching readings.",
        group="run",
        commands=GATE,
        default="refuse",
        choices=("refuse", "trust"),
    ),
    Option(
        "completed-status",
        "completed-statuses",
        "Additional run statuses that mean completed.",
        group="run",
        commands=GATE,
        metavar="STATUS,...",
    ),
    Option(
        "on-timeout",
        "choice",
        "What to do with the test run on timeout.",
        group="run",
        commands=GATE,
        default="cancel",
        choices=("cancel", "leave"),
    ),
    Option(
        "on-busy",
        "choice",
        "What to do if another run is active on the target.",
        group="run",
        commands=GATE,
        default="wait",
        choices=("wait", "fail", "proceed"),
    ),
    Option(
        "reuse",
        "choice",
        "Whether a retried CI job continues the run that an earlier attempt left active.",
        group="run",
        commands=GATE,
        default="in-progress",
        choices=("in-progress", "never"),
    ),
    Option(
        "name",
        "text",
        "Name of the test run. A short unique tag is prepended.",
        group="run",
        commands=GATE,
        metavar="NAME",
    ),
    Option(
        "job-key",
        "key",
        "Distinguishes jobs with the same name in the CI system, such as matrix legs.",
        group="run",
        commands=(*JUDGE, "cleanup"),
        metavar="TEXT",
    ),
    Option(
        "run-ai-analysis",
        "switch",
        "Ask the platform for its AI analysis of the run.",
        group="run",
        commands=GATE,
        default="false",
    ),
    Option(
        "notify",
        "switch",
        "Ask the platform to notify when the run has finished.",
        group="run",
        commands=GATE,
        default="false",
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
    Option(
        "comment",
        "choice",
        "One comment on the pull or merge request, kept up to date. Its token: PROBE_GATE_COMMENT_TOKEN.",
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
    Option(
        "shard",
        "shard",
        "Gate one part of the targets: 2/5 is the second of five.",
        group="run",
        commands=("run", "check", "doctor"),
        metavar="K/N",
    ),
    Option(
        "parallel",
        "parallel",
        "Maximum number of concurrent requests.",
        group="run",
        commands=(*GATE, "check"),
        default="8",
        metavar="COUNT",
    ),
    Option(
        "log-format",
        "choice",
        "How the log is written; json for log collectors.",
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
        "text for people, json for programs.",
        group="output",
        commands=(*RUNS, *TARGETS, *TYPES, "check", "run", "doctor", "merge", "verify", "policy"),
        default="text",
        choices=("text", "json"),
    ),
)

DEBUG_VARIABLES = ("RUNNER_DEBUG", "CI_DEBUG_TRACE", "SYSTEM_DEBUG")
"""Set by GitHub, GitLab and Azure when debug logging is on; equivalent to `--verbose`."""

KEY_VARIABLES: tuple[str, ...] = _splx("API_KEY")
"""Variables with the API key, which has no flag, because flags appear in the process list."""

COMMENT_TOKEN_VARIABLE = "PROBE_GATE_COMMENT_TOKEN"  # noqa: S105 - a name, not a secret

REPORT_FILES: dict[str, str] = {
    "junit": "junit.xml",
    "summary": "summary.md",
    "json": "report.json",
    "html": "report.html",
    "sarif": "results.sarif",
    "attestation": "test-result.json",
}
"""The file name of each report, by its name in `--reports`."""

DEFAULT_POLICY_FILE = ".probe-gate.yml"
"""The policy file that is used if it exists and `--policy` is not given."""

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


def default_of(name: str) -> str:
    """Return the default of an option as a user would write it; empty if there is none."""
    return BY_NAME[name].default


def options_of(command: str) -> tuple[Option, ...]:
    """Return the options of a command, in the order of the list."""
    return tuple(option for option in OPTIONS if command in option.commands)
