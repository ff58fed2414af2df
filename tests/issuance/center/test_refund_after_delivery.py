"""S1-8-1: one bad copy voids the whole set, at center and municipality, and only by the shop that sold it."""

from __future__ import annotations

import msgspec
import pytest
from kiosk_by_hand import code_of

from itaku.issuance.center import machine as center
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.receipts import ReceiptRefusedError, check_void_receipt
from itaku.issuance.transport.identity import Role

replace = msgspec.structs.replace


async def delivered(chain):
    session = await chain.kiosk().prepared()
    return await session.to_the_end()


async def test_a_refund_of_one_bad_copy_voids_the_whole_set_at_center_and_municipality(chain):
    session = await delivered(chain)
    assert isinstance(await session.void(), m.VoidOk)
    row = chain.center_rows[session.id]
    assert (row.state, row.told, row.voided_ms) == ("voided", True, chain.now())
    assert chain.city_state(session.id) == "voided"
    assert chain.incidents == []


async def test_a_void_that_is_told_again_gets_the_same_answer_and_changes_nothing(chain):
    session = await delivered(chain)
    request = session.void_request()
    first = chain.ask(request)
    row, city = chain.center_rows[session.id], chain.city_rows[session.id]
    assert chain.ask(request) == first
    assert (chain.center_rows[session.id], chain.city_rows[session.id]) == (row, city)


async def test_a_part_of_the_set_is_never_taken_for_void(chain):
    session = await delivered(chain)
    part = session.void_request(receipt=session.void_receipt(sheets=session.sheets() + 1))
    assert code_of(chain.ask(part)) == "conflict"
    assert chain.center_state(session.id) == "closed"
    assert chain.city_state(session.id) == "counted"
    assert "report_mismatch" in chain.incidents


@pytest.mark.parametrize("signer", [("shop-2", Role.SHOP), ("shop-1", Role.KIOSK), ("relay-1", Role.RELAY)])
async def test_nobody_but_the_shop_of_the_kiosk_makes_a_set_void(chain, signer):
    session = await delivered(chain)
    name, role = signer
    receipt = session.void_receipt(shop=name, role=role)
    for shop in {"shop-1", name}:
        assert code_of(chain.ask(session.void_request(shop=shop, receipt=receipt))) == "signature_invalid"
    assert chain.center_state(session.id) == "closed"
    assert set(chain.incidents) == {"receipt_refused"}


async def test_a_set_that_was_not_reported_delivered_yet_is_made_void_by_a_later_try(chain):
    session = await chain.kiosk().prepared()
    await session.permit()
    assert code_of(await session.void()) == "wrong_state"
    await session.delivered()
    assert isinstance(await session.void(), m.VoidOk)
    assert isinstance(await session.erased(), m.ErasedOk), "the kiosk's last report is heard all the same"
    assert chain.center_state(session.id) == "voided"
    assert chain.incidents == []


async def test_the_municipality_is_told_again_until_it_has_heard_of_a_void(chain):
    session = await delivered(chain)
    chain.city_answers = False
    assert isinstance(await session.void(), m.VoidOk)
    assert chain.city_state(session.id) == "counted"
    chain.clock.advance(center.TELL_EVERY_MS)
    chain.city_answers = True
    chain.at_center(center.Deadline(session.id))
    assert chain.city_state(session.id) == "voided"
    assert chain.center_rows[session.id].told
    chain.clock.advance(86_400_000)
    assert chain.center_step(center.Deadline(session.id)).effects == ()


async def test_an_outcome_acknowledged_late_does_not_pass_for_a_void_that_was_heard(chain):
    session = await chain.kiosk().prepared()
    await session.permit()
    chain.city_answers = False
    await session.delivered()
    await session.void()
    (outcome,) = [m.Outcome(*session.key, municipality=chain.center_rows[session.id].municipality, delivered=True)]
    chain.at_center(center.FromMunicipality(m.OutcomeOk(*session.key), outcome))
    assert not chain.center_rows[session.id].told
    chain.city_answers = True
    # The municipality never heard of the delivery: the void alone brings it to the same end.
    chain.clock.advance(center.TELL_EVERY_MS)
    chain.at_center(center.Deadline(session.id))
    assert chain.city_state(session.id) == "voided"
    assert isinstance(chain.at_city(outcome), m.OutcomeOk), "a late repetition is no contradiction"
    assert chain.city_state(session.id) == "voided"
    assert chain.incidents == []


async def test_a_void_receipt_holds_for_its_own_set_and_shop_only(chain):
    session = await delivered(chain)
    receipt = session.void_receipt()
    ca = chain.policy._node_ca
    check_void_receipt(receipt, session.id, "k01", "shop-1", ca)
    for change in ({"sheets": receipt.sheets + 1}, {"voided_ms": receipt.voided_ms + 1}, {"signature": b"x"}):
        with pytest.raises(ReceiptRefusedError):
            check_void_receipt(replace(receipt, **change), session.id, "k01", "shop-1", ca)
    for facts in ((bytes(16), "k01", "shop-1"), (session.id, "k02", "shop-1"), (session.id, "k01", "shop-2")):
        with pytest.raises(ReceiptRefusedError):
            check_void_receipt(receipt, *facts, ca)
