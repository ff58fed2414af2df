"""The stand as a process of its own, killed while it works."""

import asyncio
import contextlib
import signal
import sys

import pytest

from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import FINAL_JOB_STATES, CashState, JobState, JobStatus
from itaku.issuance.devices.errors import DeviceUnreachableError
from itaku.issuance.devices.stand_client import DeviceClient

JOB = "5a" * 16
KEY = bytes.fromhex(JOB)


class Running:
    """One stand's directory, and its process when it runs."""

    def __init__(self, directory, seconds_per_sheet):
        self.directory = directory
        (directory / "cards.toml").write_text(
            '[[card]]\nid = "taro"\nlabel_ja = "練習"\nlabel_en = "practice"\nserial = "1f"\n'
        )
        self.settings = directory / "stand.toml"
        self.settings.write_text(
            'socket = "stand.sock"\ndata = "devices.db"\ntray = "tray"\noffice = "office"\ncards = "cards.toml"\n'
            f"seconds_per_sheet = {seconds_per_sheet}\n"
        )
        self.process = None

    async def start(self, client):
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "itaku.sandbox.stand", str(self.settings)
        )
        while True:
            assert self.process.returncode is None, "the stand ended"
            with contextlib.suppress(DeviceUnreachableError):
                return await client.printer.status()
            await asyncio.sleep(0.02)

    async def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        return await self.process.wait()

    def sheets(self):
        return len(list((self.directory / "tray").glob("*.png")))


@pytest.fixture
async def running(tmp_path):
    made = Running(tmp_path, 0.02)
    yield made
    if made.process is not None and made.process.returncode is None:
        await made.kill()


async def test_killed_while_printing_the_counter_the_job_and_the_tray_agree(running, paper):
    async with DeviceClient(running.directory / "stand.sock") as client:
        total, pdf = 0, paper(2)
        for part, kill_after in enumerate((2, 4, 8), start=1):
            await running.start(client)
            await client.printer.submit(JOB, part, pdf, 50)
            while (await client.printer.job(JOB, part)).impressions < kill_after:  # noqa: ASYNC110 a kiosk asks
                await asyncio.sleep(0.001)
            await running.kill()
            with pytest.raises(DeviceUnreachableError):
                await client.printer.status()
            status = await running.start(client)
            job = await client.printer.job(JOB, part)
            assert job.state is JobState.ABORTED
            assert kill_after <= job.impressions < 100
            total += job.impressions
            assert status.counter == total == 2 * running.sheets()
            assert status.idle
            await client.printer.submit(JOB, part, pdf, 50)
            assert await client.printer.job(JOB, part) == job, "what was lost is never printed again"
            await running.kill()


async def test_a_kiosk_that_dies_does_not_stop_the_paper(running, paper):
    async with DeviceClient(running.directory / "stand.sock") as kiosk:
        await running.start(kiosk)
        await kiosk.printer.submit(JOB, 1, paper(1), 5)
    async with DeviceClient(running.directory / "stand.sock") as kiosk:
        while (job := await kiosk.printer.job(JOB, 1)).state not in FINAL_JOB_STATES:  # noqa: ASYNC110 a kiosk asks
            await asyncio.sleep(0.01)
    assert job == JobStatus(JobState.COMPLETED, 5)


async def test_money_and_the_card_are_still_there_after_a_kill(running):
    async with DeviceClient(running.directory / "stand.sock") as client:
        await running.start(client)
        await client.cash.take(KEY, Yen(300))
        await client.call(("POST", "/practice/cash/insert"), object, DeviceUnreachableError, b'{"yen": 100}')
        await client.call(("POST", "/practice/reader/lay"), object, DeviceUnreachableError, b'{"card": "taro"}')
        await running.kill()
        await running.start(client)
        assert (await client.cash.status(KEY)).inserted_yen == 100
        await client.reader.wait_for_card()
        await client.reader.release()
        await running.kill()
        await running.start(client)
        seen = await client.call(("GET", "/practice/state"), dict, DeviceUnreachableError)
        assert seen["card_on_reader"] is None, "given back is given back"
        status = await client.cash.cancel(KEY)
        assert (status.state, status.returned_yen) == (CashState.CANCELLED, 100)


async def test_it_ends_cleanly_when_told_to_even_while_a_kiosk_waits_for_a_card(running):
    async with DeviceClient(running.directory / "stand.sock") as client:
        await running.start(client)
        waiting = asyncio.create_task(client.reader.wait_for_card())
        await asyncio.sleep(0.05)
        assert await running.kill(signal.SIGTERM) == 0
        with pytest.raises(DeviceUnreachableError):
            await waiting


async def test_a_second_process_with_the_same_devices_does_not_start(running):
    async with DeviceClient(running.directory / "stand.sock") as client:
        await running.start(client)
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "itaku.sandbox.stand", str(running.settings), stderr=asyncio.subprocess.DEVNULL
        )
        assert await second.wait() != 0
        assert (await client.printer.status()).ready
