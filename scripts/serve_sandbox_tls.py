#!/usr/bin/env python3
"""Serves the sandbox over TLS, under an address that containers reach.

The sandbox listens on loopback, which a container with a network of its own does not see, and the gate speaks plain
http with loopback only. So this stands before it with a certificate of its own; the authority that signed it goes into
a file for REQUESTS_CA_BUNDLE.
"""

from __future__ import annotations

import argparse
import asyncio
import ssl
from pathlib import Path

import trustme

from probe_gate.sandbox.server import SandboxServer

PIECE = 64 * 1024


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copies one direction of a connection to its end."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(sandbox: SandboxServer, address: str, port: int, context: ssl.SSLContext) -> None:
    """Hands every TLS connection on to the sandbox."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
        await asyncio.gather(pass_on(reader, inner_writer), pass_on(inner_reader, writer))

    server = await asyncio.start_server(connect, address, port, ssl=context)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--address", required=True, help="the address to listen on; the certificate is for it")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--ca-file", type=Path, required=True, help="where the authority's certificate is written")
    parser.add_argument("--scenario", default="passing")
    parser.add_argument("--speed", type=float, default=1.0)
    arguments = parser.parse_args()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(arguments.address).configure_cert(context)
    with SandboxServer(arguments.scenario, speed=arguments.speed) as sandbox:
        authority.cert_pem.write_to_path(str(arguments.ca_file))
        asyncio.run(serve(sandbox, arguments.address, arguments.port, context))


if __name__ == "__main__":
    main()
