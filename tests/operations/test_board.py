"""The operations board: every shop and kiosk with state, faults and load, live; taken-up faults and limits recorded."""

from __future__ import annotations

import datetime as dt

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import async_playwright, expect
from structlog.testing import CapturingLogger

from itaku.basis.canonical import canonical_value
from itaku.basis.clock import FixedClock, InstantMs
from itaku.basis.randomness import SystemRandomness
from itaku.issuance.center.admission import Limits
from itaku.issuance.center.machines import MACHINE_MIGRATIONS
from itaku.issuance.center.schema import MIGRATIONS
from itaku.issuance.center.shops import Shop
from itaku.issuance.rows import moment_or_none
from itaku.operations.settings import OperationsSettings
from itaku.operations.state import Health, health_of
from itaku.operations.town_map import worst
from itaku.operations.web import BoardPages
from itaku.record import schema
from itaku.store.postgres import migrate, open_pool

NOW = InstantMs(1_790_000_000_000)
SHOPS = (
    Shop(name="shop-1", name_ja="<駅前>店", name_en="Station", kiosks=("k01", "k02"), east=300, north=400),
    Shop(name="shop-2", name_ja="港店", name_en="Port", kiosks=("k03",), east=900, north=250),
)


class Operations:
    """The board over a real database, and hands that play the center."""

    def __init__(self, pool, url: str) -> None:
        self.pool = pool
        self.url = url

    async def heard(self, name: str, shop: str, state: str = "idle") -> None:
        at = moment_or_none(InstantMs(NOW - 4_000))
        await self.pool.execute("INSERT INTO machine VALUES ($1, $2, $3, 'b1', 0, $4)", name, shop, state, at)

    async def fault(self, machine: str, shop: str, code: str) -> int:
        return await self.pool.fetchval(
            "INSERT INTO fault(machine, shop, code, source, opened_at) VALUES ($1, $2, $3, $1, $4) RETURNING id",
            machine, shop, code, moment_or_none(NOW),
        )  # fmt: skip

    async def read(self, path: str = "/") -> str:
        async with aiohttp.ClientSession(trust_env=False) as session, session.get(self.url + path) as answer:
            assert answer.status == 200
            return await answer.text()

    async def press(self, path: str, origin: str | None = None, **form: str) -> int:
        headers = {"Origin": origin} if origin else {}
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(self.url + path, data=form, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status

    async def recorded(self) -> list[str]:
        rows = await self.pool.fetch("SELECT body FROM record_pending")
        return sorted(canonical_value(row["body"])["kind"] for row in rows)


@pytest.fixture
async def operations(postgres_dsn):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, schema.ROOM, schema.MIGRATIONS)
    await migrate(pool, "center", MIGRATIONS)
    await migrate(pool, "machines", MACHINE_MIGRATIONS)
    settings = OperationsSettings(
        name="operations", dsn=postgres_dsn, shops=SHOPS, limits=Limits(total=70), approved_builds=("b1",)
    )
    pages = BoardPages(settings, pool, FixedClock(NOW), SystemRandomness(), CapturingLogger())
    runner = web.AppRunner(pages.app(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield Operations(pool, f"http://{host}:{port}")
    await runner.cleanup()
    await pool.close()


@pytest.mark.parametrize(
    ("codes", "heard", "health"),
    [
        ((), True, Health.RUNNING),
        ((), False, Health.SILENT),
        (("media-jam",), True, Health.STOPPED),
        (("void-refused",), True, Health.ATTENTION),
        (("media-jam", "kiosk-silent"), True, Health.SILENT),
        (("center-silent",), True, Health.SILENT),
    ],
)
def test_the_worst_open_fault_decides_and_silence_is_unknown_and_not_broken(codes, heard, health):
    assert health_of(codes, heard=heard) is health


def test_a_shop_is_as_its_worst_machine():
    assert worst([Health.RUNNING, Health.STOPPED, Health.SILENT]) is Health.STOPPED
    assert worst([]) is Health.SILENT


async def test_every_shop_and_kiosk_stands_on_the_board_with_its_state(operations):
    await operations.heard("k01", "shop-1", "paper_out")
    await operations.fault("k01", "shop-1", "media-empty")
    text = await operations.read()
    for word in ("K01", "K02", "K03", "用紙なし", "紙かカバー待ち", "4秒前", "港店", "応答なし", "上限70"):
        assert word in text
    assert "<駅前>" not in text
    assert "&lt;駅前&gt;店" in text


async def test_a_fault_is_taken_up_once_by_a_badge_and_recorded(operations):
    fault = await operations.fault("k01", "shop-1", "media-jam")
    assert await operations.press("/taken", fault=str(fault), by="") == 303
    assert await operations.recorded() == []
    for by in ("12", "13"):
        assert await operations.press("/taken", fault=str(fault), by=by) == 303
    assert await operations.pool.fetchval("SELECT acknowledged_by FROM fault") == "12"
    assert await operations.recorded() == ["fault.acknowledged"]
    assert "引き受ける</button>" not in await operations.read()


async def test_the_board_says_where_new_sessions_are_held_back_while_the_center_says_so(operations):
    for age_ms, municipality in ((2_000, "991015"), (11_000, "991023")):
        at = moment_or_none(InstantMs(NOW - age_ms))
        await operations.pool.execute("INSERT INTO pace VALUES ('center-1', $1, 9, 5, 420, $2)", municipality, at)
    text = await operations.read()
    assert "991015の新しい受付を抑えています（center-1: 9件進行中・上限5件、証明書の準備0.4秒）" in text
    assert "991023" not in text, "an instance that has gone holds nobody back"


async def test_limits_are_set_and_taken_back_and_both_stand_in_the_record(operations):
    assert await operations.press("/limits", do="set", total="9", shop="8", kiosk="7", by="12") == 303
    assert tuple(await operations.pool.fetchrow("SELECT total, shop, kiosk FROM admission")) == (9, 8, 7)
    assert "上限9" in await operations.read()
    assert await operations.press("/limits", do="usual", by="12") == 303
    assert await operations.pool.fetchval("SELECT count(*) FROM admission") == 0
    assert await operations.recorded() == ["admission.set", "admission.set"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/limits", {"do": "set", "total": "-1", "shop": "1", "kiosk": "1", "by": "1"}),
        ("/limits", {"do": "set", "total": "many", "shop": "1", "kiosk": "1", "by": "1"}),
        ("/limits", {"do": "set", "by": "1"}),
        ("/taken", {"fault": "x", "by": "1"}),
        ("/taken", {"fault": "9" * 30, "by": "1"}),
        ("/taken", {"by": "1"}),
    ],
)
async def test_a_form_that_is_not_of_the_board_changes_nothing(operations, path, form):
    assert await operations.press(path, **form) == 400
    assert await operations.recorded() == []


async def test_a_form_of_another_page_is_refused(operations):
    assert await operations.press("/limits", "http://elsewhere.example", do="usual", by="1") == 403


async def test_load_counts_what_is_under_way_and_what_began_in_the_last_minute(operations):
    at = moment_or_none(InstantMs(NOW - 10_000))
    early = moment_or_none(InstantMs(NOW - 90_000))
    for number, (state, when) in enumerate([("opened", at), ("permitted", early), ("closed", at)]):
        key = number.to_bytes(16, "big")
        await operations.pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, copies, fee_yen,"
            " reason, told) VALUES ($1, $2, 1, $3, '', '991015', 'k01', 1, 300, '', false)", key, state, when,
        )  # fmt: skip
        await operations.pool.execute(
            "INSERT INTO issuance_event VALUES ($1, 1, 'Open', 'absent', 'opened', $2)", key, when
        )
    text = await operations.read()
    assert "<b>2</b> 件進行中・1分に2件" in text
    assert isinstance(at, dt.datetime)


async def test_in_the_browser_a_fault_appears_by_itself_and_typing_is_not_lost(operations):
    await operations.heard("k01", "shop-1")
    first = await operations.fault("k01", "shop-1", "cover-open")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        await page.goto(operations.url, wait_until="domcontentloaded")
        badge = page.locator(f"#by-{first}")
        await badge.fill("12")
        await operations.fault("k02", "shop-1", "media-jam")
        await expect(page.get_by_text("K02").first).to_be_visible()
        await expect(page.get_by_role("button", name="K02 紙づまりを引き受ける")).to_be_attached()
        assert await badge.input_value() == "12"
        await expect(badge).to_be_focused()
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        unnamed = "[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).length"
        assert await page.evaluate(unnamed) == 0
        assert await page.locator("h1").count() == 1
        await expect(page.get_by_role("img", name="店の地図")).to_be_visible()
        await badge.press("Enter")
        await expect(page.get_by_role("button", name="K01 カバーが開いているを引き受ける")).to_have_count(0)
        await browser.close()
    assert [trouble for trouble in troubles if "favicon" not in trouble and "404" not in trouble] == []
