"""From card to the public page: a delivered certificate is said to count, and no more once its set was refunded."""

from __future__ import annotations

import io

import aiohttp
from kiosk_by_hand import CITY, code_of, until

from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.standings import StandingAsked, encode_standing
from itaku.issuance.transport.identity import Role
from itaku.sandbox.town import CODE


async def told_by_the_page(town, pdf):
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(pdf), filename="certificate.pdf", content_type="application/pdf")
    url = town.sandbox.page("verification")
    async with aiohttp.ClientSession(trust_env=False) as session, session.post(url, data=form) as response:
        assert response.status == 200
        return await response.text()


async def test_a_certificate_counts_until_its_set_is_refunded(town):
    session = await town.kiosk().prepared("r0001")
    assert session.answer is not None
    pdf = session.secret.open(session.answer.sealed, session.digest)
    assert "交付の記録がありません" in await told_by_the_page(town, pdf), "nobody has paid for it yet"
    await session.to_the_end()

    async def counted():
        return await town.city_state(session.id) == "counted"

    await until(counted)
    text = await told_by_the_page(town, pdf)
    assert "発行者と記載内容が確かめられました" in text
    assert "交付されていて、取り消されていません" in text
    # The municipality is told as the center tells it: what the shop does at its register is tested there.
    answer = await town.ask_city(session.void_request())
    assert isinstance(answer, m.VoidOk), code_of(answer)
    text = await told_by_the_page(town, pdf)
    assert "<h1>返金済・無効の証明書です。使えません</h1>" in text
    assert "取り消されていません" not in text


async def test_only_the_page_may_ask_and_it_may_ask_nothing_else(town):
    question = encode_standing(StandingAsked(CODE, "AAAA-BBBBB-CCCCC"))
    for name, role in (("k01", Role.KIOSK), ("relay-1", Role.RELAY), ("center-1", Role.CENTER)):
        line = town.client(town.files(name, role), CITY)
        assert code_of(m.decode_answer(await line.post("/standing", question, 5))) == "not_allowed"
    page = town.client(town.files("verification", Role.VERIFICATION), CITY)
    assert b"unknown" in await page.post("/standing", question, 5)
    for path in ("/m", "/feed"):
        assert code_of(m.decode_answer(await page.post(path, question, 5))) == "not_allowed"
