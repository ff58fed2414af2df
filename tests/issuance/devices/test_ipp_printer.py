"""The driver for IPPS printers against a real printer program: what came out is said, what is not proven is not."""

from __future__ import annotations

import asyncio
import contextlib
import json

import msgspec
import pytest
from real_printer import MISSING, CuttingProxy, RealPrinter, pdf_of

from itaku.cli import main
from itaku.issuance.devices.contracts import FINAL_JOB_STATES, JobState, JobStatus
from itaku.issuance.devices.errors import DeviceConflictError, PrinterUnreachableError, UnprintableError
from itaku.issuance.devices.ipp_check import lacks
from itaku.issuance.devices.ipp_client import (
    A4,
    CREATE_JOB,
    GET_JOB_ATTRIBUTES,
    SEND_DOCUMENT,
    TWO_SIDED,
    WISHES,
    IppClient,
)
from itaku.issuance.devices.ipp_printer import IppPrinter, job_name

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
JOB = "0f" * 16


@pytest.fixture(scope="module")
def machine():
    """One printer for the tests that leave it as it was; jobs have names of their own."""
    real = RealPrinter(counter=1200)
    real.start()
    yield real
    real.close()


@pytest.fixture
def real():
    """A printer of the test's own, for mishaps."""
    made = RealPrinter(counter=1200)
    made.start()
    yield made
    made.close()


def driver(real, port=None):
    return IppPrinter(IppClient(real.at(port or real.port)))


@contextlib.asynccontextmanager
async def cut(real):
    """The printer behind a proxy that may cut: (driver, proxy)."""
    proxy = CuttingProxy(real)
    port = await proxy.start()
    yield driver(real, port), proxy
    await proxy.stop()


async def until(printer, true, job=JOB, part=1):
    for _ in range(1500):
        status = await printer.job(job, part)
        if true(status):
            return status
        await asyncio.sleep(0.02)
    raise AssertionError(f"it stayed {status}")


async def ended(printer, job=JOB):
    return await until(printer, lambda status: status.state in FINAL_JOB_STATES, job)


async def test_two_pages_in_two_copies_are_four_impressions(real):
    printer = driver(real)
    assert (await printer.job(JOB, 1)).state is JobState.UNKNOWN
    await printer.submit(JOB, 1, pdf_of(2), 2)
    assert await ended(printer) == JobStatus(JobState.COMPLETED, 4)
    status = await printer.status()
    assert (status.ready, status.idle, status.counter) == (True, True, 1200)
    assert real.sides == 4


async def test_a_job_asks_for_a4_on_both_sides_copy_after_copy_and_unscaled(machine):
    async with cut(machine) as (printer, proxy):
        await printer.submit("ff" * 16, 1, pdf_of(1), 2)
        assert (await ended(printer, "ff" * 16)).impressions == 2
        (asked,) = [body for body in proxy.bodies if body[2:4] == CREATE_JOB.to_bytes(2, "big")]
    for wanted in (A4, TWO_SIDED, *WISHES.values(), "ipp-attribute-fidelity"):
        assert wanted.encode() in asked
    assert not any(b"%PDF" in body for body in proxy.bodies if body[3] != SEND_DOCUMENT)


async def test_a_second_submit_prints_nothing_and_other_content_is_a_conflict(real):
    printer = driver(real)
    pdf = pdf_of(1)
    await printer.submit(JOB, 1, pdf, 1)
    await printer.submit(JOB, 1, pdf, 1)
    with pytest.raises(DeviceConflictError):
        await printer.submit(JOB, 1, pdf, 2)
    await ended(printer)
    after_restart = driver(real)
    await after_restart.submit(JOB, 1, pdf, 1)
    assert await ended(after_restart) == JobStatus(JobState.COMPLETED, 1)
    assert real.sides == 1


async def test_what_is_no_pdf_never_reaches_the_printer(machine):
    async with cut(machine) as (printer, proxy):
        for nothing in (b"", b"%!PS", pdf_of(1)[:-200]):
            with pytest.raises(UnprintableError):
                await printer.submit("aa" * 16, 1, nothing, 1)
        assert proxy.seen == []


@pytest.mark.parametrize("mishap", ["media-jam", "media-empty", "cover-open"])
async def test_a_printer_that_waits_for_a_person_says_for_what_and_goes_on_afterwards(real, mishap):
    real.order(mishap, at_sheet=2)
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(3), 1)
    waiting = await until(printer, lambda status: status.reasons and status.impressions)
    assert waiting.reasons == (mishap,)
    assert waiting.state not in FINAL_JOB_STATES
    assert waiting.impressions == 1
    status = await printer.status()
    assert (status.ready, status.idle, status.reasons) == (False, False, (mishap,))
    real.clear(mishap)
    assert await ended(printer) == JobStatus(JobState.COMPLETED, 3)
    assert (await printer.status()).ready
    assert real.sides == 3


async def test_a_job_that_the_printer_gives_up_is_aborted_with_what_came_out(real):
    real.order("abort")
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(3), 1)
    status = await ended(printer)
    assert (status.state, status.impressions) == (JobState.ABORTED, 1)
    assert real.sides == 1


async def test_a_completed_job_that_was_not_counted_is_not_said_to_be_printed(real):
    real.order("uncounted")
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(1), 1)
    assert await ended(printer) == JobStatus(JobState.COMPLETED, 0)


@pytest.mark.parametrize("operation", [CREATE_JOB, SEND_DOCUMENT])
async def test_a_lost_reply_leads_to_a_question_and_not_to_a_second_print(real, operation):
    async with cut(real) as (printer, proxy):
        proxy.cut[operation] = "reply"
        pdf = pdf_of(2)
        with pytest.raises(PrinterUnreachableError):
            await printer.submit(JOB, 1, pdf, 1)
        await printer.submit(JOB, 1, pdf, 1)
        assert await ended(printer) == JobStatus(JobState.COMPLETED, 2)
        assert proxy.seen.count(SEND_DOCUMENT) == 1
        assert proxy.seen.count(CREATE_JOB) == 1
    assert real.sides == 2


async def test_a_job_whose_making_never_arrived_is_made_again(real):
    async with cut(real) as (printer, proxy):
        proxy.cut[CREATE_JOB] = "unsent"
        pdf = pdf_of(1)
        with pytest.raises(PrinterUnreachableError):
            await printer.submit(JOB, 1, pdf, 1)
        await printer.submit(JOB, 1, pdf, 1)
        assert await ended(printer) == JobStatus(JobState.COMPLETED, 1)
    assert real.sides == 1


async def test_a_document_cut_off_on_the_way_is_never_sent_again_nor_taken_for_printed(real):
    async with cut(real) as (printer, proxy):
        proxy.cut[SEND_DOCUMENT] = "half"
        pdf = pdf_of(3)
        with pytest.raises(PrinterUnreachableError):
            await printer.submit(JOB, 1, pdf, 1)
        await printer.submit(JOB, 1, pdf, 1)
        assert proxy.seen.count(SEND_DOCUMENT) == 1
        status = await printer.cancel(JOB, 1)
        # Such printers run it to "completed": only the count of impressions shows that it is not.
        assert status.state in FINAL_JOB_STATES
        assert status.impressions < 3
        assert real.sides == status.impressions


async def test_a_printer_killed_in_the_middle_is_asked_and_has_forgotten(real):
    real.order("silence", at_sheet=2)
    printer = driver(real)
    pdf = pdf_of(3)
    await printer.submit(JOB, 1, pdf, 1)
    await until(printer, lambda status: status.impressions == 1)
    real.kill()
    for ask in (printer.status(), printer.job(JOB, 1), printer.cancel(JOB, 1)):
        with pytest.raises(PrinterUnreachableError):
            await ask
    real.start()
    await printer.submit(JOB, 1, pdf, 1)
    assert await printer.cancel(JOB, 1) == JobStatus(JobState.ABORTED, 0, ("job-forgotten",))
    assert (await printer.status()).idle
    assert real.sides == 1, "what may have been printed is not printed again"


async def test_a_printer_that_counts_its_jobs_anew_is_not_asked_for_another_job_of_the_same_number(real):
    other = "aa" * 16
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(1), 1)
    assert (await ended(printer)).state is JobState.COMPLETED
    real.kill()
    real.start()
    await printer.submit(other, 1, pdf_of(2), 1)
    assert await ended(printer, other) == JobStatus(JobState.COMPLETED, 2)
    assert (await printer.job(JOB, 1)).state is JobState.UNKNOWN


async def test_a_cancelled_job_is_final_only_when_the_paper_stands_still(real):
    real.order("silence", at_sheet=2)
    pdf = pdf_of(2)
    printer = driver(real)
    await printer.submit(JOB, 1, pdf, 1)
    await until(printer, lambda status: status.impressions == 1)
    cancelling = asyncio.create_task(printer.cancel(JOB, 1))
    await asyncio.sleep(0.5)
    assert not cancelling.done(), "a sheet is still in the engine"
    assert (await printer.job(JOB, 1)).state is JobState.PROCESSING
    real.clear("silence")
    # This engine cannot be stopped: the sheet comes out although the job is cancelled, and it is counted.
    assert await cancelling == JobStatus(JobState.CANCELED, 2, ("job-canceled-by-user",))
    await printer.submit(JOB, 1, pdf, 1)
    assert real.sides == 2


async def test_a_part_cancelled_before_it_was_submitted_is_never_sent(machine):
    job = "bb" * 16
    async with cut(machine) as (printer, proxy):
        assert await printer.cancel(job, 1) == JobStatus(JobState.CANCELED)
        await printer.submit(job, 1, pdf_of(1), 1)
        assert (await printer.job(job, 1)).state is JobState.CANCELED
        assert CREATE_JOB not in proxy.seen


async def test_a_busy_printer_is_not_idle_and_takes_no_second_job_at_once(real):
    real.order("silence", at_sheet=1)
    pdf = pdf_of(1)
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(1), 1)
    await until(printer, lambda status: status.state is JobState.PROCESSING)
    assert not (await printer.status()).idle
    with pytest.raises(PrinterUnreachableError):
        await printer.submit("cc" * 16, 1, pdf, 1)
    real.clear("silence")
    assert (await ended(printer)).impressions == 1
    await printer.submit("cc" * 16, 1, pdf, 1)
    assert (await ended(printer, "cc" * 16)).impressions == 1


async def test_only_the_pinned_certificate_is_spoken_to(machine):
    stranger = RealPrinter()
    try:
        settings = msgspec.structs.replace(machine.settings, certificate=str(stranger.certificate))
        client = IppClient(settings)
        printer = IppPrinter(client)
        with pytest.raises(PrinterUnreachableError):
            await printer.status()
        with pytest.raises(PrinterUnreachableError):
            await printer.submit("dd" * 16, 1, pdf_of(1), 1)
        assert [lack.code for lack in await lacks(client, A4)] == ["printer_silent"]
    finally:
        stranger.close()
    printer = driver(machine)
    assert (await printer.job("dd" * 16, 1)).state is JobState.UNKNOWN


async def test_the_self_check_finds_a_fit_printer_fit_and_misses_the_counter_of_another(machine):
    client = IppClient(machine.settings)
    assert await lacks(client, A4) == []
    assert [lack.code for lack in await lacks(client, "iso_a3_297x420mm")] == ["no_media"]
    real = RealPrinter(counter=None)
    real.start()
    try:
        client = IppClient(real.settings)
        found = await lacks(client, A4)
        assert [lack.code for lack in found if lack.fatal] == ["no_counter"]
        others = {lack.code for lack in found if not lack.fatal}
        assert others == {"media_not_ready", "no_scaling"}
        assert (await IppPrinter(client).status()).counter is None
    finally:
        real.close()


async def test_the_printers_spool_names_nobody(real):
    printer = driver(real)
    await printer.submit(JOB, 1, pdf_of(1), 1)
    await ended(printer)
    names = [path.name for path in (real.folder / "spool").iterdir()]
    assert all(job_name(JOB, 1) in name for name in names)


async def test_an_answer_that_is_lost_while_asking_is_unreachable_and_the_next_one_counts(machine):
    job = "ee" * 16
    async with cut(machine) as (printer, proxy):
        await printer.submit(job, 1, pdf_of(1), 1)
        proxy.cut[GET_JOB_ATTRIBUTES] = "reply"
        with pytest.raises(PrinterUnreachableError):
            await printer.job(job, 1)
        assert (await ended(printer, job)).impressions == 1


def test_an_address_without_tls_is_not_taken(machine):
    with pytest.raises(ValueError, match="ipps"):
        msgspec.structs.replace(machine.settings, url="http://printer/ipp/print")
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"url": "ipp://printer/ipp/print", "certificate": "x"}, type=type(machine.settings))


def test_the_command_says_what_a_printer_lacks_and_that_a_fit_one_lacks_nothing(machine, capsys):
    arguments = ["printer-check", "--url", machine.settings.url, "--certificate", str(machine.certificate)]
    assert main(arguments) == 0
    assert "証明書を印刷できます" in capsys.readouterr().out
    assert main([*arguments, "--media", "iso_a3_297x420mm", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [lack["code"] for lack in said["lacks"]] == ["no_media"]
    assert said["status"]["ready"]
    assert main(["printer-check", "--url", "http://localhost/", "--certificate", str(machine.certificate)]) == 1
    assert "ipps" in capsys.readouterr().err
