"""Every system call of a whole issuance: nothing that tells of the certificate is written outside the municipality.

What the kiosk gives to its printer is the positive control: there the document must be seen, whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import shutil
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pikepdf
import pytest
from kiosk_by_hand import Town
from sandbox_under_test import Visitor

from itaku.commands.kiosk_page import KioskPage
from itaku.commands.receipt import export, verify
from itaku.issuance.kiosk.screens import State

NODES = ("k01", "shop-1", "relay-1", "center-1")
WRITING = "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,sendfile,splice,vmsplice,copy_file_range"
MAPPING = "mmap,memfd_create"
BYPASSES = ("sendfile(", "splice(", "vmsplice(", "copy_file_range(")
WINDOW = 24
_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((\d+)<(.*?)>(?=[,)])")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')

CAP_SYS_PTRACE = 19
effective = re.search(r"CapEff:\t(\w+)", Path("/proc/self/status").read_text())
may_trace = effective is not None and bool(int(effective[1], 16) >> CAP_SYS_PTRACE & 1)

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None or not may_trace,
    reason="needs strace, and the right to trace processes that may not be dumped (CAP_SYS_PTRACE)",
)


class Traced(NamedTuple):
    """What one node wrote, by where it went, and the calls by which it could have written unseen."""

    written: dict[str, bytes]
    unseen: list[str]


class Tracing:
    """strace on the nodes of a running sandbox, each with a file of its own per thread."""

    def __init__(self, sandbox, folder: Path) -> None:
        self._folder = folder
        self._running = {}
        for node in NODES:
            pid = sandbox.supervisor.pids()[node]
            words = ["strace", "-ff", "-q", "-yy", "-xx", "-s", "8000000", "-e", f"trace={WRITING},{MAPPING}"]
            self._running[node] = subprocess.Popen(
                [*words, "-o", str(folder / node), "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            self._wait_attached(pid)

    def end(self) -> dict[str, Traced]:
        """Detaches, and reads what was seen."""
        for process in self._running.values():
            process.terminate()
            process.wait()
        return {node: self._read(node) for node in self._running}

    def _read(self, node: str) -> Traced:
        written: dict[str, bytearray] = defaultdict(bytearray)
        unseen: list[str] = []
        for file in self._folder.glob(f"{node}.*"):
            for line in file.read_text(encoding="ascii").splitlines():
                if line.startswith((*BYPASSES, "memfd_create(")) or is_shared_mapping(line):
                    unseen.append(line[:200])
                call = _CALL.match(line)
                if call is None or call[1] == "mmap":
                    continue
                for text, cut in _TEXT.findall(line[call.end() :]):
                    assert not cut, "strace cut a text short"
                    written[called(call[3])] += bytes.fromhex(text.replace("\\x", ""))
        return Traced({place: bytes(data) for place, data in written.items()}, unseen)

    @staticmethod
    def _wait_attached(pid: int) -> None:
        for _ in range(500):
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            status = [(thread / "status").read_text() for thread in threads]
            if all("TracerPid:\t0\n" not in one for one in status):
                return
            time.sleep(0.02)
        raise AssertionError("strace did not attach")


def called(place: str) -> str:
    """A descriptor's name as strace tells it: `-xx` writes paths in hexadecimal too."""
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda found: bytes.fromhex(found[0].replace("\\x", "")).decode(), place)


def is_shared_mapping(line: str) -> bool:
    """A file written through memory, which no call would show; an index of SQLite holds page numbers only."""
    return (
        line.startswith("mmap(")
        and "PROT_WRITE" in line
        and "MAP_SHARED" in line
        and "MAP_ANONYMOUS" not in line
        and "-shm>" not in called(line)
    )


def marks_of(pdf: bytes, names: list[str]) -> set[bytes]:
    """Pieces of the document as it is and of its pages as they are drawn, and the names in three encodings."""
    marks = {pdf[at : at + WINDOW] for at in range(0, len(pdf) - WINDOW, 512)} | {b"%PDF-"}
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            drawn = page.obj.Contents
            parts = drawn if isinstance(drawn, pikepdf.Array) else [drawn]
            for data in (part.read_bytes() for part in parts):
                marks |= {data[at : at + WINDOW] for at in range(0, len(data) - WINDOW, 512)}
    for name in names:
        for form in (name, name.replace("\u3000", "")):
            marks |= {form.encode(code) for code in ("utf-8", "utf-16-be", "utf-16-le")}
            marks |= {form.encode("unicode_escape")}
    return {mark for mark in marks if len(set(mark)) > 4}  # a run of one byte says nothing of anybody


def is_printer(place: str) -> bool:
    """The kiosk's unix sockets: its devices are all that it speaks to so, and a connecting end has no name."""
    return place.startswith("UNIX-STREAM")


async def names_of(sandbox, resident: str) -> list[str]:
    cards = "SELECT name, name_kana, individual_number FROM resident WHERE card_serial = $1"
    serial = Town(sandbox).cards[resident].serial
    rows = await sandbox.municipality(cards, serial)
    found = [str(value) for row in rows for value in row.values() if value]
    assert len(found) >= 2, "the resident is known"
    return found


async def printed_since(sandbox, before: set[str]) -> bytes:
    sheets = [sheet for sheet in await sandbox.stand("GET", "/practice/tray") if sheet["name"] not in before]
    (document,) = {sheet["document"] for sheet in sheets}
    return (sandbox.directory / "sandbox" / "tray-k01" / document).read_bytes()


async def erasure_is_proved(sandbox, known: set[bytes], folder: Path) -> None:
    """The kiosk's receipt for the issuance since, verified from its file alone."""
    rows = await sandbox.center("SELECT issuance_id FROM issuance")
    (issuance,) = {row["issuance_id"] for row in rows} - known
    file = folder / "receipt.json"
    await asyncio.to_thread(export, sandbox.directory, issuance.hex(), file)
    verdict, _ = verify(file, sandbox.directory / "pki" / "ca.pem")
    assert verdict.good
    assert verdict.issuance_id == issuance.hex()


@needs_strace
@pytest.mark.usefixtures("town")
async def test_no_system_call_of_an_issuance_writes_what_the_certificate_says_but_to_the_printer(sandbox, tmp_path):
    before = {sheet["name"] for sheet in await sandbox.stand("GET", "/practice/tray")}
    known = {row["issuance_id"] for row in await sandbox.center("SELECT issuance_id FROM issuance")}
    tracing = Tracing(sandbox, tmp_path)
    try:
        async with KioskPage(sandbox.page()) as page:
            last = await Visitor(page, "r0001").visit(at_most_s=150)
        assert last.outcome is not None
        assert not last.outcome.reason
        await asyncio.sleep(1.0)  # what is told in the background
    finally:
        seen = tracing.end()
    await sandbox.take_card_away()
    pdf = await printed_since(sandbox, before)
    await erasure_is_proved(sandbox, known, tmp_path)
    marks = marks_of(pdf, await names_of(sandbox, "r0001"))
    assert len(marks) > 50
    paper = b"".join(data for place, data in seen["k01"].written.items() if is_printer(place))
    assert pdf in paper, "the way to the printer was watched, and the document was seen there"
    for node, traced in seen.items():
        assert traced.written, node
        assert traced.unseen == [], node
        for place, data in traced.written.items():
            if not (node == "k01" and is_printer(place)):
                assert [mark for mark in marks if mark in data] == [], (node, place)


STRIKES = [State.CHOOSING, State.APPLYING, State.PAYING, State.PRINTING]


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("step", STRIKES, ids=lambda step: step.value)
async def test_a_kiosk_killed_at_any_step_leaves_nothing_readable(sandbox, step):
    found: list[tuple[str, bytes]] = []
    names = await names_of(sandbox, "r0001")
    marks = {form for name in names for form in (name.encode(), name.encode("utf-16-le"))} | {b"%PDF-"}

    async def strike(_screen) -> None:
        if step is State.APPLYING:
            await asyncio.sleep(0.15)  # into the moment at which the document arrives
        sandbox.supervisor.auto_restart = False
        sandbox.supervisor.kill9("k01")
        try:
            places = [path for path in outside_the_municipality(sandbox.directory) if path.is_file()]
            assert any(path.name == "k01.sqlite" for path in places)
            for path in places:
                held = path.read_bytes()
                found.extend((path.name, mark) for mark in marks if mark in held)
        finally:
            sandbox.supervisor.auto_restart = True
        await asyncio.to_thread(sandbox.supervisor.wait_ready, "k01")

    async with KioskPage(sandbox.page()) as page:
        await Visitor(page, "r0001", hooks={step: strike}).visit(at_most_s=150)
    await sandbox.take_card_away()
    assert found == []


def outside_the_municipality(directory: Path) -> list[Path]:
    """Journals, logs and settings of every other node; the paper in the tray and the stand's own memory are shops'."""
    data = [path for path in (directory / "data").iterdir() if path.name.startswith(("k0", "relay", "shop"))]
    logs = [path for path in (directory / "log").iterdir() if not path.name.startswith(("m9", "registry"))]
    return [*data, *logs]


def test_a_running_kiosk_relay_center_and_municipality_leave_no_core_and_show_their_memory_to_nobody(sandbox):
    for node in (*NODES, *(name for name in sandbox.supervisor.pids() if name.startswith(("m9", "signer")))):
        pid = sandbox.supervisor.pids()[node]
        limits = Path(f"/proc/{pid}/limits").read_text()
        core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core[4:6] == ["0", "0"], node
        assert Path(f"/proc/{pid}/environ").stat().st_uid == 0  # what is undumpable belongs to root, whoever runs it


def test_the_kiosk_and_the_signer_keep_their_memory_out_of_swap_or_say_that_they_may_not(sandbox):
    for node in ("k01", *(name for name in sandbox.supervisor.pids() if name.startswith("signer"))):
        status = Path(f"/proc/{sandbox.supervisor.pids()[node]}/status").read_text()
        locked = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmLck:")))
        log = b""
        with contextlib.suppress(FileNotFoundError):
            log = (sandbox.directory / "log" / f"{node}.log").read_bytes()
        assert (locked > 0) != (b"memory_not_locked" in log), node
