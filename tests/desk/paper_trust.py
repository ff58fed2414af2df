"""A small trust of its own for papers: an authority, seals under it, and a time-stamp authority that answers here."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

BEGIN, END = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
STAMPED = dt.datetime(2026, 7, 1, 23, 45, tzinfo=dt.UTC)


class Authority:
    """Issues certificates."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.certificate = self._signed(self.name, self.key, (x509.BasicConstraints(True, None), True), (usage, True))

    def issue(self, name: str, *, for_stamps: bool = False):
        key = rsa.generate_private_key(65537, 2048) if for_stamps else ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        more = ((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),) if for_stamps else ()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return key, self._signed(subject, key, (usage, True), *more)

    def _signed(self, subject, key, *extensions):
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(BEGIN)
            .not_valid_after(END)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        for extension, critical in extensions:
            made = made.add_extension(extension, critical=critical)
        return made.sign(self.key, hashes.SHA256())


def pem_of(key) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_seal(folder: Path, name: str, key, certificate) -> dict[str, str]:
    paths = {"key": folder / f"{name}.key", "certificates": folder / f"{name}.pem"}
    paths["key"].write_bytes(pem_of(key))
    paths["certificates"].write_bytes(certificate.public_bytes(Encoding.PEM))
    return {each: str(path) for each, path in paths.items()}


class TimeStampAuthority:
    """A real RFC 3161 answerer on loopback. `refuses` and `lies` make it fail."""

    def __init__(self, key, certificate) -> None:
        found = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        store = SimpleCertificateStore()
        stamper = DummyTimeStamper(
            tsa_cert=found,
            tsa_key=asn1_keys.PrivateKeyInfo.load(private),
            certs_to_embed=store,
            fixed_dt=STAMPED,
        )
        self.refuses = self.lies = False
        self.asked = 0
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                question = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
                if outer.lies:
                    question["nonce"] = question["nonce"].native + 1
                body = stamper.request_tsa_response(question).dump()
                self.send_response(503 if outer.refuses else 200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
