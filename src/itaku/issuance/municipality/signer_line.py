"""The municipality's line to its signer: a digest goes out, a checked signature comes back, the key never does."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.certificates.cms import BadCms, verified
from itaku.issuance.municipality.signer.wire import DIGEST_BYTES, LENGTH_BYTES, MAX_ANSWER_BYTES, framed

ANSWER_S = 2.0
"""A signature takes a millisecond, in an HSM a few; what is slower is asked again."""
_BEYOND_CERTIFICATES = 2048
"""Bytes of a CMS signature beside its certificates: names, attributes, and the value of an RSA key of 8192 bits."""


class SignerAwayError(ItakuError):
    """The signer did not answer, or its key could not be used. Asking again does no harm."""

    code = "municipality_unavailable"
    temper = Temper.RETRYABLE
    ja = "署名の装置が応答しません。しばらくしてからもう一度お試しください。"
    en = "The signer does not answer. Please try again later."


class SignerLine:
    """Keeps `certificates.cms.CmsMaker`. One request at a time; a broken line is made anew at the next one."""

    def __init__(self, path: Path, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> None:
        self._path = path
        self._certificate = certificate
        encoded = [one.public_bytes(Encoding.DER) for one in (certificate, *chain)]
        self.size_at_most = sum(map(len, encoded)) + len(certificate.issuer.public_bytes()) + _BEYOND_CERTIFICATES
        self._lock = threading.Lock()
        self._line: socket.socket | None = None

    def sign(self, digest: bytes) -> bytes:
        """CMS over content with this SHA-256 digest, checked here; `SignerAwayError` if there is none now."""
        assert len(digest) == DIGEST_BYTES
        with self._lock:
            answer = self._ask(digest)
        try:
            signer, _ = verified(answer, digest)
        except BadCms as error:
            raise SignerAwayError("no signature of this digest") from error
        if signer != self._certificate:
            raise SignerAwayError("another signer's certificate")
        return answer

    def close(self) -> None:
        """Hangs up."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ask(self, digest: bytes) -> bytes:
        # A line that the signer's end has broken is only noticed by using it: one more try on a fresh one.
        for fresh in (False, True):
            try:
                return self._asked(digest, fresh=fresh or self._line is None)
            except (OSError, EOFError) as error:
                self.close()
                if fresh:
                    raise SignerAwayError(type(error).__name__) from error
        raise AssertionError("the second turn returns or raises")

    def _asked(self, digest: bytes, *, fresh: bool) -> bytes:
        if fresh:
            self.close()
            with contextlib.ExitStack() as undo:
                made = undo.enter_context(socket.socket(socket.AF_UNIX))
                made.settimeout(ANSWER_S)
                made.connect(str(self._path))
                undo.pop_all()
            self._line = made
        assert self._line is not None
        self._line.sendall(framed(digest))
        size = int.from_bytes(_received(self._line, LENGTH_BYTES), "big")
        if size > MAX_ANSWER_BYTES:
            raise EOFError
        return _received(self._line, size)


def _received(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
