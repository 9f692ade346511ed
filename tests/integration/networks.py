"""Proxies and certificates as companies have them: a real proxy, a real authority, on loopback."""

from __future__ import annotations

import os
import select
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_connection

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.harness.servers import Peer, Play
from tests.harness.waiting import MAX_WAIT_SECONDS, wait_until

ROOT = Path(__file__).parents[2]
HOST = "platform.example.com"
"""A name that only the proxy knows; to it, every name is this machine."""
LOGIN = "gate:pa%40ss"
"""The password is `pa@ss`."""


def served_by(authority: trustme.CA, *names: str, expires: datetime | None = None) -> ssl.SSLContext:
    """The TLS side of a server whose certificate the authority has signed, for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins = datetime.now(UTC) - timedelta(days=30)
    authority.issue_cert(*names, not_before=begins, not_after=expires).configure_cert(context)
    return context


def lax_authority(directory: Path) -> ssl.SSLContext:
    """The TLS side of a server for this machine, signed by an authority that breaks rules of RFC 5280, as those of
    companies do: neither certificate has key identifiers. Leaves the authority's certificate in `ca.pem`."""
    now, day = datetime.now(UTC), timedelta(days=1)
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("Lax CA", "server"))

    def certificate(subject: x509.Name, public_key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(ca_name).public_key(public_key)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)

    authority = certificate(ca_name, ca_key.public_key())
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=False)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    server = certificate(name, key.public_key()).add_extension(names, critical=False)
    pem = serialization.Encoding.PEM
    (directory / "ca.pem").write_bytes(authority.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    (directory / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + server.sign(ca_key, hashes.SHA256()).public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem")
    return context


@contextmanager
def real_proxy(port_file: Path, *arguments: str) -> Iterator[int]:
    """A proxy as a process; its port."""
    command = [
        sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0", "--port-file", str(port_file),
        "--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR",
        "--plugins", "tests.integration.loopback_names.LoopbackNames", *arguments,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield wait_until(lambda: _number_in(port_file), "the proxy has written its port", process=process)
    finally:
        process.terminate()
        process.wait(MAX_WAIT_SECONDS)


def _number_in(file: Path) -> int:
    """The number that is the file's whole text with its line break; 0 while it is not there."""
    text = file.read_text() if file.exists() else ""
    return int(text) if text.endswith("\n") else 0


def relays_to(port: int) -> Play:
    """Hands everything on to a server that speaks no TLS itself, and keeps what was asked."""

    def play(peer: Peer) -> None:
        outer = peer.connection
        with create_connection(("127.0.0.1", port)) as inner:
            while True:
                pending = isinstance(outer, ssl.SSLSocket) and outer.pending()
                ready = [outer] if pending else select.select([outer, inner], [], [])[0]
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is outer:
                        peer.server.requests.append(data)
                    (inner if source is outer else outer).sendall(data)

    return play
