"""Whoever sits on the way may change what passes: then nothing comes out, and no money is taken."""

from __future__ import annotations

import msgspec
import pytest
from kiosk_by_hand import code_of, sign, touch

from itaku.basis.randomness import SystemRandomness
from itaku.basis.yen import Yen
from itaku.issuance.devices.contracts import PrinterStatus
from itaku.issuance.kiosk import events as e
from itaku.issuance.kiosk.machine import KioskMachine
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.digests import application_digest
from itaku.issuance.protocol.kinds import Member, ResidentRecordOptions, SealRegistrationOptions
from itaku.issuance.protocol.sealing import SessionSecret, seal
from itaku.supervisor.plan import BUILD

replace = msgspec.structs.replace
THIEF = SessionSecret()

CHANGES = {
    "fee": {"fee_yen": Yen(100)},
    "copies": {"copies": 5},
    "copies with their fee": {"copies": 5, "fee_yen": Yen(1500)},
    "options": {"options": ResidentRecordOptions(individual_number=True)},
    "members": {"options": ResidentRecordOptions(members=(Member.SPOUSE,))},
    "kind": {"options": SealRegistrationOptions()},
    "session key": {"session_key": THIEF.public},
    "challenge": {"challenge": bytes(32)},
    "kiosk": {"kiosk": "k02"},
    "municipality": {"municipality": "131016"},
    "issuance": {"issuance_id": bytes(range(16))},
}


def tampering(changes, *, digest_too: bool):
    """Someone on the way who changes each application, and its digest with it or not."""

    def change(request):
        if not isinstance(request, m.Apply):
            return request
        application = replace(request.application, **changes)
        digest = application_digest(application) if digest_too else request.digest
        return replace(request, application=application, digest=digest)

    return change


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("digest_too", [False, True], ids=["digest left", "digest renewed"])
async def test_a_relay_that_changes_an_application_gets_no_document(chain, what, digest_too):
    chain.relay_to_center = tampering(CHANGES[what], digest_too=digest_too)
    session = await chain.kiosk().opened()
    code = code_of(await session.apply())
    assert code in {"digest_mismatch", "fee_changed", "signature_invalid"}
    if not digest_too:
        assert code == "digest_mismatch"
    assert chain.city_state(session.id) in {"absent", "void"}
    assert code_of(await session.permit()) in {"wrong_state", "signature_invalid"}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("digest_too", [False, True], ids=["digest left", "digest renewed"])
async def test_a_center_that_changes_an_application_gets_no_document_either(chain, what, digest_too):
    chain.center_to_city = tampering(CHANGES[what], digest_too=digest_too)
    session = await chain.kiosk().opened()
    code = code_of(await session.apply())
    assert code in {"digest_mismatch", "signature_invalid", "municipality_unknown"}
    assert chain.city_rows[session.id].sealed == b""
    assert chain.center_state(session.id) == "refused"


async def test_a_relay_that_puts_its_own_key_into_open_and_apply_fails_at_the_cards_signature(chain):
    swap = tampering({"session_key": THIEF.public}, digest_too=True)
    chain.relay_to_center = lambda request: (
        replace(request, session_key=THIEF.public) if isinstance(request, m.Open) else swap(request)
    )
    session = await chain.kiosk().opened()
    assert code_of(await session.apply()) == "signature_invalid"
    assert chain.city_rows[session.id].sealed == b""


async def test_a_relay_that_puts_another_card_beside_the_signature_fails(chain):
    other = await (await touch(chain.parts.card("r0002"))).certificate()
    chain.relay_to_center = lambda request: (
        replace(request, card_certificate=other) if isinstance(request, m.Apply) else request
    )
    session = await chain.kiosk().opened()
    assert code_of(await session.apply()) == "signature_invalid"


async def test_a_relay_that_lowers_the_fee_on_the_menu_sells_nothing(chain):
    chain.relay_to_kiosk = lambda answer: (
        replace(answer, menu=tuple(replace(item, fee_yen=Yen(1)) for item in answer.menu))
        if isinstance(answer, m.OpenOk)
        else answer
    )
    session = await chain.kiosk().opened()
    assert session.ok is not None
    fee = session.ok.menu[0].fee_yen
    request = await session.apply_request(session.application(fee_yen=fee))
    assert code_of(await session.hand.ask(request)) == "fee_changed"


@pytest.mark.parametrize("field", ["challenge", "challenge_token"])
async def test_a_relay_that_changes_the_challenge_gets_no_document(chain, field):
    def flip(answer):
        if not isinstance(answer, m.OpenOk):
            return answer
        value = bytearray(getattr(answer, field))
        value[-1] ^= 1
        return replace(answer, **{field: bytes(value)})

    chain.relay_to_kiosk = flip
    session = await chain.kiosk().opened()
    assert code_of(await session.apply()) in {"digest_mismatch", "signature_invalid"}


# ---- what comes back: the kiosk's own machine, with its own keys


class Machine:
    """A kiosk's machine up to the moment when the document arrives."""

    def __init__(self, chain) -> None:
        self.chain = chain
        self.machine = KioskMachine("k01", BUILD, chain.parts.kiosk_crypto("k01"), SystemRandomness())

    def tell(self, event) -> list[e.Effect]:
        return self.machine.handle(self.chain.now(), event)

    async def applied(self, resident: str = "r0001") -> m.Answer:
        """Everything before the answer; the municipality's answer as it is."""
        card = self.chain.parts.card(resident)
        self.tell(e.Started(tries_only=False))
        (opening,) = self.tell(e.CardRead(await (await touch(card)).certificate(), 3))
        self.tell(e.Answered(self.chain.ask(opening.request)))
        (signing,) = self.tell(e.Chosen(ResidentRecordOptions(), 1, "1234"))
        _, applying = self.tell(e.Signed(await sign(card, signing.digest)))
        return self.chain.ask(applying.request)


async def other_answer(chain, resident: str) -> m.Prepared:
    session = await chain.kiosk().prepared(resident)
    assert session.answer is not None
    return session.answer


def flipped(data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)


async def test_the_document_as_it_was_made_goes_on_to_the_printers_check(chain):
    kiosk = Machine(chain)
    assert kiosk.tell(e.Answered(await kiosk.applied())) == [e.AskPrinter()]
    assert kiosk.machine.state == "checking"


SPOILED = {
    "another session's sealed bytes": lambda ours, other, _key: replace(ours, sealed=other.sealed),
    "another session's answer": lambda _ours, other, _key: other,
    "a bit of the sealed key": lambda ours, _other, _key: replace(ours, sealed=flipped(ours.sealed, 5)),
    "a bit of the sealed document": lambda ours, _other, _key: replace(ours, sealed=flipped(ours.sealed, -40)),
    "a cut document": lambda ours, _other, _key: replace(ours, sealed=ours.sealed[:-1]),
    "nothing": lambda ours, _other, _key: replace(ours, sealed=b""),
    "one page fewer": lambda ours, _other, _key: replace(ours, pages=ours.pages + 1),
    "another digest": lambda ours, other, _key: replace(ours, digest=other.digest),
    "another kiosk": lambda ours, _other, _key: replace(ours, kiosk="k02"),
    "a document of the relay's own": lambda ours, _other, key: replace(
        ours, sealed=seal(b"%PDF-1.7", key, ours.digest)
    ),
}


@pytest.mark.parametrize("what", SPOILED)
async def test_a_document_that_was_changed_on_its_way_ends_the_session_before_money(chain, what):
    kiosk = Machine(chain)
    ours = await kiosk.applied()
    other = await other_answer(chain, "r0002")
    assert kiosk.machine.application is not None
    effects = kiosk.tell(e.Answered(SPOILED[what](ours, other, kiosk.machine.application.session_key)))
    assert kiosk.machine.state == "ended"
    assert kiosk.machine.reason == "document_mismatch"
    assert not kiosk.machine.holds_key
    assert [type(effect) for effect in effects] == [e.Withdraw]


async def test_a_namesakes_real_document_sealed_to_this_session_is_refused_by_the_kiosk(chain):
    """Someone who could read another session's document and seal it to this one still cannot pass it for this one's."""
    kiosk = Machine(chain)
    ours = await kiosk.applied()
    other = await chain.kiosk().prepared("r0002")
    assert other.answer is not None
    assert kiosk.machine.application is not None
    stolen = other.secret.open(other.answer.sealed, other.digest)
    forged = replace(ours, sealed=seal(stolen, kiosk.machine.application.session_key, ours.digest))
    kiosk.tell(e.Answered(forged))
    assert (kiosk.machine.state, kiosk.machine.reason) == ("ended", "document_mismatch")


@pytest.mark.parametrize("answer", ["DeliveredOk", "ErasedOk", "PermitOk", "OpenOk"])
async def test_an_answer_to_another_question_moves_nothing(chain, answer):
    kiosk = Machine(chain)
    await kiosk.applied()
    facts = (kiosk.machine.issuance_id, "k01")
    wrong = kiosk.machine.open_ok if answer == "OpenOk" else getattr(m, answer)(*facts)
    assert kiosk.tell(e.Answered(wrong)) == []
    assert kiosk.machine.state == "applying"


async def test_no_money_is_asked_for_before_the_centers_permit(chain):
    kiosk = Machine(chain)
    kiosk.tell(e.Answered(await kiosk.applied()))
    status = PrinterStatus(ready=True, idle=True, counter=0, reasons=())
    effects = kiosk.tell(e.PrinterSaid(status))
    assert [type(effect) for effect in effects] == [e.Persist, e.Send]
    again = kiosk.tell(e.Answered(await other_answer(chain, "r0002")))
    assert again == []
    refused = m.Refused(kiosk.machine.issuance_id, "k01", code="ended")
    assert not any(isinstance(effect, e.Take) for effect in kiosk.tell(e.Answered(refused)))
    assert kiosk.machine.at_rest
