"""The JSON API of a package index, behind a proxy that answers in the place of every host: for clients whose address is fixed."""

from __future__ import annotations

import datetime
import json
import ssl
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from tests.doubles.http import Asked, Double, Fault, _Handler

Releases = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]


def vulnerability(identifier: str, aliases: Sequence[str] = (), fixed_in: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "id": identifier,
        "aliases": list(aliases),
        "fixed_in": list(fixed_in),
        "summary": None,
        "details": f"{identifier}\n\nA long article.",
        "published": "2026-01-01T00:00:00Z",
        "withdrawn": None,
    }


CANARY: Releases = {("jinja2", "2.10"): [vulnerability("PYSEC-2019-217", ["CVE-2019-10906"], ["2.10.1"])]}


class Authority:
    """Signs certificates. `bundle` is the file that a client must be given to trust them."""

    def __init__(self, folder: Path) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of the tests")])
        self._hash = hashes.SHA256()
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = self._builder(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        self._certificate = builder.sign(self._key, self._hash)
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def _builder(self, subject: Any, key: Any) -> Any:
        from cryptography import x509

        start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        return (
            builder.serial_number(x509.random_serial_number()).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=30))
        )

    def context(self, host: str) -> ssl.SSLContext:
        """For a server that is to be `host`."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import NameOID

        key = ec.generate_private_key(ec.SECP256R1())
        name: Any = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        builder = self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of the tests")]), key.public_key())
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = builder.add_extension(signer, critical=False).sign(self._key, self._hash)
        file = self._folder / f"{host}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class ProxyDouble(Double):
    """A proxy that plays the other side of each tunnel itself. `tunnels` are the hosts that were asked for, `login` what was told it."""

    def __init__(self, authority: Authority, releases: Releases = CANARY, fault: Fault = "", times: int = 1_000_000) -> None:
        super().__init__(fault, times)
        self.server.RequestHandlerClass = _Tunnelling
        self.authority = authority
        self.releases = releases
        self.tunnels: list[str] = []
        self.login: list[str] = []
        self.closed = False  # refuses every tunnel

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, asked: Asked) -> tuple[int, bytes]:
        if asked.method == "POST":
            return 200, asked.body
        parts = asked.path.strip("/").split("/")
        found = self.releases.get((parts[1], parts[2])) if len(parts) == 4 else None
        return (404, b'{"message": "Not Found"}') if found is None else (200, json.dumps({"vulnerabilities": list(found)}).encode())


class _Tunnelling(_Handler):
    def _tunnel(self, asked: Asked) -> bool:
        proxy = self.server.double
        assert isinstance(proxy, ProxyDouble)
        host = asked.path.rpartition(":")[0]
        proxy.tunnels.append(asked.path)
        proxy.login.append(asked.headers.get("proxy-authorization", ""))
        if proxy.closed:
            return self._send(407, b"")
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()
        self.connection = proxy.authority.context(host).wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        return True
