"""An AWS on this machine that speaks TLS, to count what connecting costs.

It answers every ``PutEvents`` the same, on a certificate that an authority of its own has signed.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import botocore
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from bench.packages import BUILD
from infra.chalice import root_certificates

_HOST: Final = "localhost"
_ANSWER: Final = b'{"FailedEntryCount": 0, "Entries": [{"EventId": "11710aed"}]}'

AMAZONS: Final = BUILD / "tls" / "amazons.pem"
"""The few authorities that this application trusts, and the server's."""
EVERYBODYS: Final = BUILD / "tls" / "everybodys.pem"
"""The many that botocore trusts, and the server's."""


@contextmanager
def server(*, keep_alive: bool) -> Iterator[str]:
    """Run the server for the duration of a ``with`` block; give its URL."""
    handler = type("Handler", (_Handler,), {"keep_alive": keep_alive})
    listening = ThreadingHTTPServer((_HOST, 0), handler)
    listening.daemon_threads = True
    listening.socket = _context().wrap_socket(listening.socket, server_side=True)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://{_HOST}:{listening.server_port}"
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    keep_alive = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(_ANSWER)))
        if not self.keep_alive:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(_ANSWER)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@cache
def _context() -> ssl.SSLContext:
    """Return what both servers show, and write who trusts it."""
    AMAZONS.parent.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = certificate.public_bytes(Encoding.PEM)
    own = AMAZONS.with_name("server.pem")
    own.write_bytes(secret + public)
    everybodys = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    AMAZONS.write_bytes(root_certificates.text().encode() + b"\n" + public)
    EVERYBODYS.write_bytes(everybodys + b"\n" + public)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    """Return a certificate that the key has signed for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HOST)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .sign(key, SHA256())
    )
