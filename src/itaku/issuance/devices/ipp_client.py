"""The operations of IPP (RFC 8011) that a kiosk needs, over TLS to the one printer whose certificate is pinned."""

from __future__ import annotations

import asyncio
import hashlib
import io
import itertools
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from itaku.issuance.devices.errors import PrinterUnreachableError
from itaku.issuance.devices.ipp_encoding import Answer, Group, MalformedIppError, Tag, Value, Written
from itaku.issuance.devices.ipp_encoding import read_answer as read_ipp
from itaku.issuance.devices.ipp_encoding import write_request as write_ipp

CREATE_JOB, SEND_DOCUMENT, CANCEL_JOB = 0x0005, 0x0006, 0x0008
GET_JOB_ATTRIBUTES, GET_JOBS, GET_PRINTER_ATTRIBUTES = 0x0009, 0x000A, 0x000B
NEEDED_OPERATIONS = {
    "Create-Job": CREATE_JOB,
    "Send-Document": SEND_DOCUMENT,
    "Cancel-Job": CANCEL_JOB,
    "Get-Job-Attributes": GET_JOB_ATTRIBUTES,
    "Get-Jobs": GET_JOBS,
    "Get-Printer-Attributes": GET_PRINTER_ATTRIBUTES,
}

PDF = "application/pdf"
A4 = "iso_a4_210x297mm"
TWO_SIDED = "two-sided-long-edge"
WISHES = {
    "multiple-document-handling": "separate-documents-collated-copies",
    "print-scaling": "none",
}
"""Asked for where the printer knows it: copy after copy, and pages as large as they are."""
USER = "itaku"
"""Requesting user of every job: a printer's list of jobs names a program, never a person."""
NOT_FOUND, NOT_POSSIBLE = 0x0406, 0x0404
DOCUMENT_REFUSED = frozenset({0x0408, 0x040A, 0x0411, 0x0412})
"""The document is too large, of a format not taken, or broken (RFC 8011, Appendix B)."""
_FIRST_ERROR = 0x0100
_OK_ALL = 0x0000
MAX_ANSWER_BYTES = 1024 * 1024
_JOB_ATTRIBUTES = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
)
_PRINTER_ATTRIBUTES = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-impressions-completed",
)


class IppRefusedError(Exception):
    """The printer answered, with an error; `status` is IPP's. What was asked was not done."""

    def __init__(self, status: int) -> None:
        super().__init__(f"0x{status:04x}")
        self.status = status


class NotSentError(PrinterUnreachableError):
    """No connection to the printer: it has not seen the request at all."""


class IppSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printer that speaks IPPS."""

    url: str
    """`ipps://host:631/ipp/print`"""
    certificate: str
    """The printer's own certificate (PEM). No other is taken, whoever signed it."""
    harmless_reasons: tuple[str, ...] = ()
    """Further printer-state-reasons of this model that do not keep paper from coming out."""
    media: str = A4

    def __post_init__(self) -> None:
        """`ValueError` for an address that is not IPP over TLS."""
        parts = urlsplit(self.url)
        if parts.scheme != "ipps" or not parts.hostname:
            raise ValueError("url must begin with ipps:// and name a host")

    @property
    def https_url(self) -> str:
        """The same address as HTTP knows it; without a port it is IPP's own, 631."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"https://{host}:{parts.port or 631}{parts.path or '/'}"


class IppClient:
    """Requests to one printer. `PrinterUnreachableError` if no answer came whole; `IppRefusedError` if it said no."""

    def __init__(self, settings: IppSettings, timeout_s: float = 10.0) -> None:
        self._url = settings.https_url
        self._uri = settings.url
        self._media = settings.media
        self._pin = aiohttp.Fingerprint(_fingerprint(Path(settings.certificate)))
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._numbers = itertools.count(1)
        self._granted: dict[str, str] | None = None

    async def printer(self, *attributes: str) -> Group:
        """The printer's attributes: those that its status needs, or those named."""
        wanted = Written(Tag.KEYWORD, "requested-attributes", attributes or _PRINTER_ATTRIBUTES)
        return _only(await self._ask(GET_PRINTER_ATTRIBUTES, [wanted]), Tag.PRINTER)

    async def create_job(self, name: str, copies: int) -> int:
        """Begins a job without a document; its id. Nothing may be ignored or replaced: else it is not made."""
        operation = [Written(Tag.NAME, "job-name", (name,)), Written(Tag.BOOLEAN, "ipp-attribute-fidelity", (True,))]
        job = [
            Written(Tag.INTEGER, "copies", (copies,)),
            Written(Tag.KEYWORD, "media", (self._media,)),
            Written(Tag.KEYWORD, "sides", (TWO_SIDED,)),
            *(Written(Tag.KEYWORD, wish, (value,)) for wish, value in (await self._wishes()).items()),
        ]
        answer = await self._ask(CREATE_JOB, operation, job)
        number = one_integer(_only(answer, Tag.JOB), "job-id")
        if number is None:
            raise PrinterUnreachableError("a job without an id")
        if answer.status != _OK_ALL:
            # Taken, but otherwise than asked: it ends before it has a document.
            await self.cancel_job(number)
            raise IppRefusedError(answer.status)
        return number

    async def send_document(self, number: int, pdf: bytes) -> None:
        """Gives a job its only document, from memory."""
        attributes = [
            Written(Tag.MIME, "document-format", (PDF,)),
            Written(Tag.BOOLEAN, "last-document", (True,)),
        ]
        await self._ask(SEND_DOCUMENT, [_job(number), *attributes], document=pdf)

    async def cancel_job(self, number: int) -> None:
        """Asks the printer to end a job; its state tells when it has."""
        await self._ask(CANCEL_JOB, [_job(number)])

    async def job(self, number: int) -> Group | None:
        """A job's attributes; `None` if the printer knows no job of this number."""
        wanted = Written(Tag.KEYWORD, "requested-attributes", _JOB_ATTRIBUTES)
        try:
            return _only(await self._ask(GET_JOB_ATTRIBUTES, [_job(number), wanted]), Tag.JOB)
        except IppRefusedError as refused:
            if refused.status == NOT_FOUND:
                return None
            raise

    async def jobs_named(self, name: str) -> list[int]:
        """Numbers of all jobs of a name that the printer remembers, the oldest first."""
        wanted = Written(Tag.KEYWORD, "requested-attributes", ("job-id", "job-name"))
        found = set()
        for which in ("not-completed", "completed"):
            answer = await self._ask(GET_JOBS, [Written(Tag.KEYWORD, "which-jobs", (which,)), wanted])
            for job in answer.of(Tag.JOB):
                number = one_integer(job, "job-id")
                if number is not None and job.get("job-name") == (name,):
                    found.add(number)
        return sorted(found)

    async def _wishes(self) -> dict[str, str]:
        """Those of `WISHES` that this printer can grant; with fidelity, an unknown one would refuse the job."""
        if self._granted is None:
            found = await self.printer(*map(supported, WISHES))
            self._granted = {wish: value for wish, value in WISHES.items() if value in words(found, supported(wish))}
        return self._granted

    async def _ask(
        self, operation: int, attributes: list[Written], job: list[Written] | None = None, document: bytes = b""
    ) -> Answer:
        number = next(self._numbers)
        head = [
            Written(Tag.CHARSET, "attributes-charset", ("utf-8",)),
            Written(Tag.LANGUAGE, "attributes-natural-language", ("ja",)),
            Written(Tag.URI, "printer-uri", (self._uri,)),
        ]
        # The target comes first, then who asks, then the rest (RFC 8011, 4.1.5 and 4.3.1).
        target = [each for each in attributes if each.name == "job-id"]
        rest = [each for each in attributes if each.name != "job-id"]
        groups = [(Tag.OPERATION, [*head, *target, Written(Tag.NAME, "requesting-user-name", (USER,)), *rest])]
        if job:
            groups.append((Tag.JOB, job))
        received = await self._post(write_ipp(operation, number, groups) + document)
        try:
            answer = read_ipp(received)
        except MalformedIppError as error:
            raise PrinterUnreachableError(f"an answer that is no IPP: {error}") from None
        if answer.request_id != number:
            raise PrinterUnreachableError("an answer to something else")
        if answer.status >= _FIRST_ERROR:
            raise IppRefusedError(answer.status)
        return answer

    async def _post(self, body: bytes) -> bytes:
        # A connection for each request: one that is kept may be closed by the printer just as a document leaves.
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(ssl=self._pin),
                    timeout=self._timeout,
                    trust_env=False,
                    cookie_jar=aiohttp.DummyCookieJar(),
                ) as session,
                session.post(
                    self._url,
                    data=io.BytesIO(body),
                    headers={"Content-Type": "application/ipp"},
                    allow_redirects=False,
                ) as response,
            ):
                if response.status != 200:
                    raise PrinterUnreachableError(f"status {response.status}")
                received = await response.content.read(MAX_ANSWER_BYTES + 1)
                while len(received) <= MAX_ANSWER_BYTES and not response.content.at_eof():
                    received += await response.content.read(MAX_ANSWER_BYTES + 1)
        except (aiohttp.ClientConnectorError, aiohttp.ServerFingerprintMismatch) as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, ssl.SSLError, OSError, TimeoutError) as error:
            # Only the kind of failure: a connection's error text is no place for what was being sent.
            raise PrinterUnreachableError(type(error).__name__) from None
        finally:
            # The event loop closes TLS transports one turn later.
            await asyncio.sleep(0)
        if len(received) > MAX_ANSWER_BYTES:
            raise PrinterUnreachableError("answer too large")
        return received


def supported(attribute: str) -> str:
    """The printer attribute that lists what a job attribute may be."""
    return f"{attribute}-supported"


def one_integer(group: Group, name: str) -> int | None:
    """The one integer of an attribute; `None` if it is absent, unknown, or something else."""
    values: tuple[Value, ...] = group.get(name, ())
    if len(values) != 1 or not isinstance(values[0], int) or isinstance(values[0], bool):
        return None
    return values[0]


def words(group: Group, name: str) -> tuple[str, ...]:
    """The keywords of an attribute."""
    return tuple(value for value in group.get(name, ()) if isinstance(value, str))


def _only(answer: Answer, tag: Tag) -> Group:
    groups = answer.of(tag)
    if len(groups) != 1:
        raise PrinterUnreachableError("an answer without what was asked")
    return groups[0]


def _job(number: int) -> Written:
    return Written(Tag.INTEGER, "job-id", (number,))


def _fingerprint(certificate: Path) -> bytes:
    pem = x509.load_pem_x509_certificate(certificate.read_bytes())
    return hashlib.sha256(pem.public_bytes(Encoding.DER)).digest()
