"""The certificates that AWS's endpoints are signed with, out of the many that botocore trusts.

Loading all of them is most of what a new TLS connection costs. The packaging step adds these, for
``chalicelib/adapters/sdk.py`` to trust.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Final
from warnings import catch_warnings, simplefilter

import botocore
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning

PUBLIC_KEYS: Final = {
    "Amazon Root CA 1": "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
    "Amazon Root CA 2": "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
    "Amazon Root CA 3": "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
    "Amazon Root CA 4": "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
    "Starfield Services Root Certificate Authority - G2": (
        "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92"
    ),
}
"""The SHA-256 of each root's public key, as the page "Amazon Trust Services Repository" has it
(https://www.amazontrust.com/repository/), which asks for all five in a trust store."""


_CERTIFICATE: Final = re.compile(r"-----BEGIN.+?END CERTIFICATE-----\n", re.DOTALL)


def text() -> str:
    """Return the certificates, in PEM, each below its name.

    Raises:
        LookupError: botocore has no certificate with this name, or its key differs.
    """
    bundle = Path(botocore.__file__).with_name("cacert.pem").read_text(encoding="utf-8")
    return "\n".join(f"# {name}\n{_certificate(bundle, name)}" for name in PUBLIC_KEYS)


def _certificate(bundle: str, name: str) -> str:
    _, found, rest = bundle.partition(f'# Label: "{name}"\n')
    certificate = _CERTIFICATE.search(rest)
    if not (found and certificate):
        raise LookupError(f"There is no {name} in the bundle.")
    if public_keys(certificate[0]) != [PUBLIC_KEYS[name]]:
        raise LookupError(f"{name} has another key than Amazon says.")
    return certificate[0]


def public_keys(bundle: str) -> list[str]:
    """Return the SHA-256 of each certificate's public key."""
    with catch_warnings():
        simplefilter("ignore", CryptographyDeprecationWarning)  # Starfield's serial number is 0
        certificates = x509.load_pem_x509_certificates(bundle.encode())
    return [
        sha256(
            certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest()
        for certificate in certificates
    ]
