"""`python -m itaku.issuance.municipality.signer SETTINGS.toml`: signs digests of documents, one after another."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from itaku.basis.errors import ItakuError
from itaku.issuance.certificates.cms import CmsSigner, SigningKey, TokenKey
from itaku.issuance.municipality.signer.settings import SignerSettings
from itaku.issuance.municipality.signer.wire import DIGEST_BYTES, FAILED, LENGTH_BYTES, framed
from itaku.issuance.transport.hardening import lock_memory
from itaku.issuance.transport.running import run_node
from itaku.issuance.transport.settings import SettingsError, read_settings
from itaku.store.log import open_log


class SigningServer:
    """Answers on one unix socket. The key is used by the event loop's own thread alone."""

    def __init__(self, cms: CmsSigner, log: structlog.typing.FilteringBoundLogger) -> None:
        self._cms = cms
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
                while int.from_bytes(await reader.readexactly(LENGTH_BYTES), "big") == DIGEST_BYTES:
                    writer.write(framed(self._signature(await reader.readexactly(DIGEST_BYTES))))
                    await writer.drain()
        finally:
            self._lines.discard(writer)
            writer.close()

    def _signature(self, digest: bytes) -> bytes:
        try:
            return self._cms.sign(digest)
        except ItakuError as error:
            # A token that fails is opened anew by the next process: its session may be gone for good.
            self._log.error("not_signed", code=error.code, error=str(error))
            signal.raise_signal(signal.SIGTERM)
            return FAILED


@asynccontextmanager
async def signer(path: Path) -> AsyncIterator[None]:
    """Serves as the settings file says."""
    settings = read_settings(path, SignerSettings)
    log = open_log(Path(settings.log_file) if settings.log_file else None, settings.name)
    if refused := lock_memory():
        log.warning("memory_not_locked", reason=refused)
    server = SigningServer(_cms(settings), log)
    await server.start(Path(settings.socket))
    log.info("ready", hsm=settings.hsm is not None)
    try:
        yield
    finally:
        await server.stop()


def _cms(settings: SignerSettings) -> CmsSigner:
    certificate = x509.load_pem_x509_certificate(Path(settings.document_certificate).read_bytes())
    chain = tuple(x509.load_pem_x509_certificates(Path(settings.document_chain).read_bytes()))
    key = _key(settings)
    try:
        return CmsSigner(key, certificate, chain)
    except ValueError as error:
        raise SettingsError("document_certificate is of another key") from error


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
