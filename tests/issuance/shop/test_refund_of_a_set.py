"""S1-8-1 at the register: one bad copy voids the whole set, in an order that cannot be left."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from structlog.testing import CapturingLogger

from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import IssuanceId
from itaku.basis.yen import Yen
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol import shop_messages as s
from itaku.issuance.protocol.receipt_numbers import read_receipt_no, receipt_no
from itaku.issuance.protocol.receipts import check_void_receipt
from itaku.issuance.shop.clerk_page import clerk_app
from itaku.issuance.shop.ledger import ConflictError, Ledger
from itaku.issuance.shop.refunds import Disposal, Step, Wrong
from itaku.issuance.shop.void_telling import VoidTelling, signer
from itaku.issuance.transport.client import PeerUnreachableError
from itaku.issuance.transport.identity import Role

NOW = InstantMs(1_790_000_000_000)
ID = IssuanceId(bytes(range(16)))
SALE = s.Book(
    kiosk="k01", issuance_id=ID, kind="resident-record", copies=2, sheets=3, fee_yen=Yen(600), at_ms=NOW - 60_000
)
PATH = f"/refund/{ID.hex()}"


class Relay:
    """The shop's line: keeps what it is sent, and answers as the test says."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.heard: list[m.Void] = []

    async def post(self, _path: str, body: bytes, _timeout_s: float) -> bytes:
        request = m.decode_request(body)
        assert isinstance(request, m.Void)
        answer = self.answers.pop(0) if self.answers else "ok"
        if answer == "silent":
            raise PeerUnreachableError
        self.heard.append(request)
        return m.encode(m.VoidOk(request.issuance_id, request.kiosk) if answer == "ok" else m.refuse(request, answer))


class Register:
    def __init__(self, folder, parts) -> None:
        self.path = folder / "shop.sqlite"
        files = parts.pki.node("shop-1", Role.SHOP)
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes()).public_bytes(Encoding.DER)
        self.sign = signer("shop-1", load_pem_private_key(files.key.read_bytes(), None), certificate)
        self.ca = x509.load_pem_x509_certificate(parts.pki.ca.read_bytes())
        self.relay = Relay()
        self.open()
        self.ledger.book(SALE)

    def open(self) -> None:
        self.ledger = Ledger(self.path)
        self.refunds = self.ledger.refunds
        self.telling = VoidTelling(self.refunds, self.relay, FixedClock(NOW), CapturingLogger())

    def crash(self) -> None:
        """Power goes and comes back."""
        self.ledger.close()
        self.open()

    def stamp(self, sheet: int) -> bool:
        sale = self.ledger.sale(ID)
        assert sale is not None
        return self.refunds.stamped(ID, sheet, NOW, lambda sheets: self.sign(sale, sheets, NOW))

    def step(self) -> Step:
        found = self.refunds.of(ID)
        assert found is not None
        return found.step


@pytest.fixture
def register(tmp_path, parts):
    register = Register(tmp_path, parts)
    yield register
    register.ledger.close()


def brought_to(register: Register, step: Step) -> None:
    """A refund at that step, by its own way."""
    assert register.refunds.begin(ID, Wrong.FAINT, NOW)
    if step is Step.COLLECT:
        return
    assert register.refunds.collected(ID, 3, NOW)
    if step is Step.STAMP:
        return
    assert all(register.stamp(sheet) for sheet in (1, 2, 3))
    if step is Step.DISPOSE:
        assert register.refunds.paid(ID, NOW)


def test_nothing_less_than_the_whole_set_is_taken_back(register):
    brought_to(register, Step.COLLECT)
    for sheets in (0, 2, 4):
        assert not register.refunds.collected(ID, sheets, NOW)
    assert register.step() is Step.COLLECT
    assert register.refunds.collected(ID, 3, NOW)


def test_no_step_can_be_taken_before_its_turn(register):
    refunds = register.refunds
    assert not refunds.collected(ID, 3, NOW)
    assert not register.stamp(1)
    brought_to(register, Step.COLLECT)
    assert not register.stamp(1)
    assert not refunds.paid(ID, NOW)
    assert not refunds.disposed(ID, Disposal.HANDED, "12", NOW)
    refunds.collected(ID, 3, NOW)
    register.stamp(2)
    assert not refunds.paid(ID, NOW), "no money before the whole set is void"
    assert not refunds.disposed(ID, Disposal.HANDED, "12", NOW), "no sheet is handed out before all are void"


def test_the_set_is_void_with_the_last_stamp_and_not_before(register):
    brought_to(register, Step.STAMP)
    assert register.stamp(3)
    assert not register.stamp(3), "a stamp counts once"
    assert not register.stamp(4)
    assert register.stamp(1)
    assert register.refunds.untold() == []
    assert register.stamp(2)
    assert register.step() is Step.PAY
    (told,) = register.refunds.untold()
    check_void_receipt(told.receipt, ID, "k01", "shop-1", register.ca)
    assert told.receipt.sheets == 3


def test_the_fee_goes_back_once_and_once_only(register):
    brought_to(register, Step.PAY)
    assert register.refunds.paid(ID, NOW)
    assert not register.refunds.paid(ID, NOW)
    assert not register.refunds.begin(ID, Wrong.FAINT, NOW), "a set that is void cannot be refunded again"


def test_a_customer_may_keep_the_set_until_the_first_stamp(register):
    brought_to(register, Step.STAMP)
    assert register.refunds.give_up(ID)
    assert register.refunds.of(ID) is None
    brought_to(register, Step.STAMP)
    register.stamp(1)
    assert not register.refunds.give_up(ID)


def test_a_power_cut_loses_no_step_and_no_word_to_the_center(register):
    brought_to(register, Step.STAMP)
    register.stamp(1)
    register.crash()
    found = register.refunds.of(ID)
    assert found is not None
    assert found.stamped == {1}
    register.stamp(2)
    register.stamp(3)
    before = register.refunds.untold()
    register.crash()
    assert register.refunds.untold() == before


def test_what_was_never_sold_here_is_not_refunded(register):
    assert not register.refunds.begin(bytes(16), Wrong.FAINT, NOW)


async def test_the_center_is_told_the_same_again_until_it_has_heard(register):
    brought_to(register, Step.PAY)
    register.relay.answers = ["silent", "center_unavailable", "wrong_state", "ok"]
    (message,) = register.refunds.untold()
    assert [await register.telling.tell(message) for _ in range(4)] == [False, False, False, True]
    assert register.relay.heard == [message] * 3
    assert register.refunds.untold() == []


async def test_a_center_that_contradicts_is_shown_to_the_clerk_and_the_refund_goes_on(register):
    brought_to(register, Step.PAY)
    register.relay.answers = ["conflict"]
    (message,) = register.refunds.untold()
    assert not await register.telling.tell(message)
    found = register.refunds.of(ID)
    assert found is not None
    assert found.refused == "conflict"
    assert register.refunds.paid(ID, NOW)


@pytest.mark.parametrize("typed", ["{0}", "{1}", " k{1} ", "K{2}"])
def test_a_receipt_number_is_found_however_it_is_typed(register, typed):
    number = receipt_no(ID)
    digits = "".join(number.split())[1:]
    wide = digits.translate({ord("0") + n: ord("０") + n for n in range(10)})
    found = read_receipt_no(typed.format(number, digits, wide))
    assert found == number
    assert [sale.issuance_id for sale in register.ledger.sales_of(number)] == [ID]


@pytest.mark.parametrize("typed", ["", "K", "123456", "12345678", "K7 4821 9x", "7.482193"])
def test_what_is_no_receipt_number_is_none(typed):
    assert read_receipt_no(typed) is None


def test_a_ledger_of_before_sheets_were_booked_is_brought_up_to_date(tmp_path):
    path = tmp_path / "old.sqlite"
    ledger = Ledger(path)
    ledger._db.execute("DROP TABLE sale")
    ledger._db.execute(
        "CREATE TABLE sale (issuance_id BLOB PRIMARY KEY, kiosk TEXT NOT NULL, kind TEXT NOT NULL,"
        " copies INTEGER NOT NULL, fee_yen INTEGER NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID"
    )
    ledger._db.execute("INSERT INTO sale VALUES (?, 'k01', 'resident-record', 2, 600, ?)", (ID, NOW))
    ledger.close()
    again = Ledger(path)
    (sale,) = again.sales_of(receipt_no(ID))
    assert (sale.sheets, sale.fee_yen) == (2, 600)
    again.close()


# ---- the pages


@pytest.fixture
async def clerk(register):
    runner = web.AppRunner(clerk_app(register.ledger, FixedClock(NOW), register.sign))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession(f"http://{host}:{port}", trust_env=False) as session:
        yield session
    await runner.cleanup()


async def read(clerk, path: str) -> str:
    async with clerk.get(path) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def press(clerk, path: str, **form: str) -> str:
    """Presses a button and reads the page that follows."""
    async with clerk.post(path, data=form) as answer:
        assert answer.status == 200, (path, answer.status)
        return await answer.text()


async def test_the_page_leads_through_the_whole_refund(register, clerk):
    found = await read(clerk, f"/refund?number={receipt_no(ID)}")
    assert f'href="{PATH}"' in found
    assert "どこが悪いですか" in await read(clerk, PATH)
    assert "手元の枚数" in await press(clerk, f"{PATH}/begin", wrong="smeared")
    assert "返金できません" in await press(clerk, f"{PATH}/collected", sheets="2")
    assert "0 / 3枚" in await press(clerk, f"{PATH}/collected", sheets="3")
    for sheet in ("1", "2"):
        text = await press(clerk, f"{PATH}/stamped", sheet=sheet)
        assert "1枚もお渡ししないでください" in text
        assert "600円を返す" not in text
    assert "600円を返す" in await press(clerk, f"{PATH}/stamped", sheet="3")
    assert "無効の用紙3枚" in await press(clerk, f"{PATH}/paid")
    assert "名札の番号を数字" in await press(clerk, f"{PATH}/disposed", how="shredded", staff="浜野")
    assert "終わりました" in await press(clerk, f"{PATH}/disposed", how="shredded", staff="12")
    slip = await read(clerk, f"{PATH}/slip")
    assert receipt_no(ID) in slip
    assert "返金済・無効" in slip
    assert ID.hex() not in slip
    (message,) = register.refunds.untold()
    await register.telling.tell(message)
    assert "センターで無効になりました" in await read(clerk, PATH)


async def test_a_slip_is_printed_of_a_void_set_only(register, clerk):
    brought_to(register, Step.STAMP)
    async with clerk.get(f"{PATH}/slip") as answer:
        assert answer.status == 404


@pytest.mark.parametrize("number", ["1234567", "<script>", "123"])
async def test_a_number_that_leads_nowhere_is_told_beside_the_field(clerk, number):
    async with clerk.get("/refund", params={"number": number}) as answer:
        text = await answer.text()
    assert 'role="alert"' in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("path", "form"),
    [
        (f"{PATH}/begin", {"wrong": "nothing"}),
        (f"{PATH}/collected", {"sheets": "-1"}),
        (f"{PATH}/collected", {"sheets": "x"}),
        (f"{PATH}/stamped", {}),
        (f"{PATH}/disposed", {"how": "kept", "staff": "1"}),
        ("/refund/zz/paid", {}),
        (f"/refund/{'00' * 16}/paid", {}),
    ],
)
async def test_a_form_that_is_not_of_these_pages_changes_nothing(register, clerk, path, form):
    brought_to(register, Step.COLLECT)
    before = register.refunds.of(ID)
    async with clerk.post(path, data=form) as answer:
        assert answer.status in {400, 404}
    assert register.refunds.of(ID) == before


async def test_a_form_of_another_page_is_refused_for_every_step(register, clerk):
    brought_to(register, Step.PAY)
    async with clerk.post(f"{PATH}/paid", headers={"Origin": "http://elsewhere.example"}) as answer:
        assert answer.status == 403
    assert register.step() is Step.PAY


async def test_left_sheets_are_kept_handed_over_or_destroyed_with_a_record(register, clerk):
    register.ledger.heard(s.Heartbeat(kiosk="k01", state="idle", printer=(), at_ms=NOW), NOW)
    assert "機械と枚数を入れて" in await press(clerk, "/left", kiosk="k99", sheets="1")
    assert "F1" in await press(clerk, "/left", kiosk="k01", sheets="2")
    assert "名札の番号を数字" in await press(clerk, "/left/1/ended", ending="shredded", staff="")
    assert "細断した" in await press(clerk, "/left/1/ended", ending="shredded", staff="7")
    (item,) = register.ledger.left_behind.latest(5)
    assert item.ending == "shredded"
    await press(clerk, "/left/1/ended", ending="handed", staff="7")
    assert register.ledger.left_behind.latest(5) == [item], "what is destroyed cannot be handed over"


async def test_the_guide_has_a_way_for_whatever_is_left_or_uncertain(clerk):
    guide = await read(clerk, "/guide")
    for subject in ("用紙の取り忘れ", "カードの忘れ物", "お金を入れた後", "印刷できたか分からない", "機械が応答しない"):
        assert subject in guide


async def test_the_first_page_shows_a_refund_that_waits(register, clerk):
    brought_to(register, Step.PAY)
    text = await read(clerk, "/")
    assert f'href="{PATH}"' in text
    assert receipt_no(ID) in text


def test_the_same_sale_with_other_sheets_is_a_conflict(register):
    with pytest.raises(ConflictError):
        register.ledger.book(msgspec.structs.replace(SALE, sheets=2))
    assert register.ledger.sale(ID).sheets == 3
