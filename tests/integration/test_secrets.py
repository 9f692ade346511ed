"""The API key goes into the header of each request, and nowhere else that anybody can look.

Everything that the command leaves is searched: both streams, every file below its directory, its entry in the list of
processes. A part of the key is looked for that looks the same in JSON, XML, HTML and addresses.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from probe_gate.cli.main import run_command
from probe_gate.sandbox.scenarios import PASSING_CATEGORIES, Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.ci_environments import AZURE, GITHUB
from tests.harness.processes import SHIPPED_SETTINGS, environment, run_here, start
from tests.harness.shared_clock import SharedClock
from tests.harness.target_files import write_target
from tests.harness.waiting import wait_until
from tests.platform_faults import FaultySandbox, injection

PART = "Zk3yQ7wdoNotShow"
KEY = PART + "/+odd=chars&<more>\"end'\\x%41"
"""Any printable character may stand in a key."""
FAST = Scenario(pending_seconds=0.0, run_seconds=10.0, history=3)
LOUD = {"PROBE_GATE_VERBOSE": "true", "PROBE_GATE_REPORTS": "all"}


@dataclass(frozen=True)
class Left:
    """What the command printed, apart, and the directory that it ran in."""

    code: int
    out: str
    err: str
    directory: Path

    @property
    def leaks(self) -> list[str]:
        """Where the key stands, but for the one line that has the CI system hide it."""
        places = {"stdout": self.out, "stderr": "\n".join(line for line in self.err.split("\n") if not is_mask(line))}
        for path in self.directory.rglob("*"):
            places[f"the name of {path}"] = path.name
            if path.is_file() and path.name not in ("key", "input"):
                places[str(path.relative_to(self.directory))] = path.read_text(encoding="utf-8")
        return [place for place, text in places.items() if PART.lower() in text.lower()]


def is_mask(line: str) -> bool:
    return line.startswith(("::add-mask::", "##vso[task.setsecret]"))


CLOCK = SharedClock()


def gate(directory: Path, *arguments: str, env: dict[str, str]) -> Left:
    """Run the command, hours after the one before: every run here has the same counts, so only time tells them apart."""
    CLOCK.advance(7200.0)
    ended = run_here(directory, *arguments, env=env, clock=CLOCK)
    return Left(ended.code, ended.out, ended.err, directory)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with FaultySandbox(FAST, clock=CLOCK.time, api_key=KEY, targets=1) as server:
        yield server


@pytest.fixture
def env(sandbox: SandboxServer, tmp_path: Path) -> dict[str, str]:
    sandbox.set_faults()
    sandbox.set_scenario(FAST)
    return environment(tmp_path, SHIPPED_SETTINGS, sandbox.environment, LOUD)


def runner_files(directory: Path) -> dict[str, str]:
    return {name: str(directory / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_STATE")}


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """A platform that repeats the key in names of runs and probes, in status words and in categories."""
    texts = (f"asked with {KEY}", f"at https://example.com/?key={quote(KEY, safe='')}", json.dumps(KEY), "harmless")
    monkeypatch.setattr(injection, "HOSTILE_TEXTS", texts)
    return FAST.replace(
        statuses=("PENDING", f"WAITING, {KEY}", "RUNNING", "COMPLETED"), categories={**PASSING_CATEGORIES, KEY: 90}
    )


@pytest.mark.parametrize(("system", "mask"), [(GITHUB, "::add-mask::"), (AZURE, "##vso[task.setsecret]"), ({}, "")])
def test_a_platform_that_repeats_the_key_everywhere_is_not_repeated(
    system: dict[str, str], mask: str, sandbox: SandboxServer, echo: Scenario, env: dict[str, str], tmp_path: Path
) -> None:
    """Where the log is that of a CI system, its first line of all has the system hide the key; no other line holds it."""
    sandbox.set_scenario(echo)
    sandbox.set_faults("injected-text@list,scores:*")
    limits = {"PROBE_GATE_MIN_CATEGORY_SCORE": "95"}
    left = gate(tmp_path, "run", env={**env, **system, **runner_files(tmp_path), **limits})
    assert left.code == 1, left.err
    assert "asked with ***" in (tmp_path / "probe-gate-report" / "report.json").read_text()
    assert left.leaks == []
    assert [line.partition(PART)[0] for line in left.err.split("\n") if is_mask(line)] == ([mask] if mask else [])
    assert not mask or left.err.startswith(mask + PART)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("key-echo=400@trigger:*", 2),
        ("key-echo=403@any:*", 3),
        ("key-echo=500@list:*", 4),
        (f"redirect=https://{PART}.example.com/?key={PART}@any:*", 4),
    ],
)
def test_an_error_that_repeats_the_key_is_shown_without_it(
    fault: str, code: int, env: dict[str, str], tmp_path: Path
) -> None:
    """With all its other words, whatever the status, in the log and in reports."""
    with FaultySandbox(FAST, [fault], clock=CLOCK.time, api_key=PART, targets=1) as sandbox:
        where = {**sandbox.environment, **GITHUB, **runner_files(tmp_path), "PROBE_GATE_TIMEOUT": "5m"}
        left = gate(tmp_path, "run", env={**env, **where})
    assert left.code == code, left.out
    assert left.leaks == []
    assert ("X-Api-Key: ***" if fault.startswith("key-echo") else "redirects to ***.example.com") in left.out


def test_the_list_of_processes_holds_no_key(tmp_path: Path) -> None:
    """Nor does any other process get it: the gate starts none."""
    watched = (
        "import sys; starts = {'subprocess.Popen', 'os.exec', 'os.fork', 'os.forkpty', 'os.posix_spawn', 'os.system'}\n"
        "sys.addaudithook(lambda event, _: event in starts and print('started another process:', event))\n"
        "from probe_gate.__main__ import main; main()"
    )
    clock = SharedClock()
    with FaultySandbox(FAST, clock=clock.time, api_key=KEY, targets=1) as sandbox:
        env = environment(tmp_path, sandbox.environment, LOUD, {"SPLX_API_KEY": KEY})
        watching = start(tmp_path, "run", env=env, command=(sys.executable, "-c", watched))
        pid = watching.process.pid
        wait_until(lambda: sandbox.active_runs, "the gate has started its run", process=watching.process)
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
        parents = [parent_of(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        clock.advance(FAST.run_seconds)
        ended = watching.end()
    assert ended.code == 0, ended.output
    assert b"probe_gate" in arguments
    assert PART.encode() not in arguments
    assert str(pid) not in parents
    assert "started another process" not in ended.output


def parent_of(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return ""


def test_a_bug_whose_words_hold_the_key_is_told_without_them(
    sandbox: SandboxServer, env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The traceback that `--verbose` asks for shows where, and the run is cancelled."""

    async def broken(*_: object) -> None:
        raise RuntimeError(f"no header {os.environ['SPLX_API_KEY']}")

    monkeypatch.setattr("probe_gate.use_cases.gate_target.wait_for_end", broken)
    left = gate(tmp_path, "run", "--verbose", env=env)
    assert left.code == 70, left.err
    assert "gate_target.py" in left.err
    assert "RuntimeError" in left.err
    assert left.leaks == []
    assert sandbox.active_runs == []


def test_the_key_of_a_file_is_kept_as_well(sandbox: SandboxServer, env: dict[str, str], tmp_path: Path) -> None:
    """Systems that give secrets as files need no variable with the key in it, and GitHub is told to hide it."""
    (tmp_path / "key").write_text(f"{KEY}\n")
    del env["SPLX_API_KEY"]
    sandbox.set_faults("key-echo=400@trigger:*")
    left = gate(tmp_path, "run", "--api-key-file", "key", env={**env, **GITHUB, **runner_files(tmp_path)})
    assert left.code == 2
    assert "X-Api-Key: ***" in left.out
    assert left.err.startswith(f"::add-mask::{PART}")
    assert left.leaks == []


WRONG_KEYS = {
    "a blank in it": ({"SPLX_API_KEY": f"{PART} {PART}"}, (), "contains a space"),
    "a line break in it": ({"SPLX_API_KEY": f"{PART}\r\nX-Other: {PART}"}, (), "contains a line break"),
    "a line break in its file": ({"SPLX_API_KEY": "", "SPLX_API_KEY_FILE": "key"}, (), "contains a line break"),
    "in place of its file's name": ({"SPLX_API_KEY": ""}, ("--api-key-file", KEY), "there is no such file"),
    "in other variables too": (
        {"SPLX_WORKSPACE_ID": KEY, "SPLX_TARGET_ID": KEY, "SPLX_API_URL": f"https://{KEY}@example.com"},
        ("--name", KEY, "--report-dir", f"{KEY}/reports"),
        "it contains the API key, which belongs in SPLX_API_KEY only",
    ),
    "as a flag that there is not": ({"SPLX_API_KEY": ""}, ("--api-key", KEY), "--api-key"),
    "as such a flag in one word": ({"SPLX_API_KEY": ""}, (f"--api-key={KEY}",), "--api-key"),
    "as a word among the flags": ({}, (KEY,), "***"),
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_a_key_in_a_wrong_place_is_refused_without_showing_it(
    name: str, sandbox: SandboxServer, env: dict[str, str], tmp_path: Path
) -> None:
    """Exit 2, before anything is sent, in log and reports alike."""
    changes, arguments, says = WRONG_KEYS[name]
    (tmp_path / "key").write_text(f"{PART}\nsecond line\n")
    before = len(sandbox.requests)
    left = gate(tmp_path, "run", *arguments, env={**env, **changes})
    assert left.code == 2, left.err
    assert says in " ".join((left.out + left.err).split())
    assert left.leaks == []
    assert len(sandbox.requests) == before


def test_who_started_a_run_is_told_by_the_list_of_runs_alone(
    sandbox: SandboxServer, env: dict[str, str], tmp_path: Path
) -> None:
    """An e-mail address is nobody's business in a public artifact."""
    left = gate(tmp_path, "run", env={**env, **GITHUB, **runner_files(tmp_path)})
    assert left.code == 0, left.err
    files = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any("@example.com" in text for text in (left.out, left.err, *files))
    assert "ci@example.com" in gate(tmp_path, "runs", "list", env=env).out


OTHER_SECRETS = {
    "a login for git": f"https://user:{PART}@github.com\n",
    "a .netrc": f"machine example.com login user password {PART}\n",
    "variables": f"TOKEN={PART}\nOTHER={PART}\n",
    "a credentials file": f"[default]\naws_secret_access_key = {PART}\n",
    "a login for registries": f'{{"auths": {{"registry.example.com": {{"auth": "{PART}"}}}}}}\n',
    "YAML": f"token: {PART}\nconnection: {PART}\n",
    "a private key": f"-----BEGIN PRIVATE KEY-----\n{PART}\n-----END PRIVATE KEY-----\n",
}
COMMANDS_THAT_READ = (
    ("policy", "validate", "input"),
    ("run", "--policy", "input"),
    ("run", "--target-file", "input"),
    ("verify", "input"),
)


@pytest.mark.parametrize("arguments", COMMANDS_THAT_READ)
@pytest.mark.parametrize("name", OTHER_SECRETS)
def test_a_link_to_a_file_with_secrets_shows_none(
    name: str, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A changed checkout can make any file of the runner the policy: what is wrong with it is said without its values."""
    (tmp_path / "key").write_text(OTHER_SECRETS[name])
    (tmp_path / "input").symlink_to("key")
    monkeypatch.chdir(tmp_path)
    where = {"SPLX_API_KEY": "another-key", "SPLX_WORKSPACE_ID": "1", "SPLX_TARGET_ID": "1"}
    assert run_command(list(arguments), where) == 2
    said = capsys.readouterr()
    assert Left(2, said.out, said.err, tmp_path).leaks == []


def test_a_changed_target_file_gets_no_variable_but_those_meant_for_it(
    sandbox: SandboxServer, env: dict[str, str], tmp_path: Path
) -> None:
    """The name says which: nothing else of the environment leaves with the target's configuration."""
    text = Path(write_target(tmp_path)).read_text()
    file = tmp_path / "target.yml"
    file.write_text(
        text.replace("${PROBE_TARGET_TOKEN}", "${SPLX_API_KEY}").replace(
            "The bot of a pull request.", "${DEPLOY_TOKEN}"
        )
    )
    before = len(sandbox.requests)
    left = gate(tmp_path, "run", "--target-file", "target.yml", env={**env, "DEPLOY_TOKEN": f"deploy-{PART}"})
    assert left.code == 2, left.err
    assert "${SPLX_API_KEY}: only variables whose names begin with PROBE_TARGET_" in left.err
    assert "${DEPLOY_TOKEN}: only variables whose names begin with PROBE_TARGET_" in left.err
    assert left.leaks == []
    assert len(sandbox.requests) == before
