"""`python -m itaku.issuance.municipality.signer SETTINGS.toml`: signs documents and 2-D codes, one after another."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from itaku.basis.errors import ItakuError
from itaku.issuance.certificates.cms import CmsSigner, SigningKey, TokenKey
from itaku.issuance.certificates.code import HeldCodeKey, facts_in
from itaku.issuance.certificates.failures import BadCode
from itaku.issuance.municipality.signer.settings import SignerSettings
from itaku.issuance.municipality.signer.wire import CONTEXTS, FAILED, LENGTH_BYTES, Wanted, announced, framed
from itaku.issuance.transport.hardening import lock_memory
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.store.log import Log, open_log

if TYPE_CHECKING:
    from itaku.issuance.municipality.signer.hsm import HsmKey


class _NoCodeKeyError(Exception):
    """Codes are asked for where there is no key for them."""


class Codes(NamedTuple):
    """The key for 2-D codes, and whose fronts it signs."""

    key: HeldCodeKey
    municipality: str


class SigningServer:
    """Answers on one unix socket. The keys are used by the event loop's own thread alone."""

    def __init__(self, cms: CmsSigner, codes: Codes | None, log: Log) -> None:
        self._cms = cms
        self._codes = codes
        self._log = log
        self._lines: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        """Listens; a socket that a signer before us left behind is taken away."""
        _free(path)
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._talk, str(path))
        finally:
            os.umask(before)

    async def stop(self) -> None:
        """Hangs up."""
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(writer)
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while (request := announced(await reader.readexactly(LENGTH_BYTES))) is not None:
                    wanted, size = request
                    writer.write(framed(self._signature(wanted, await reader.readexactly(size))))
                    await writer.drain()
        finally:
            self._lines.discard(writer)
            writer.close()

    def _signature(self, wanted: Wanted, message: bytes) -> bytes:
        try:
            return self._cms.sign(message) if wanted is Wanted.DOCUMENT else self._code_signature(wanted, message)
        except (BadCode, _NoCodeKeyError) as error:
            self._log.error("not_signed", code="code_refused", error=str(error))
            return FAILED
        except ItakuError as error:
            # A token that fails is opened anew by the next process: its session may be gone for good.
            self._log.error("not_signed", code=error.code, error=str(error))
            signal.raise_signal(signal.SIGTERM)
            return FAILED

    def _code_signature(self, wanted: Wanted, payload: bytes) -> bytes:
        """Of a front only one that is this municipality's own; a back holds with its own front alone."""
        if self._codes is None:
            raise _NoCodeKeyError("no key for codes")
        if wanted is Wanted.FRONT and facts_in(payload).municipality != self._codes.municipality:
            raise BadCode("a code of another municipality")
        return self._codes.key.sign_code(payload, CONTEXTS[wanted])


@asynccontextmanager
async def signer(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, SignerSettings)
    log = open_log(Path(settings.log_file) if settings.log_file else None, settings.name)
    if refused := lock_memory():
        log.warning("memory_not_locked", reason=refused)
    key = _key(settings)
    server = SigningServer(_cms(settings, key), _codes(settings, key), log)
    await server.start(Path(settings.socket))
    log.info("ready", hsm=settings.hsm is not None, codes=settings.code is not None)
    try:
        yield
    finally:
        await server.stop()


def _cms(settings: SignerSettings, key: SigningKey | TokenKey) -> CmsSigner:
    certificate = x509.load_pem_x509_certificate(Path(settings.document_certificate).read_bytes())
    chain = tuple(x509.load_pem_x509_certificates(Path(settings.document_chain).read_bytes()))
    try:
        return CmsSigner(key, certificate, chain)
    except ValueError as error:
        raise SettingsError("document_certificate is of another key") from error


def _codes(settings: SignerSettings, beside: SigningKey | TokenKey) -> Codes | None:
    code = settings.code
    if code is None:
        return None
    if (code.key is None) == (code.hsm_key is None):
        raise SettingsError("code: either key or hsm_key")
    key: object
    if code.key is not None:
        key = load_pem_private_key(Path(code.key).read_bytes(), None)
    else:
        assert code.hsm_key is not None
        if settings.hsm is None:
            raise SettingsError("code: hsm_key needs hsm")
        key = cast("HsmKey", beside).beside(code.hsm_key)
    try:
        return Codes(HeldCodeKey(cast("TokenKey", key), code.key_id.encode()), code.municipality)
    except TypeError as error:
        raise SettingsError("code: the key is not a P-256 key") from error


def _free(path: Path) -> None:
    path.unlink(missing_ok=True)


def _key(settings: SignerSettings) -> SigningKey | TokenKey:
    if (settings.hsm is None) == (settings.document_key is None):
        raise SettingsError("either document_key or hsm")
    if settings.hsm is not None:
        try:
            from itaku.issuance.municipality.signer.hsm import HsmKey  # noqa: PLC0415 an optional extra
        except ImportError as error:
            raise SettingsError("hsm: the optional extra hsm is not installed") from error
        return HsmKey(settings.hsm)
    assert settings.document_key is not None
    key = load_pem_private_key(Path(settings.document_key).read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise SettingsError("document_key is neither an EC nor an RSA key")
    return key


if __name__ == "__main__":
    sys.exit(run_node(signer, sys.argv))
