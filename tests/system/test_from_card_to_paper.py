from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from sandbox_under_test import Visitor

from itaku.commands.issue import NotIssuedError, UnknownResidentError, Wish, issue
from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.kiosk.screens import MoneyPlace, Service, Start, State
from itaku.issuance.protocol.kinds import Kind, Member, ResidentRecordOptions, SealRegistrationOptions
from itaku.supervisor.progress import Silence


def wish(resident="R0001", options=None, kind=Kind.RESIDENT_RECORD, copies=1, pin="1234"):
    return Wish(resident, options or ResidentRecordOptions(), kind, copies, pin)


def test_a_resident_record_goes_from_card_to_paper(sandbox):
    everything = ResidentRecordOptions(registered_domicile=True, head_and_relation=True, individual_number=True)
    issued = issue(sandbox.directory, wish(options=everything, copies=2), Silence())
    assert Path(issued.pdf).read_bytes().startswith(b"%PDF-")
    assert issued.fee_yen == 2 * issued.fee_yen // 2 > 0
    assert issued.sheets == 4, "two copies of two pages"
    assert {"open", "prepare_certificate", "print", "total"} <= set(issued.seconds)
    checked = subprocess.run(["qpdf", "--check", issued.pdf], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    signed = subprocess.run(["pdfsig", issued.pdf], capture_output=True, text=True, check=True)
    assert "Signature is Valid" in signed.stdout
    assert "Total document signed" in signed.stdout


def test_a_seal_registration_goes_from_card_to_paper(sandbox):
    issued = issue(sandbox.directory, wish(options=SealRegistrationOptions(), kind=Kind.SEAL_REGISTRATION), Silence())
    text = subprocess.run(["pdftotext", issued.pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert "印鑑登録証明書" in "".join(text.split())


def test_one_member_alone_shows_one_person(sandbox):
    issued = issue(sandbox.directory, wish(options=ResidentRecordOptions(members=(Member.SELF,))), Silence())
    assert issued.sheets == 1


async def test_center_municipality_shop_and_cash_agree_on_every_delivered_certificate(sandbox):
    async with KioskPage(sandbox.page()) as page:
        result = await Visitor(page).visit()
    assert result.outcome is not None
    assert result.outcome.reason is None
    assert result.outcome.money is MoneyPlace.TAKEN
    delivered = await sandbox.center("SELECT issuance_id FROM issuance WHERE state IN ('delivered', 'closed')")
    counted = await sandbox.municipality("SELECT issuance_id FROM issuing WHERE state = 'counted'")
    ready = await sandbox.municipality("SELECT issuance_id FROM issuing WHERE state = 'ready'")
    ids = {row["issuance_id"] for row in delivered}
    assert ids <= {row["issuance_id"] for row in counted} | {row["issuance_id"] for row in ready}


def test_a_wrong_pin_spends_a_try_and_says_so(sandbox):
    with pytest.raises(NotIssuedError) as refused:
        issue(sandbox.directory, wish(resident="R0005", pin="0000"), Silence())
    assert refused.value.code == "pin_wrong"


def test_a_resident_who_was_not_invented_is_refused_by_name(sandbox):
    with pytest.raises(UnknownResidentError):
        issue(sandbox.directory, wish(resident="R9999"), Silence())


async def test_after_a_session_no_key_and_no_plaintext_is_kept(sandbox):
    async with KioskPage(sandbox.page()) as page:
        result = await Visitor(page).visit()
    assert result.outcome is not None
    assert result.outcome.erased_at_ms is not None
    last = (await sandbox.center("SELECT issuance_id FROM issuance ORDER BY changed_at DESC LIMIT 1"))[0]
    row = await sandbox.municipality("SELECT body FROM issuing WHERE issuance_id = $1", last["issuance_id"])
    assert b"%PDF" not in row[0]["body"]
    for journal in (sandbox.directory / "data").glob("k01.sqlite*"):
        assert b"%PDF" not in journal.read_bytes()


async def test_the_tries_left_are_shown_and_the_card_is_given_back(sandbox):
    async with KioskPage(sandbox.page()) as page:
        await page.practice("lay", card="r0001")
        shown = None
        async for screen in page.screens():
            if screen.state is State.RESULT:
                await page.finish(screen)
            elif screen.state is State.IDLE and shown is None:
                await page.touch(Start(Service.TRIES))
            elif screen.state is State.TRIES:
                shown = screen
                await page.finish(screen)
            elif screen.state is State.IDLE:
                break
        await page.practice("take")
    assert shown is not None
    assert shown.tries_left == 3
