"""Certificates where libvirt looks for them: of one authority, for servers and for a client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.host.world import World

FOLDER = "/etc/pki"


class Authority:
    """Signs certificates; its own is in each world that gets one."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("tierdeps live tests")
        builder = self._builder(self._name, self._key)
        basic = x509.BasicConstraints(ca=True, path_length=None)
        self._own = builder.add_extension(basic, critical=True).sign(self._key, hashes.SHA256())

    def install(self, world: World, role: str, name: str) -> None:
        """Write a certificate of the role ``server`` or ``client`` and its key to a world."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = self._builder(_name(name), key).add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        world.run("mkdir", "-p", f"{FOLDER}/CA", f"{FOLDER}/libvirt/private")
        _write(world.path(f"{FOLDER}/CA/cacert.pem"), self._own.public_bytes(Encoding.PEM))
        _write(world.path(f"{FOLDER}/libvirt/{role}cert.pem"), made.public_bytes(Encoding.PEM))
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _write(world.path(f"{FOLDER}/libvirt/private/{role}key.pem"), secret)

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    file.chmod(0o600)
