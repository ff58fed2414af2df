"""The shop controller: what one kiosk says never changes another's sale or case, and the clerk's word counts once."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest
from aiohttp import web
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.shop.clerk_page import clerk_app
from itaku.issuance.shop.ledger import Ledger
from itaku.issuance.shop.node import ShopNode
from itaku.issuance.transport.identity import Identity, Role

NOW = InstantMs(1_790_000_000_000)
CASE = s.CallClerk(
    kiosk="k01",
    issuance_id=bytes(range(16)),
    case_no="K01-0042",
    reason="printing_unconfirmed",
    fee_yen=Yen(600),
    sheets_total=4,
    refund_due=False,
    at_ms=NOW,
)
SALE = s.Book(
    kiosk="k01", issuance_id=bytes(range(16)), kind="resident-record", copies=2, sheets=2, fee_yen=Yen(600), at_ms=NOW
)
replace = msgspec.structs.replace


class Shop:
    def __init__(self, folder) -> None:
        self.ledger = Ledger(folder / "shop.sqlite")
        self.node = ShopNode(self.ledger, frozenset({"k01", "k02"}), FixedClock(NOW), CapturingLogger())

    async def say(self, message: s.ShopRequest, kiosk: str | None = None) -> s.ShopReply:
        peer = Identity(kiosk or message.kiosk, Role.KIOSK)
        return s.decode_shop_reply(await self.node.receive(peer, s.encode_shop(message)))

    async def code(self, message: s.ShopRequest, kiosk: str | None = None) -> str:
        reply = await self.say(message, kiosk)
        assert isinstance(reply, s.ShopRefused), reply
        return reply.code


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    yield shop
    shop.ledger.close()


async def test_a_sale_is_booked_once_however_often_it_is_told(shop):
    for _ in range(3):
        assert isinstance(await shop.say(SALE), s.ShopOk)
    assert shop.ledger.sales() == [(SALE.issuance_id, 600)]


@pytest.mark.parametrize(
    "other", [{"fee_yen": Yen(300)}, {"copies": 1}, {"kiosk": "k02"}, {"kind": "seal-registration"}]
)
async def test_the_same_sale_with_other_facts_is_a_conflict_without_effect(shop, other):
    await shop.say(SALE)
    assert await shop.code(replace(SALE, **other)) == "conflict"
    assert shop.ledger.sales() == [(SALE.issuance_id, 600)]


@pytest.mark.parametrize(
    "other",
    [
        {"kiosk": "k02", "refund_due": True},
        {"fee_yen": Yen(900), "refund_due": True},
        {"case_no": "K01-9999", "reason": "paper_jam"},
    ],
)
async def test_a_call_that_contradicts_a_case_is_a_conflict_and_leaves_the_case_as_it_was(shop, other):
    await shop.say(CASE)
    before = shop.ledger.case(CASE.issuance_id)
    assert await shop.code(replace(CASE, **other)) == "conflict"
    assert shop.ledger.case(CASE.issuance_id) == before


async def test_a_case_that_turns_into_a_refund_stays_one(shop):
    await shop.say(CASE)
    await shop.say(replace(CASE, refund_due=True, reason="paper_jam"))
    await shop.say(CASE)
    case = shop.ledger.case(CASE.issuance_id)
    assert case is not None
    assert case.refund_due


async def test_one_kiosk_does_not_hear_the_answer_to_anothers_case(shop):
    await shop.say(CASE)
    shop.ledger.saw_sheets(CASE.issuance_id, 4, NOW)
    assert await shop.code(s.AskClerk(kiosk="k02", issuance_id=CASE.issuance_id)) == "unknown_issuance"
    answer = await shop.say(s.AskClerk(kiosk="k01", issuance_id=CASE.issuance_id))
    assert answer == s.ClerkAnswer(kiosk="k01", issuance_id=CASE.issuance_id, sheets=4, refunded=False)


async def test_no_kiosk_speaks_for_another_and_no_other_shops_kiosk_is_served(shop):
    assert await shop.code(CASE, kiosk="k02") == "not_allowed"
    assert await shop.code(replace(CASE, kiosk="k09"), kiosk="k09") == "not_allowed"
    assert shop.ledger.cases() == []


async def test_the_clerks_word_counts_once(shop):
    await shop.say(CASE)
    assert not shop.ledger.saw_sheets(CASE.issuance_id, 5, NOW), "more sheets than there can be"
    assert shop.ledger.saw_sheets(CASE.issuance_id, 4, NOW)
    assert not shop.ledger.saw_sheets(CASE.issuance_id, 3, NOW)
    assert not shop.ledger.gave_back(CASE.issuance_id, NOW), "delivered: nothing is due"
    other = replace(CASE, issuance_id=bytes(16), refund_due=True)
    await shop.say(other)
    assert not shop.ledger.saw_sheets(other.issuance_id, 4, NOW), "the set is void"
    assert shop.ledger.gave_back(other.issuance_id, NOW)
    assert not shop.ledger.gave_back(other.issuance_id, NOW)
    assert not shop.ledger.gave_back(bytes([9] * 16), NOW)


# ---- the clerk's page


def never_signed(*_: object):
    raise AssertionError("nothing is made void here")


@pytest.fixture
async def page(shop):
    runner = web.AppRunner(clerk_app(shop.ledger, FixedClock(NOW), never_signed))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession(f"http://{host}:{port}", trust_env=False) as session:
        yield session
    await runner.cleanup()


async def press(page, path, origin=None, **form) -> int:
    headers = {"Origin": origin} if origin else {}
    async with page.post(path, data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status


HEX = CASE.issuance_id.hex()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"issuance": "xyz", "sheets": "1"},
        {"issuance": HEX, "sheets": "one"},
        {"issuance": HEX, "sheets": "1" * 4000},
        {"issuance": HEX, "sheets": "9" * 30},
        {"issuance": HEX, "sheets": "-1"},
        {"issuance": HEX, "sheets": "5"},
    ],
)
async def test_a_form_that_is_not_of_the_page_is_refused_and_settles_nothing(shop, page, form):
    await shop.say(CASE)
    assert await press(page, "/sheets", **form) in {303, 400}
    case = shop.ledger.case(CASE.issuance_id)
    assert case is not None
    assert case.open


async def test_a_form_of_another_page_is_refused(shop, page):
    await shop.say(CASE)
    assert await press(page, "/refunded", origin="http://elsewhere.example", issuance=HEX) == 403
    case = shop.ledger.case(CASE.issuance_id)
    assert case is not None
    assert case.open


async def test_what_a_kiosk_says_is_shown_as_text_and_never_as_markup(shop, page):
    await shop.say(replace(CASE, case_no="<b>1</b>", reason="<script>x</script>"))
    await shop.say(s.Heartbeat(kiosk="k01", state="<i>idle</i>", printer=("<u>jam</u>",), at_ms=NOW))
    async with page.get("/") as answer:
        text = await answer.text()
    for markup in ("<b>1</b>", "<script>x", "<i>idle", "<u>jam"):
        assert markup not in text
    assert "&lt;script&gt;" in text
