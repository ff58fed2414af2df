"""利用登録申請 through the real processes: a resident of 汐見市 whose family register is in 北浜市, and the reverse."""

from __future__ import annotations

import asyncio
import subprocess
import time

import asyncpg
import msgspec
import pytest

from itaku.basis.clock import InstantMs
from itaku.commands.issue import NotIssuedError, Wish, issue
from itaku.commands.register_use import NotReceivedError, UseWish, register_use
from itaku.commands.use_registrations import approved, listed, refused, taken_up
from itaku.issuance.municipality.registrations.officer import HolderUnconfirmedError
from itaku.issuance.municipality.registrations.row import Ground, UseRow
from itaku.issuance.protocol.kinds import FamilyRegisterAllOptions, Kind
from itaku.sandbox import neighbour
from itaku.supervisor.plan import MUNICIPALITY, NEIGHBOUR
from itaku.supervisor.progress import Silence

HERE = "991015"
APPLICANT, HEAD, DOMICILE = "r0035", "帆掛 元子", "海原県北浜市本町二丁目５番地"


def patiently(visit):
    """A machine that is slow lets fewer people begin (`busy`): they come again."""
    for _ in range(20):
        try:
            return visit()
        except NotIssuedError as held_back:
            if held_back.code != "busy":
                raise
        time.sleep(1)
    pytest.fail("nobody was let in")


def apply(sandbox, resident=APPLICANT, head=HEAD, domicile=DOMICILE, municipality=neighbour.CODE):
    wish = UseWish(resident, municipality, domicile, head, "1234")
    return patiently(lambda: register_use(sandbox.directory, wish, Silence()))


def certificate(sandbox, resident, registry):
    wish = Wish(resident, FamilyRegisterAllOptions(), Kind.FAMILY_REGISTER_ALL, 1, "1234", registry)
    issued = patiently(lambda: issue(sandbox.directory, wish, Silence()))
    text = subprocess.run(["pdftotext", "-layout", issued.pdf, "-"], check=True, capture_output=True).stdout
    return issued, text.decode()


def reason(sandbox, resident, registry):
    with pytest.raises(NotIssuedError) as withheld:
        certificate(sandbox, resident, registry)
    return withheld.value.code


async def first_day_comes(sandbox, of):
    """Brings the first day of use of every approved registration into the past: the clock is everybody's."""
    connection = await asyncpg.connect(sandbox.settings(of)["dsn"])
    try:
        for found in await connection.fetch(
            "SELECT issuance_id, body FROM use_registration WHERE state = 'under_review'"
        ):
            row = msgspec.msgpack.decode(found["body"], type=UseRow)
            body = msgspec.msgpack.encode(msgspec.structs.replace(row, usable_from_ms=InstantMs(row.received_ms)))
            await connection.execute(
                "UPDATE use_registration SET body = $2 WHERE issuance_id = $1", found["issuance_id"], body
            )
    finally:
        await connection.close()


def logs_with(sandbox, *words):
    return [
        path.name
        for path in (sandbox.directory / "log").iterdir()
        if any(word in path.read_text(encoding="utf-8", errors="replace") for word in words)
    ]


def test_from_the_application_to_the_certificate(sandbox):
    assert reason(sandbox, APPLICANT, neighbour.CODE) == "registration_none"
    with pytest.raises(NotReceivedError) as unknown:
        apply(sandbox, head="帆掛 元吉")
    assert unknown.value.code == "register_not_found"
    received = apply(sandbox)
    assert received.fee_yen == 0
    assert reason(sandbox, APPLICANT, neighbour.CODE) == "registration_under_review"
    with pytest.raises(NotReceivedError) as again:
        apply(sandbox)
    assert again.value.code == "registration_under_review"
    with pytest.raises(NotReceivedError) as often:
        apply(sandbox)
    assert often.value.code == "registration_too_often"

    facts, _ = taken_up(sandbox.directory, NEIGHBOUR, received.receipt_no, "磯部")
    assert facts["state"] == "under_review"
    assert len(facts["working"]) >= 7
    assert approved(sandbox.directory, NEIGHBOUR, received.receipt_no, "磯部")[0]["approved"] is True
    assert reason(sandbox, APPLICANT, neighbour.CODE) == "registration_waiting"
    asyncio.run(first_day_comes(sandbox, NEIGHBOUR))

    issued, text = certificate(sandbox, APPLICANT, neighbour.CODE)
    assert issued.fee_yen == 400
    assert "北浜市長" in text
    assert "汐音" in text, "the whole register shows who lives in neither municipality too"
    assert listed(sandbox.directory, NEIGHBOUR, everything=True)[0]["applications"][0]["state"] == "in_effect"

    found = asyncio.run(sandbox.municipality("SELECT count(*) AS n FROM use_registration"))
    assert found[0]["n"] == 0, "the residence municipality never hears of it"
    query = "SELECT count(*) AS n FROM issuing WHERE issuance_id = $1"
    issuing = asyncio.run(sandbox.municipality(query, bytes.fromhex(issued.issuance_id)))
    assert issuing[0]["n"] == 0
    assert logs_with(sandbox, "帆掛", "本町二丁目") == []


def test_the_reverse_and_an_officers_refusal(sandbox):
    domicile, head = "汐見市浜町一丁目12番地", "沖野　千帆"
    with pytest.raises(NotReceivedError) as own:
        apply(sandbox, "k0001", head, domicile, neighbour.CODE)
    assert own.value.code == "municipality_unknown", "one's own municipality is none to register at"
    with pytest.raises(NotReceivedError) as not_there:
        apply(sandbox, "r0036", head, domicile, neighbour.CODE)
    assert not_there.value.code == "register_not_found", "one municipality knows nothing of the other's registers"
    received = apply(sandbox, "k0001", head, domicile, HERE)
    taken_up(sandbox.directory, MUNICIPALITY, received.receipt_no, "浜野")
    decided, _ = refused(sandbox.directory, MUNICIPALITY, received.receipt_no, "浜野", Ground.IDENTITY_UNCONFIRMED)
    assert (decided["state"], decided["reason"]) == ("refused", "identity_unconfirmed")
    assert reason(sandbox, "k0001", HERE) == "registration_refused"
    assert reason(sandbox, "k0001", "") == "register_elsewhere"


def test_whoever_is_not_in_the_register_is_not_approved(sandbox):

    received = apply(sandbox, "r0115")
    taken_up(sandbox.directory, NEIGHBOUR, received.receipt_no, "磯部")
    with pytest.raises(HolderUnconfirmedError):
        approved(sandbox.directory, NEIGHBOUR, received.receipt_no, "磯部")
    assert reason(sandbox, "r0115", neighbour.CODE) == "registration_under_review"


def test_what_a_registry_municipality_does_not_issue_cannot_be_had_of_it(sandbox):
    wish = Wish(APPLICANT, None, Kind.RESIDENT_RECORD, 1, "1234", neighbour.CODE)
    with pytest.raises(NotIssuedError) as refused_kind:
        patiently(lambda: issue(sandbox.directory, wish, Silence()))
    assert refused_kind.value.code == "option_not_allowed"
