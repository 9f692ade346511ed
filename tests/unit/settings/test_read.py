"""The settings of a command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from probe_gate.domain.probes import RecommendedProbes
from probe_gate.errors import ConfigError, Outcome
from probe_gate.options import OPTIONS
from probe_gate.settings import read_output_settings
from probe_gate.settings.values import RunSettings
from tests.unit.settings.helpers import ENOUGH, ask, problems


def test_four_variables_are_enough() -> None:
    """All else has a default: key, workspace and target are what must be given."""
    settings = ask()
    connection = settings.connection
    assert connection is not None
    assert (connection.api_url, connection.platform_url, connection.workspace_id) == (
        "https://api.probe.splx.ai",
        "https://probe.splx.ai",
        290,
    )
    assert [plan.target.id for plan in settings.targets] == [42]
    assert settings.run == RunSettings(
        timeout_seconds=2700.0,
        poll_low_seconds=2.0,
        poll_high_seconds=30.0,
        settle_seconds=5.0,
        scores_timeout_seconds=600.0,
        unproven_scores="refuse",
        completed_statuses=frozenset(),
        on_timeout="cancel",
        on_busy="wait",
        reuse="in-progress",
        name="",
        run_ai_analysis=False,
        notify=False,
        parallel=8,
    )
    assert settings.report.directory == Path("probe-gate-report")
    assert settings.report.reports == {"junit", "summary", "json", "html", "sarif", "attestation"}
    assert (settings.report.comment, settings.report.shard) == (False, None)
    assert settings.output.color
    assert settings.policy_name is None
    assert settings.notes == ()


def test_the_older_names_of_the_variables_do_too() -> None:
    """Users of the vendor's older templates have them."""
    older = {name.replace("SPLX_", "SPLXAI_"): value for name, value in ENOUGH.items()}
    assert ask(environ={**dict.fromkeys(ENOUGH, ""), **older}).targets == ask().targets


CHANGED: dict[str, tuple[str, Any, Any]] = {
    "api-url": ("us", lambda s: s.connection.api_url, "https://us.api.probe.splx.ai"),
    "platform-url": ("https://p.example/", lambda s: s.connection.platform_url, "https://p.example"),
    "workspace-id": ("7", lambda s: s.connection.workspace_id, 7),
    "target-id": ("2,1", lambda s: [plan.target.id for plan in s.targets], [1, 2]),
    "test-run-id": ("9", lambda s: s.test_run_id, 9),
    "probe-ids": ("recommended", lambda s: s.targets[0].probes, RecommendedProbes()),
    "target-file": ("t.yml", lambda s: s.target_file, Path("t.yml")),
    "min-score": ("90", lambda s: str(s.targets[0].policy.min_score.value), "90"),
    "min-category-score": ("70", lambda s: s.targets[0].policy.min_category_scores[0].category, "*"),
    "max-attack-success-rate": ("5", lambda s: str(s.targets[0].policy.max_attack_success_rate.value), "5"),
    "max-error-rate": ("5", lambda s: str(s.targets[0].policy.max_error_rate.value), "5"),
    "min-test-cases": ("50", lambda s: s.targets[0].policy.min_test_cases.value, 50),
    "baseline": ("before", lambda s: s.targets[0].policy.baseline.value, "before"),
    "allow-missing-baseline": ("true", lambda s: s.targets[0].policy.allow_missing_baseline.value, True),
    "max-age": ("24h", lambda s: s.targets[0].policy.max_age.value.total_seconds(), 86400.0),
    "soft-fail": ("failed", lambda s: s.targets[0].policy.soft_fail, {Outcome.FAILED}),
    "confirm": ("2", lambda s: s.targets[0].policy.confirm.value, 2),
    "timeout": ("90s", lambda s: s.run.timeout_seconds, 90.0),
    "poll-interval": ("0.1s", lambda s: (s.run.poll_low_seconds, s.run.poll_high_seconds), (0.1, 0.1)),
    "settle": ("0s", lambda s: s.run.settle_seconds, 0.0),
    "scores-timeout": ("20m", lambda s: s.run.scores_timeout_seconds, 1200.0),
    "unproven-scores": ("trust", lambda s: s.run.unproven_scores, "trust"),
    "completed-status": ("Success, done", lambda s: s.run.completed_statuses, {"SUCCESS", "DONE"}),
    "on-timeout": ("leave", lambda s: s.run.on_timeout, "leave"),
    "on-busy": ("proceed", lambda s: s.run.on_busy, "proceed"),
    "reuse": ("never", lambda s: s.run.reuse, "never"),
    "name": ("nightly", lambda s: s.run.name, "nightly"),
    "run-ai-analysis": ("true", lambda s: s.run.run_ai_analysis, True),
    "notify": ("true", lambda s: s.run.notify, True),
    "comment": ("on", lambda s: s.report.comment, True),
    "report-dir": ("out", lambda s: s.report.directory, Path("out")),
    "reports": ("json", lambda s: s.report.reports, {"json"}),
    "shard": ("1/2", lambda s: s.report.shard, (1, 2)),
    "parallel": ("2", lambda s: s.run.parallel, 2),
    "log-format": ("json", lambda s: s.output.log_format, "json"),
    "verbose": ("true", lambda s: s.output.verbose, True),
    "quiet": ("true", lambda s: s.output.quiet, True),
    "no-color": ("true", lambda s: s.output.color, False),
    "output": ("json", lambda s: s.output.format, "json"),
}
ELSEWHERE = {
    "api-key-file": "test_key",
    "policy": "test_policies",
    "policy-floor": "test_policies",
    "confidence": "test_checks: it needs a limit on the rate",
    "max-score-drop": "below: it needs a baseline",
    "on-missing-key": "test_key",
    "target-url": "test_page_options",
    "job-key": "a fact of the job: `read_job_key`",
}


@pytest.mark.parametrize("name", CHANGED)
def test_every_option_reaches_the_settings(name: str) -> None:
    """By its flag and by its variable."""
    text, read, expected = CHANGED[name]
    variable = next(option.env[0] for option in OPTIONS if option.name == name)
    assert read(ask({name: text})) == expected
    assert read(ask(environ={variable: text})) == expected
    assert read(ask({name.replace("-", "_"): text})) == expected


def test_no_option_is_left_out() -> None:
    """A new option must be shown to reach the settings."""
    assert {option.name for option in OPTIONS} == CHANGED.keys() | ELSEWHERE.keys()


def test_every_mistake_is_named_at_once() -> None:
    """Each by the flag or variable that it was given by."""
    assert problems(
        {"min-score": "880", "timeout": "0s", "shard": "3/2"},
        {"PROBE_GATE_ON_BUSY": "wayt", "SPLX_WORKSPACE_ID": "none", "PROBE_GATE_MAX_AGE": "0"},
    ) == [
        "SPLX_WORKSPACE_ID: none is not a whole number",
        "PROBE_GATE_ON_BUSY: wayt is not one of wait, fail, proceed",
        "--shard: 3 is not between 1 and 2",
        "--min-score: 880 is not between 0 and 100",
        "--timeout: must be longer than zero, such as 45m",
        "PROBE_GATE_MAX_AGE: must be longer than zero, such as 24h",
    ]


def test_the_message_counts_and_says_that_nothing_was_sent() -> None:
    """A reader sees at once that no run was started."""
    with pytest.raises(ConfigError) as refused:
        ask({"min-score": "880"})
    assert refused.value.problems == (refused.value.message,)
    assert refused.value.hint == "Correct that and run again. Nothing was sent to the platform."


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("run", ["SPLX_API_KEY", "--workspace-id", "--target-id"]),
        ("check", ["SPLX_API_KEY", "--workspace-id", "--target-id"]),
        ("runs list", ["SPLX_API_KEY", "--workspace-id", "--target-id"]),
        ("runs cancel", ["SPLX_API_KEY", "--workspace-id"]),
        ("target show", ["SPLX_API_KEY", "--workspace-id", "--target-id"]),
        ("target delete", ["SPLX_API_KEY", "--workspace-id", "--target-id"]),
        ("target create", ["SPLX_API_KEY", "--workspace-id"]),
        ("target apply", ["SPLX_API_KEY", "--workspace-id"]),
        ("target update", ["SPLX_API_KEY", "--workspace-id"]),
        ("target types", ["SPLX_API_KEY"]),
    ],
)
def test_what_is_required_depends_on_the_command(command: str, needed: list[str]) -> None:
    """Nothing is asked for that is not used."""
    assert [one.split(":")[0] for one in problems(environ=dict.fromkeys(ENOUGH, ""), command=command)] == needed


@pytest.mark.parametrize("command", ["demo", "merge", "verify", "sandbox", "policy", "init"])
def test_some_commands_need_nothing(command: str) -> None:
    """They do not reach the platform, or can do without."""
    settings = ask(environ=dict.fromkeys(ENOUGH, ""), command=command)
    assert settings.connection is None
    assert settings.targets == ()


def test_the_target_types_need_no_workspace() -> None:
    """They are the same for all."""
    connection = ask(environ={"SPLX_WORKSPACE_ID": ""}, command="target types").connection
    assert connection is not None
    assert connection.workspace_id == 0


def test_a_limit_on_the_drop_needs_something_to_compare_with() -> None:
    """Found before a run is paid for that could not be judged."""
    (problem,) = problems({"max-score-drop": "5"})
    assert problem.startswith("--max-score-drop: max-score-drop needs something to compare with; give --baseline")
    for more in ({"baseline": "before"}, {"allow-missing-baseline": "true"}):
        policy = ask({"max-score-drop": "5", **more}).targets[0].policy
        assert policy.max_score_drop is not None
        assert str(policy.max_score_drop.value) == "5"


def test_a_shard_takes_its_part_of_the_targets() -> None:
    """All parts together are all targets; a part can be empty."""
    ids = {"target-id": ",".join(map(str, range(1, 8)))}
    parts = [ask({**ids, "shard": f"{part}/3"}) for part in (1, 2, 3)]
    assert sorted(plan.target.id for part in parts for plan in part.targets) == list(range(1, 8))
    assert {part.all_target_ids for part in parts} == {(1, 2, 3, 4, 5, 6, 7)}
    assert any(not ask({"shard": f"{part}/2"}).targets for part in (1, 2))


def test_reports_and_output_are_known_when_all_else_is_wrong() -> None:
    """So that a gate that could not begin reports where it was asked to; a wrong value counts as none."""
    report, output = read_output_settings(
        "run", {"report-dir": "out", "shard": "2/5", "reports": "pdf", "min-score": "880"}, {"PROBE_GATE_QUIET": "true"}
    )
    assert (report.directory, report.shard, len(report.reports)) == (Path("out"), (2, 5), 6)
    assert output.quiet


def test_settings_show_no_key() -> None:
    """Whoever prints them."""
    assert "nobody-may-see" not in repr(ask())


def test_the_same_gives_the_same() -> None:
    """Settings are values."""
    assert ask() == ask()
    assert replace(ask(), command="check") != ask()
