"""The responder's answer goes with the application to the municipality, which believes its signature alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from cryptography import x509
from kiosk_by_hand import code_of, touch

from itaku.basis.randomness import SystemRandomness
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_status import status_request
from itaku.issuance.protocol.card_trust_files import CardTrustFiles
from itaku.issuance.transport.published import PublishedClient
from itaku.sandbox.ocsp import ANSWER_LASTS_MS

OCSP = "ocsp-1"


async def heard(town, card):
    """What the running responder says of a card at this moment."""
    certificate = x509.load_der_x509_certificate(await (await touch(card)).certificate())
    folders = town.sandbox.settings("center-1")
    trust = CardTrustFiles(Path(folders["card_anchors"]), Path(folders["card_crl"]), ()).current()
    generation, _ = trust.issuer_of(certificate, town.now())
    asked = status_request(certificate, trust.anchors[generation], SystemRandomness().token(32))
    async with PublishedClient() as published:
        return await published.fetch(
            folders["card_ocsp_url"], 16_384, body=asked, content_type="application/ocsp-request"
        )


async def test_the_municipality_wants_a_current_answer_about_this_very_card(town):
    others = await heard(town, town.card("r0006"))
    for staple in (b"", others, b"\x30\x03\x0a\x01\x03"):
        session = await town.kiosk().opened("r0001")
        request = await session.apply_request(card_status=staple)
        assert code_of(await town.ask_city(request)) == "card_status_unknown"
        assert await town.city_state(session.id) == "void"
    session = await town.kiosk().opened("r0001")
    own = await heard(town, session.card)
    request = await session.apply_request(card_status=own)
    assert isinstance(await town.ask_city(request), m.Prepared)
    newer = msgspec.structs.replace(request, card_status=await heard(town, session.card))
    assert newer != request
    assert isinstance(await town.ask_city(newer), m.Prepared), "a newer answer makes no other application of it"


async def test_whatever_a_kiosk_staples_the_center_puts_its_own_in_its_place(town):
    session = await town.kiosk().opened("r0001")
    request = await session.apply_request(card_status=b"rubbish")
    session.digest = request.digest
    assert isinstance(await session.hand.ask(request), m.Prepared)
    assert isinstance(await session.hand.ask(request), m.Prepared), (
        "a retry with another staple is the same application"
    )


async def test_without_the_responder_cards_are_refused_before_money_and_no_list_stands_in(town):
    """The policy of this installation: an answer in force or no certificate. Known answers go on until they end."""
    session = await town.kiosk().opened("r0001")
    town.sandbox.supervisor.freeze(OCSP)
    try:
        # What the center heard at `Open` is still in force: whoever is under way is not sent away.
        request = await session.apply_request()
        session.digest = request.digest
        assert isinstance(await session.hand.ask(request), m.Prepared)
        await session.abandon()
        town.sandbox.move_clock(ANSWER_LASTS_MS + 5_000)
        await town.fresh()
        late = town.kiosk().session("r0001")
        assert code_of(await late.open()) == "card_status_unknown"
        assert await town.state(late.id) is None, "a refused open leaves nothing behind"
    finally:
        town.sandbox.supervisor.thaw(OCSP)
    await asyncio.to_thread(town.sandbox.supervisor.kill9, OCSP)
    await asyncio.to_thread(town.sandbox.supervisor.wait_ready, OCSP)
    session = await town.kiosk().opened("r0001")
    assert isinstance(await session.apply(), m.Prepared)
