"""The municipality's lines to its signer: digests and codes go out, checked signatures come back, the keys never do."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.certificates.cms import BadCms, verified
from itaku.issuance.certificates.code import code_signature_holds
from itaku.issuance.municipality.signer.wire import CONTEXTS, DIGEST_BYTES, LENGTH_BYTES, MAX_ANSWER_BYTES, framed

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


class _Line:
    """One request at a time; a broken line is made anew at the next one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._line: socket.socket | None = None

    def ask(self, message: bytes) -> bytes:
        """The answer to a framed request; `SignerAwayError` if there is none now."""
        with self._lock:
            return self._ask(message)

    def close(self) -> None:
        """Hangs up."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ask(self, message: bytes) -> bytes:
        # A line that the signer's end has broken is only noticed by using it: one more try on a fresh one.
        for fresh in (False, True):
            try:
                return self._asked(message, fresh=fresh or self._line is None)
            except (OSError, EOFError) as error:
                self.close()
                if fresh:
                    raise SignerAwayError(type(error).__name__) from error
        raise AssertionError("the second turn returns or raises")

    def _asked(self, message: bytes, *, fresh: bool) -> bytes:
        if fresh:
            self.close()
            with contextlib.ExitStack() as undo:
                made = undo.enter_context(socket.socket(socket.AF_UNIX))
                made.settimeout(ANSWER_S)
                made.connect(str(self._path))
                undo.pop_all()
            self._line = made
        assert self._line is not None
        self._line.sendall(message)
        size = int.from_bytes(_received(self._line, LENGTH_BYTES), "big")
        if size > MAX_ANSWER_BYTES:
            raise EOFError
        return _received(self._line, size)


class SignerLine:
    """Keeps `certificates.cms.CmsMaker`."""

    def __init__(self, path: Path, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> None:
        self._line = _Line(path)
        self._certificate = certificate
        encoded = [one.public_bytes(Encoding.DER) for one in (certificate, *chain)]
        self.size_at_most = sum(map(len, encoded)) + len(certificate.issuer.public_bytes()) + _BEYOND_CERTIFICATES

    def sign(self, digest: bytes) -> bytes:
        """CMS over content with this SHA-256 digest, checked here; `SignerAwayError` if there is none now."""
        assert len(digest) == DIGEST_BYTES
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
        self._line.close()

    def _ask(self, digest: bytes) -> bytes:
        return self._line.ask(framed(digest))


class CodeLine:
    """Keeps `certificates.code.CodeKey` with the signer's key for 2-D codes; `public` and `key_id` are that key's."""

    def __init__(self, path: Path, public: ec.EllipticCurvePublicKey, key_id: bytes) -> None:
        self._line = _Line(path)
        self._public = public
        self._key_id = key_id

    def sign_code(self, payload: bytes, context: bytes) -> bytes:
        """The signature, checked here; `SignerAwayError` if there is none now."""
        wanted = next(wanted for wanted, known in CONTEXTS.items() if known == context)
        answer = self._line.ask(framed(payload, wanted))
        if not code_signature_holds(self._public, self._key_id, payload, context, answer):
            raise SignerAwayError("no signature of this code")
        return answer

    def close(self) -> None:
        """Hangs up."""
        self._line.close()


def _received(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
