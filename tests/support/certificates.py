"""Certificates made for one test: good, expired, for another host, from an authority that nobody trusts."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority of its own, whose certificate a client may be told to trust."""

    folder: Path
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        folder.mkdir()
        authority = cls(folder, ec.generate_private_key(ec.SECP256R1()))
        certificate = authority._signed(authority.key, "authority", days=30, is_authority=True, host=None)
        authority.file.write_bytes(certificate.public_bytes(Encoding.PEM))
        return authority

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def server_context(self, host: str, *, days: int = 30) -> ssl.SSLContext:
        """Return what a server at `host` needs; a negative number of days is past."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(key, host, days=days, is_authority=False, host=host)
        pem = self.folder / "server.pem"
        pem.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context

    def _signed(
        self, key: ec.EllipticCurvePrivateKey, name: str, *, days: int, is_authority: bool, host: str | None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("authority"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=90))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if host is not None:
            is_address = host.replace(".", "").isdigit()
            named = x509.IPAddress(ip_address(host)) if is_address else x509.DNSName(host)
            builder = builder.add_extension(x509.SubjectAlternativeName([named]), critical=False)
        return builder.sign(self.key, SHA256())
