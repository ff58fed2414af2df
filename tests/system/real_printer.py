"""A real IPPS printer program (`ippeveprinter`) on loopback whose paper is a list of lines, and a proxy that cuts."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from itaku.issuance.devices.ipp_client import IppSettings

NEEDED = ("ippeveprinter", "dbus-daemon")
MISSING = [name for name in NEEDED if shutil.which(name) is None]

# Without a message bus the program does not start; a private one that nobody else is on is enough.
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow eavesdrop="true"/></policy></busconfig>
"""

_MISHAPS = ("media-empty", "cover-open", "media-jam", "silence")
# What the printer's engine does with a job: its paper is the file `sides`, its mishaps are files named by the test.
_ENGINE = """#!{python} -I
import os, sys, time
folder = {folder!r}
def say(line): sys.stderr.write(line + "\\n"); sys.stderr.flush()
def there(name): return os.path.exists(os.path.join(folder, name))
def wait_for(name):
    until = time.monotonic() + 60
    while not there(name) and time.monotonic() < until: time.sleep(0.02)
try:
    import pypdfium2
    pages = len(pypdfium2.PdfDocument(sys.argv[1]))
    whole = True
except Exception:
    pages, whole = 1, False  # a document that was cut off on the way: some paper comes out
copies = int(os.environ.get("IPP_COPIES", "1")) if whole else 1
say("ATTR: job-impressions=%d" % pages)
for sheet in range(1, pages * copies + 1):
    for mishap in {mishaps!r}:
        if there(mishap) and sheet == int(open(os.path.join(folder, mishap)).read()):
            if mishap != "silence": say("STATE: +%s-error" % mishap)
            wait_for(mishap + ".over")
            if mishap != "silence": say("STATE: -%s-error" % mishap)
    if there("abort") and sheet == 2: sys.exit(1)
    with open(os.path.join(folder, "sides"), "a") as paper: paper.write("%d\\n" % sheet)
    if not there("uncounted"): say("ATTR: job-impressions-completed=%d" % sheet)
"""


class RealPrinter:
    """`ippeveprinter` and its engine. `order` makes a mishap at a side, `clear` ends it; `sides` came out."""

    def __init__(self, counter: int | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="itaku-ipp-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        self.certificate, self.key = _certificate(self.folder, "localhost")
        self.port = 0
        self._counter = counter
        self._bus: subprocess.Popen[bytes] | None = None
        self._printer: subprocess.Popen[bytes] | None = None
        engine = self.folder / "engine"
        engine.write_text(_ENGINE.format(python=sys.executable, folder=str(self.folder), mishaps=_MISHAPS))
        engine.chmod(0o700)

    @property
    def settings(self) -> IppSettings:
        return self.at(self.port)

    def at(self, port: int) -> IppSettings:
        return IppSettings(url=f"ipps://localhost:{port}/ipp/print", certificate=str(self.certificate))

    @property
    def sides(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return len((self.folder / "sides").read_text().splitlines())
        return 0

    def order(self, mishap: str, at_sheet: int = 1) -> None:
        (self.folder / mishap).write_text(str(at_sheet))

    def clear(self, mishap: str) -> None:
        (self.folder / f"{mishap}.over").touch()

    def calm(self) -> None:
        """No mishap any more, and an empty tray."""
        for name in (*_MISHAPS, "abort", "uncounted", "sides"):
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / f"{name}.over").unlink(missing_ok=True)

    def start(self) -> None:
        if self._bus is None:
            (self.folder / "bus.conf").write_text(_BUS.format(bus=self.folder / "bus"))
            command = ["dbus-daemon", f"--config-file={self.folder / 'bus.conf'}", "--nofork", "--nopidfile"]
            self._bus = _program(command)
            _until((self.folder / "bus").exists)
        for _ in range(20):
            self.port = self.port or free_port()
            self._printer = _program(self._command(), DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={self.folder / 'bus'}")
            if _until(lambda: _listens(self.port) or self._ended()) and not self._ended():
                return
            self.port = 0
        raise AssertionError("ippeveprinter does not start")

    def kill(self) -> None:
        """Power is lost: the printer and its engine are gone at once."""
        if self._printer is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._printer.pid, signal.SIGKILL)
            self._printer.wait()

    def close(self) -> None:
        self.kill()
        if self._bus is not None:
            self._bus.kill()
            self._bus.wait()
        shutil.rmtree(self.folder)

    def _ended(self) -> bool:
        assert self._printer is not None
        return self._printer.poll() is not None

    def _command(self) -> list[str]:
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        command = ["ippeveprinter", "-p", str(self.port), "-n", "localhost", "-K", str(self.folder / "keys")]
        command += ["-d", str(spool), "-c", str(self.folder / "engine"), "-r", "off"]
        if self._counter is not None:
            conf = self.folder / "printer.conf"
            conf.write_text(_CONF.format(counter=self._counter, handling=_HANDLING))
            command += ["-a", str(conf)]
        else:
            command += ["-2", "-f", "application/pdf"]
        return [*command, "itaku test"]


_HANDLING = "separate-documents-uncollated-copies,separate-documents-collated-copies"
_CONF = """ATTR integer printer-impressions-completed {counter}
ATTR rangeOfInteger copies-supported 1-99
ATTR integer copies-default 1
ATTR mimeMediaType document-format-supported application/octet-stream,application/pdf
ATTR keyword media-supported iso_a4_210x297mm
ATTR keyword media-ready iso_a4_210x297mm
ATTR keyword media-default iso_a4_210x297mm
ATTR keyword sides-supported one-sided,two-sided-long-edge
ATTR keyword sides-default one-sided
ATTR keyword print-scaling-supported auto,fit,none
ATTR keyword print-scaling-default fit
ATTR keyword multiple-document-handling-supported {handling}
ATTR keyword multiple-document-handling-default separate-documents-uncollated-copies
"""


class CuttingProxy:
    """Stands before a printer with the printer's own certificate. `cut[operation]` says what to do with it, once."""

    def __init__(self, printer: RealPrinter) -> None:
        self._printer = printer
        self.cut: dict[int, str] = {}
        self.seen: list[int] = []
        self.bodies: list[bytes] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._printer.certificate, self._printer.key)
        self._server = await asyncio.start_server(self._serve, "localhost", 0, ssl=tls, family=socket.AF_INET)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:"))
            body = await reader.readexactly(length)
            operation = int.from_bytes(body[2:4], "big")
            self.seen.append(operation)
            self.bodies.append(body)
            how = self.cut.pop(operation, "")
            if how != "unsent":
                answer = await self._forward(head + (body[: len(body) // 2] if how == "half" else body), cut=how)
                if not how:
                    writer.write(answer)
                    await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    async def _forward(self, request: bytes, cut: str) -> bytes:
        tls = ssl.create_default_context(cafile=self._printer.certificate)
        reader, writer = await asyncio.open_connection("localhost", self._printer.port, ssl=tls, family=socket.AF_INET)
        writer.write(request)
        await writer.drain()
        answer = b"" if cut == "half" else await _http_answer(reader)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return answer


async def _http_answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().splitlines()
    length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
    if length is not None:
        return head + await reader.readexactly(length)
    parts = [head]
    while not parts[-1].startswith(b"0\r\n"):
        size = await reader.readuntil(b"\r\n")
        parts.append(size + await reader.readexactly(int(size, 16) + 2))
    return b"".join(parts)


def pdf_of(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842).close()
    with tempfile.SpooledTemporaryFile() as out:
        document.save(out)
        document.close()
        out.seek(0)
        return out.read()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(true, patience_s: float = 10.0) -> bool:
    until = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def _program(command: list[str], **variables: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    key = rsa.generate_private_key(65537, 2048)
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .public_key(key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths = keys / f"{name}.crt", keys / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(pem)
    return paths
