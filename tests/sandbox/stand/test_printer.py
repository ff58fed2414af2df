import asyncio

import msgspec
import pypdfium2
import pytest
from PIL import Image

from itaku.issuance.devices.contracts import JobState, JobStatus, PrinterStatus
from itaku.issuance.devices.errors import DeviceConflictError, PrinterUnreachableError, UnprintableError
from itaku.sandbox.stand.memory import DeviceMemory
from itaku.sandbox.stand.printer import PracticePrinter
from itaku.sandbox.stand.tray import Tray

JOB = "ab" * 16
SHEET_S = 0.01


@pytest.fixture
def tray(tmp_path):
    return Tray(tmp_path / "tray")


@pytest.fixture
async def printer(memory, tray):
    made = PracticePrinter(memory, tray, SHEET_S)
    yield made
    await made.close()


def change(printer, **changes):
    printer.set_condition(msgspec.structs.replace(printer.condition, **changes))


async def until(printer, *states, job=JOB, part=1):
    """Waits for a state that is bound to come."""
    while (status := await printer.job(job, part)).state not in states:  # noqa: ASYNC110 asking is what a kiosk does
        await asyncio.sleep(SHEET_S / 4)
    return status


async def test_every_sheet_of_every_copy_comes_out_once_and_both_its_sides_are_counted(printer, tray, paper):
    assert await printer.status() == PrinterStatus(ready=True, idle=True, counter=0)
    pdf = paper(4)
    await printer.submit(JOB, 1, pdf, 3)
    assert not (await printer.status()).idle
    assert await until(printer, JobState.COMPLETED) == JobStatus(JobState.COMPLETED, 12)
    assert await printer.status() == PrinterStatus(ready=True, idle=True, counter=12)
    assert printer.condition.paper == 500 - 6
    assert [sheet.sheet for sheet in tray.sheets()] == [1, 2, 3, 4, 5, 6]
    assert tray.read(f"{JOB}-1.pdf") == pdf


async def test_a_sheet_is_a_picture_of_its_page(printer, tray, paper, tmp_path):
    await printer.submit(JOB, 1, paper(1), 1)
    await until(printer, JobState.COMPLETED)
    with Image.open(tmp_path / "tray" / f"{JOB}-1-1.png") as picture:
        assert abs(picture.width - 595 * 110 / 72) < 2
    assert tray.sheets()[0].document == f"{JOB}-1.pdf"
    assert tray.sheets()[0].back == ""
    assert tray.read(f"{JOB}-1-1-back.png") is None


async def test_a_sheet_can_be_turned_over_in_the_tray(printer, tray, paper):
    await printer.submit(JOB, 1, paper(3), 2)
    assert (await until(printer, JobState.COMPLETED)).impressions == 6
    assert [sheet.back for sheet in tray.sheets()] == [f"{JOB}-1-1-back.png", "", f"{JOB}-1-3-back.png", ""]
    assert tray.read(f"{JOB}-1-3-back.png").startswith(b"\x89PNG")
    assert tray.read(f"{JOB}-1-2-back.png") is None
    assert tray.read(f"{JOB}-1-9-back.png") is None


async def test_a_second_submit_of_the_same_part_prints_nothing(printer, paper):
    pdf = paper(1)
    await printer.submit(JOB, 1, pdf, 1)
    await printer.submit(JOB, 1, pdf, 1)
    await until(printer, JobState.COMPLETED)
    await printer.submit(JOB, 1, pdf, 1)
    assert (await printer.status()).counter == 1
    with pytest.raises(DeviceConflictError):
        await printer.submit(JOB, 1, paper(2), 1)
    with pytest.raises(DeviceConflictError):
        await printer.submit(JOB, 1, pdf, 2)
    await printer.submit(JOB, 2, pdf, 1)
    await until(printer, JobState.COMPLETED, part=2)
    assert (await printer.status()).counter == 2


async def test_a_lost_reply_leaves_a_job_that_can_be_asked_for(printer, paper):
    change(printer, lose_reply=True)
    pdf = paper(1)
    with pytest.raises(PrinterUnreachableError):
        await printer.submit(JOB, 1, pdf, 1)
    await printer.submit(JOB, 1, pdf, 1)
    assert (await until(printer, JobState.COMPLETED)).impressions == 1
    assert (await printer.status()).counter == 1


async def test_a_jam_keeps_its_sheet_and_stops_the_job(printer, tray, paper):
    change(printer, jam_in=2)
    await printer.submit(JOB, 1, paper(1), 3)
    assert await until(printer, JobState.STOPPED) == JobStatus(JobState.STOPPED, 1, ("media-jam",))
    assert await printer.status() == PrinterStatus(ready=False, idle=False, counter=1, reasons=("media-jam",))
    assert await printer.cancel(JOB, 1) == JobStatus(JobState.CANCELED, 1)
    assert (await printer.status()).idle
    change(printer, jammed=False)
    await asyncio.sleep(SHEET_S * 5)
    assert (await printer.status()).counter == 1 == len(tray.sheets())


async def test_a_cleared_jam_lets_the_rest_come_out(printer, paper):
    change(printer, jam_in=1)
    await printer.submit(JOB, 1, paper(4), 1)
    await until(printer, JobState.STOPPED)
    change(printer, jammed=False)
    assert await until(printer, JobState.COMPLETED) == JobStatus(JobState.COMPLETED, 4)


async def test_without_paper_a_job_waits_for_the_refill(printer, tray, paper):
    change(printer, paper=1)
    await printer.submit(JOB, 1, paper(4), 1)
    assert await until(printer, JobState.STOPPED) == JobStatus(JobState.STOPPED, 2, ("media-empty",))
    assert tray.sheets()[0].document == "", "the document is not whole yet"
    change(printer, paper=100)
    assert (await until(printer, JobState.COMPLETED)).impressions == 4
    assert printer.condition.paper == 99


async def test_with_the_cover_open_nothing_moves(printer, paper):
    change(printer, cover_open=True)
    await printer.submit(JOB, 1, paper(1), 1)
    assert (await until(printer, JobState.STOPPED)).reasons == ("cover-open",)
    change(printer, cover_open=False)
    await until(printer, JobState.COMPLETED)


async def test_cancel_lets_the_moving_sheet_out_and_no_other(printer, tray, paper):
    await printer.submit(JOB, 1, paper(1), 5)
    await until(printer, JobState.PROCESSING)
    status = await printer.cancel(JOB, 1)
    assert status == JobStatus(JobState.CANCELED, 1)
    await asyncio.sleep(SHEET_S * 5)
    assert (await printer.status()).counter == status.impressions == len(tray.sheets())


async def test_cancel_of_a_job_whose_last_sheet_moves_is_completed(printer, paper):
    await printer.submit(JOB, 1, paper(1), 1)
    await until(printer, JobState.PROCESSING)
    assert await printer.cancel(JOB, 1) == JobStatus(JobState.COMPLETED, 1)


async def test_a_part_cancelled_before_it_was_submitted_never_prints(printer, paper):
    assert (await printer.job(JOB, 1)).state is JobState.UNKNOWN
    assert (await printer.cancel(JOB, 1)).state is JobState.CANCELED
    await printer.submit(JOB, 1, paper(1), 1)
    await asyncio.sleep(SHEET_S * 3)
    assert await printer.job(JOB, 1) == JobStatus(JobState.CANCELED)
    assert (await printer.status()).counter == 0


async def test_an_aborted_job_says_so_and_the_next_one_prints(printer, paper):
    assert not await printer.abort()
    await printer.submit(JOB, 1, paper(1), 3)
    await printer.submit("cd", 1, paper(1), 1)
    assert await printer.abort()
    aborted = await printer.job(JOB, 1)
    assert aborted.state is JobState.ABORTED
    assert aborted.reasons == ("aborted-by-system",)
    await until(printer, JobState.COMPLETED, job="cd")
    assert (await printer.status()).counter == aborted.impressions + 1


async def test_an_unreadable_counter_is_none_and_counts_on(printer, paper):
    change(printer, counter_unreadable=True)
    await printer.submit(JOB, 1, paper(1), 1)
    await until(printer, JobState.COMPLETED)
    assert (await printer.status()).counter is None
    change(printer, counter_unreadable=False)
    assert (await printer.status()).counter == 1


async def test_what_is_no_pdf_is_not_taken(printer):
    for wrong in (b"", b"%PDF-1.7 nonsense"):
        with pytest.raises(UnprintableError):
            await printer.submit(JOB, 1, wrong, 1)
    assert (await printer.job(JOB, 1)).state is JobState.UNKNOWN
    assert (await printer.status()).idle


async def test_a_job_name_that_is_not_hex_is_refused(printer, paper):
    for name in ("", "山田", "../x", "AB", "a" * 65):
        with pytest.raises(ValueError, match="hex"):
            await printer.submit(name, 1, paper(1), 1)


async def test_without_a_tray_and_without_time_a_job_is_done_at_once(memory, paper):
    printer = PracticePrinter(memory)
    await printer.submit(JOB, 1, paper(2), 2)
    assert await printer.job(JOB, 1) == JobStatus(JobState.COMPLETED, 4)
    change(printer, jam_in=1)
    await printer.submit(JOB, 2, paper(1), 1)
    assert (await printer.job(JOB, 2)).state is JobState.STOPPED
    assert (await printer.cancel(JOB, 2)).state is JobState.CANCELED
    assert (await printer.status()).idle


@pytest.mark.parametrize("came_out", [True, False])
async def test_power_lost_while_a_sheet_moves_counts_it_only_if_it_came_out(tmp_path, paper, came_out):
    memory = DeviceMemory(tmp_path / "devices.db")
    tray = Tray(tmp_path / "tray")
    printer = PracticePrinter(memory, tray, 3600.0)
    pdf = paper(4)
    await printer.submit(JOB, 1, pdf, 1)
    memory.rows("UPDATE job SET state = 'processing', moving = 1")
    if came_out:
        tray.put(JOB, 1, 1, pdf, 2)
    await printer.close()
    memory.close()
    memory = DeviceMemory(tmp_path / "devices.db")
    printer = PracticePrinter(memory, Tray(tmp_path / "tray"), 3600.0)
    assert await printer.job(JOB, 1) == JobStatus(JobState.ABORTED, 2 * came_out, ("aborted-by-system",))
    assert await printer.status() == PrinterStatus(ready=True, idle=True, counter=2 * came_out)
    memory.close()


async def test_power_lost_after_the_last_sheet_came_out_is_a_completed_job(tmp_path, paper):
    memory = DeviceMemory(tmp_path / "devices.db")
    tray = Tray(tmp_path / "tray")
    printer = PracticePrinter(memory, tray, 3600.0)
    pdf = paper(1)
    await printer.submit(JOB, 1, pdf, 1)
    memory.rows("UPDATE job SET state = 'processing', moving = 1")
    tray.put(JOB, 1, 1, pdf, 1)
    await printer.close()
    memory.close()
    memory = DeviceMemory(tmp_path / "devices.db")
    printer = PracticePrinter(memory, tray, 3600.0)
    assert await printer.job(JOB, 1) == JobStatus(JobState.COMPLETED, 1)
    memory.close()


async def test_a_tray_that_cannot_take_the_sheet_aborts_the_job_uncounted(printer, paper, tmp_path):
    (tmp_path / "tray").rmdir()
    (tmp_path / "tray").write_bytes(b"")
    await printer.submit(JOB, 1, paper(1), 1)
    assert await until(printer, JobState.ABORTED) == JobStatus(JobState.ABORTED, 0, ("aborted-by-system",))
    assert (await printer.status()).counter == 0


async def test_the_printers_own_memory_holds_no_document(tmp_path):
    document = pypdfium2.PdfDocument.new()
    document.new_page(595, 842).close()
    path = tmp_path / "in.pdf"
    document.save(path)
    document.close()
    pdf = path.read_bytes()
    memory = DeviceMemory(tmp_path / "devices.db")
    printer = PracticePrinter(memory, None, 3600.0)
    await printer.submit(JOB, 1, pdf, 1)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("devices.db*"))
    assert JOB.encode() in kept
    assert b"%PDF" not in kept
    await printer.close()
    memory.close()


def test_the_tray_reads_only_its_own_names_and_can_be_emptied(tray, paper, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(b"x")
    assert tray.read("../secret.pdf") is None
    assert tray.read("ab-1.pdf") is None
    assert tray.put("ab", 1, 1, paper(1), 1)
    assert tray.read("ab-1.pdf")
    assert tray.empty() == 1
    assert tray.sheets() == ()
    assert list((tmp_path / "tray").iterdir()) == []
