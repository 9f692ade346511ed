"""The command as a process on the networks that companies have: proxies, private authorities, and what goes wrong there.

What the client does on each network is tested in `test_client_network.py`; here it is what the user gets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from probe_gate.http.session import HttpSession
from probe_gate.sandbox.scenarios import Scenario
from probe_gate.sandbox.server import SandboxServer
from tests.harness.processes import SHIPPED_SETTINGS, Ended, environment, run, run_here
from tests.harness.servers import Peer, RawServer, answer, answers, never_shakes_hands, sends
from tests.harness.shared_clock import SharedClock
from tests.integration.networks import HOST, LOGIN, real_proxy, relays_to, served_by

FAST = Scenario(pending_seconds=0.0, run_seconds=10.0, history=3)
KEY = "key-that-must-not-show"
HANGS = "a handshake that hangs"


@dataclass(frozen=True)
class Endpoints:
    """Where things are, as ports of this machine."""

    ca_file: str
    ca_directory: str
    other_ca_file: str
    good: int
    expired: int
    other_name: int
    silent: int
    closed: int
    plain: int
    proxy: int
    refusing_proxy: int


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(FAST, speed=50, api_key=KEY, targets=1) as server:
        yield server


@pytest.fixture(scope="module")
def tls_front(sandbox: SandboxServer, authority: trustme.CA) -> Iterator[RawServer]:
    """https in front of the sandbox; it keeps what it was asked."""
    with RawServer(relays_to(sandbox.port), served_by(authority, "127.0.0.1", HOST)) as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def login_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with real_proxy(tmp_path_factory.mktemp("login") / "port", "--basic-auth", "gate:pa@ss") as port:
        yield port


@pytest.fixture(scope="module")
def endpoints(
    tls_front: RawServer, authority: trustme.CA, login_proxy: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoints]:
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    other_ca_file = tmp_path_factory.mktemp("other-ca") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(other_ca_file))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    with ExitStack() as stack:
        with RawServer(answers("{}")) as gone:
            closed = gone.port
        expired = stack.enter_context(RawServer(answers("{}"), served_by(authority, "127.0.0.1", expires=yesterday)))
        other = stack.enter_context(RawServer(answers("{}"), served_by(authority, "other.example.com")))
        silent = stack.enter_context(RawServer(never_shakes_hands))
        plain = stack.enter_context(RawServer(speaks_no_tls))
        refusing = stack.enter_context(RawServer(sends(answer("", "403 Forbidden"))))
        yield Endpoints(
            str(ca_file), str(ca_file.parent), str(other_ca_file), tls_front.port, expired.port, other.port, silent.port, closed, plain.port, login_proxy,
            refusing.port,
        )  # fmt: skip


def speaks_no_tls(peer: Peer) -> None:
    """As web servers do with what is no HTTP."""
    peer.connection.recv(65536)
    peer.send(answer("", "400 Bad Request"))


def where(sandbox: SandboxServer, url: str) -> dict[str, str]:
    return {**sandbox.environment, "SPLX_API_URL": url, "NO_PROXY": ""}


def test_a_gate_passes_through_a_proxy_with_a_login_and_a_private_authority(
    sandbox: SandboxServer, tls_front: RawServer, endpoints: Endpoints, tmp_path: Path
) -> None:
    """The login goes to the proxy alone, and nobody sees it; `.netrc` has no say."""
    (tmp_path / ".netrc").write_text(f"machine {HOST} login somebody password netrc-secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    proxy = {"HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:{endpoints.proxy}", "REQUESTS_CA_BUNDLE": endpoints.ca_file}
    tls_front.requests.clear()
    env = environment(tmp_path, where(sandbox, f"https://{HOST}:{endpoints.good}"), proxy)
    ended = run(tmp_path, "run", "--verbose", "--reports", "all", env=env)
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output
    asked = b"".join(tls_front.requests).lower()
    assert b"x-api-key" in asked
    assert b"authorization" not in asked
    left = ended.output + "".join(path.read_text() for path in ended.report_dir.iterdir())
    assert not any(secret in left for secret in (KEY, LOGIN, "pa@ss", "pa%40ss", "netrc-secret"))


@pytest.mark.slow
def test_a_gate_passes_through_an_open_proxy(
    sandbox: SandboxServer, endpoints: Endpoints, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the authority from SSL_CERT_FILE, which requests itself ignores."""
    with real_proxy(tmp_path_factory.mktemp("open") / "port") as port:
        proxy = {"HTTPS_PROXY": f"127.0.0.1:{port}", "SSL_CERT_FILE": endpoints.ca_file}
        env = environment(tmp_path, where(sandbox, f"https://{HOST}:{endpoints.good}"), proxy)
        ended = run(tmp_path, "check", env=env)
    assert (ended.code, ended.outcome) == (0, "passed"), ended.output


class BrokenNetwork(NamedTuple):
    """What is on the way, and what the user is told."""

    url: str
    says: str
    code: int = 4
    trusts: bool = True
    """Whether the private authority is among those that are trusted."""
    may_pass: bool = False
    """Whether it is asked again, because it may be an outage."""
    env: dict[str, str] = {}  # noqa: RUF012 - never changed


BROKEN_NETWORKS = {
    "a name that does not resolve, past the proxy": BrokenNetwork(
        "https://no-such-host.invalid",
        "The name no-such-host.invalid does not resolve.",
        may_pass=True,
        env={"HTTPS_PROXY": "http://127.0.0.1:{refusing_proxy}", "NO_PROXY": "example.com,.invalid"},
    ),
    "a port where nobody listens": BrokenNetwork(
        "https://127.0.0.1:{closed}", "refused the connection.", may_pass=True
    ),
    "an authority that is not trusted": BrokenNetwork(
        "https://127.0.0.1:{good}", "is not signed by an authority that this machine trusts.", trusts=False
    ),
    "an authority that is not among those named": BrokenNetwork(
        "https://127.0.0.1:{good}",
        "is not signed by an authority in {other_ca_file} (",
        trusts=False,
        env={"CURL_CA_BUNDLE": "{other_ca_file}"},
    ),
    "a directory of authorities without hashed names": BrokenNetwork(
        "https://127.0.0.1:{good}",
        "REQUESTS_CA_BUNDLE: no certificate authority in the directory {ca_directory} would be found",
        code=2,
        trusts=False,
        env={"REQUESTS_CA_BUNDLE": "{ca_directory}"},
    ),
    "a certificate that has expired": BrokenNetwork("https://127.0.0.1:{expired}", "has expired."),
    "a certificate for another name": BrokenNetwork("https://127.0.0.1:{other_name}", "is for a different name."),
    "a server without TLS": BrokenNetwork("https://127.0.0.1:{plain}", "No secure connection to", may_pass=True),
    HANGS: BrokenNetwork("https://127.0.0.1:{silent}", "did not accept the connection in time.", may_pass=True),
    "a wrong proxy login": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "requires a login, or the one that it was given is wrong.",
        env={"HTTPS_PROXY": "http://gate:not-pa%40ss@127.0.0.1:{proxy}"},
    ),
    "a proxy that refuses": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "does not let this connection",
        may_pass=True,
        env={"HTTPS_PROXY": "127.0.0.1:{refusing_proxy}"},
    ),
    "a proxy that is not there": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "cannot be reached.",
        may_pass=True,
        env={"HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:{{closed}}"},
    ),
    "a proxy address of another kind": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "HTTPS_PROXY: SOCKS proxies are not supported; name an http proxy.",
        code=2,
        env={"HTTPS_PROXY": f"socks5://{LOGIN}@127.0.0.1:1"},
    ),
    "a proxy address in quotation marks": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "https_proxy: the address of the proxy has quotation marks around it; leave them out.",
        code=2,
        env={"https_proxy": f'"http://{LOGIN}@127.0.0.1:{{proxy}}"'},
    ),
    "a proxy address with a line break": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "HTTPS_PROXY: the address of the proxy has a line break in it.",
        code=2,
        env={"HTTPS_PROXY": f"http://{LOGIN}@127.0.0.1:{{proxy}}\n"},
    ),
    "a proxy login with a backslash": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "a backslash in the address of the proxy must be written as %5C",
        code=2,
        env={"ALL_PROXY": f"http://corp\\{LOGIN}@127.0.0.1:{{proxy}}"},
    ),
    "a proxy port that does not exist": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "all_proxy: the port of the proxy is not a number from 1 to 65535.",
        code=2,
        env={"all_proxy": f"http://{LOGIN}@127.0.0.1:99999"},
    ),
    "authorities that cannot be read": BrokenNetwork(
        f"https://{HOST}:{{good}}",
        "SSL_CERT_FILE: the certificate authorities in /no/such/file cannot be read.",
        code=2,
        trusts=False,
        env={"SSL_CERT_FILE": "/no/such/file"},
    ),
}


def go(name: str, sandbox: SandboxServer, endpoints: Endpoints, directory: Path) -> Ended:
    """The gate on that network, whose waits take no time."""
    network, ports = BROKEN_NETWORKS[name], vars(endpoints)
    trust = {"REQUESTS_CA_BUNDLE": endpoints.ca_file} if network.trusts else {}
    variables = {variable: value.format(**ports) for variable, value in network.env.items()}
    env = environment(directory, SHIPPED_SETTINGS, where(sandbox, network.url.format(**ports)), trust, variables)
    return run_here(directory, "run", "--verbose", env=env, clock=SharedClock())


def judge(name: str, ended: Ended, endpoints: Endpoints) -> None:
    network, said = BROKEN_NETWORKS[name], " ".join(ended.output.split())
    assert ended.code == network.code, ended.output
    assert network.says.format(**vars(endpoints)) in said, ended.output
    assert not any(other.says in said for other in BROKEN_NETWORKS.values() if other is not network), ended.output
    assert ended.report["targets"][0]["hint"] if ended.report["targets"] else ended.report["hint"]
    assert "Traceback" not in said
    assert not any(secret in said for secret in (KEY, "pa@ss", "pa%40ss"))


@pytest.mark.parametrize("name", [name for name, network in BROKEN_NETWORKS.items() if not network.may_pass])
def test_a_wrong_setting_is_named_at_once(
    name: str, sandbox: SandboxServer, endpoints: Endpoints, tmp_path: Path
) -> None:
    """Each with a message of its own and what to do, with no login in it, and nothing is started."""
    runs_before = len(sandbox.runs)
    ended = go(name, sandbox, endpoints, tmp_path)
    judge(name, ended, endpoints)
    assert "Retrying" not in ended.output
    assert len(sandbox.runs) == runs_before


@pytest.mark.parametrize("name", [name for name, network in BROKEN_NETWORKS.items() if network.may_pass])
def test_what_may_be_an_outage_is_asked_again_and_then_named(
    name: str, sandbox: SandboxServer, endpoints: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what it was, not by the time that it took."""
    if name == HANGS:
        monkeypatch.setattr("probe_gate.http.session.HttpSession", partial(HttpSession, connect_timeout_seconds=0.2))
    runs_before = len(sandbox.runs)
    ended = go(name, sandbox, endpoints, tmp_path)
    judge(name, ended, endpoints)
    assert "Retrying" in ended.output or "Tried " in ended.output
    assert len(sandbox.runs) == runs_before
