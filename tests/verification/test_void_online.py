"""The page asks the issuer whether a certificate is void, over mutual TLS, and says plainly when nobody answered."""

from __future__ import annotations

import hashlib
import io
import os
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from certificate_specimens import NOW, raster
from playwright.async_api import async_playwright, expect
from scanned_paper import as_file, scanned

from itaku.basis.clock import FixedClock
from itaku.issuance.municipality.schema import MIGRATIONS
from itaku.issuance.municipality.standing import StandingDesk
from itaku.issuance.protocol.standings import (
    MAX_QUESTION_BYTES,
    Standing,
    StandingAsked,
    StandingTold,
    decode_standing_told,
    encode_standing,
)
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import Identity, Role, client_context, server_context
from itaku.issuance.transport.server import NodeServer, Route
from itaku.issuance.transport.settings import Peer
from itaku.store.log import open_log
from itaku.store.postgres import migrate, open_pool
from itaku.supervisor.pki import Pki
from itaku.verification.examination import examine
from itaku.verification.settings import AskedIssuer, OnlineSettings, VerificationSettings
from itaku.verification.site import serving

CODE, CITY = "132985", Identity("m132985", Role.MUNICIPALITY)
PICTURES = Path(__file__).parents[2] / "artefacts" / "verification"


class Issuing:
    """A municipality's register, its answer to the page, and the page itself."""

    def __init__(self, folder, keys, pool) -> None:
        self.folder, self.keys, self.pool = folder, keys, pool
        self.pki = Pki(folder / "pki")
        self.server: NodeServer | None = None
        self.port = 1  # nobody listens there

    async def holds(self, serial_number: str, state: str) -> None:
        await self.pool.execute(
            "INSERT INTO issuing(issuance_id, state, version, changed_at, body, kiosk, kind, copies, serial_number,"
            " reason) VALUES ($1, $2, 1, now(), '', 'k01', 'resident-record', 1, $3, '')",
            hashlib.sha256(serial_number.encode()).digest()[:16],
            state,
            serial_number,
        )

    async def listen(self, answer=None) -> None:
        log = open_log(None, "municipality")
        desk = StandingDesk(self.pool, CODE, FixedClock(NOW), log)
        routes = [Route("/standing", frozenset({Role.VERIFICATION}), answer or desk.receive, MAX_QUESTION_BYTES)]
        files = self.pki.node(CITY.name, CITY.role)
        self.server = NodeServer(routes, server_context(files.certificate, files.key, self.pki.ca), log)
        self.port = await self.server.start("127.0.0.1", 0)

    @asynccontextmanager
    async def page(self, role: Role = Role.VERIFICATION):
        (self.folder / "keys.json").write_bytes(self.keys)
        files = self.pki.node("verification", role)
        node = Peer(url=f"https://127.0.0.1:{self.port}", peer_name=CITY.dns_name)
        settings = VerificationSettings(
            name="verification",
            page_host="127.0.0.1",
            page_port=0,
            keys=str(self.folder / "keys.json"),
            online=OnlineSettings(
                certificate=str(files.certificate),
                key=str(files.key),
                ca=str(self.pki.ca),
                issuers=(AskedIssuer(municipality=CODE, node=node),),
            ),
        )
        async with serving(settings, open_log(None, "verification")) as port:
            yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def issuing(tmp_path, published_keys, postgres_dsn):
    pool = await open_pool(postgres_dsn)
    await migrate(pool, "issuing", MIGRATIONS)
    made = Issuing(tmp_path, published_keys, pool)
    yield made
    if made.server is not None:
        await made.server.stop()
    await pool.close()


@pytest.fixture(scope="module")
def number(document, keys):
    return examine([document], keys).sheets[0].serial_number


async def told_of(url, *files):
    form = aiohttp.FormData()
    for data in files:
        form.add_field("file", io.BytesIO(data), filename="paper", content_type="application/octet-stream")
    async with aiohttp.ClientSession(trust_env=False) as session, session.post(url, data=form) as response:
        assert response.status == 200
        return await response.text()


@pytest.mark.parametrize(
    ("state", "headline", "said"),
    [
        ("counted", "発行者と記載内容が確かめられました", "交付されていて、取り消されていません"),
        ("voided", "返金済・無効の証明書です。使えません", "返金済・無効です。この証明書は使えません"),
        ("void", "交付された記録のない証明書です", "交付の記録がありません"),
        ("ready", "交付された記録のない証明書です", "交付の記録がありません"),
        (None, "交付された記録のない証明書です", "発行者の記録にありません"),
    ],
)
async def test_the_page_says_what_the_issuers_register_says(issuing, document, number, capsys, state, headline, said):
    if state:
        await issuing.holds(number, state)
    await issuing.listen()
    async with issuing.page() as url:
        text = await told_of(url, document)
    assert f"<h1>{headline}</h1>" in text
    assert said in text
    assert "2026-11-21 10:00" in text, "an answer is as good as its hour"
    assert "ここでは分かりません" not in text
    assert number not in capsys.readouterr().err


@pytest.mark.parametrize("why", ["nobody listens", "another role", "another number", "another city", "no answer"])
async def test_without_an_answer_of_the_issuer_itself_nothing_is_said_to_be_valid(issuing, document, number, why):
    async def answer(_peer, _body):
        wrong = {"another number": (CODE, "AAAA-BBBBB-CCCCC"), "another city": ("991015", number)}
        if why in wrong:
            return encode_standing(StandingTold(*wrong[why], Standing.DELIVERED, NOW))
        return b"nothing"

    await issuing.holds(number, "counted")
    if why != "nobody listens":
        await issuing.listen(None if why == "another role" else answer)
    async with issuing.page(Role.KIOSK if why == "another role" else Role.VERIFICATION) as url:
        text = await told_of(url, document)
    assert "取消しの有無は確認できませんでした" in text
    assert "取り消されていません" not in text
    assert "not void" not in text


async def test_a_register_that_cannot_be_read_is_no_answer(issuing, document):
    await issuing.listen()
    await issuing.pool.execute("ALTER TABLE issuing RENAME TO gone")
    async with issuing.page() as url:
        assert "取消しの有無は確認できませんでした" in await told_of(url, document)


async def test_an_altered_paper_stays_altered_whatever_its_number_is_good_for(issuing, document, number):
    altered = bytearray(document)
    altered[len(altered) // 2] ^= 1
    await issuing.holds(number, "counted")
    await issuing.listen()
    async with issuing.page() as url:
        text = await told_of(url, bytes(altered))
    assert "<h1>発行されたものと違います</h1>" in text
    assert "取り消されていません" not in text


async def test_a_number_is_asked_of_its_own_municipality_only(issuing, number):
    await issuing.holds(number, "counted")
    await issuing.listen()
    files = issuing.pki.node("verification", Role.VERIFICATION)
    tls = client_context(files.certificate, files.key, issuing.pki.ca)
    async with PeerClient(f"https://127.0.0.1:{issuing.port}", CITY.dns_name, tls) as line:
        good = await line.post("/standing", encode_standing(StandingAsked(CODE, number)), 5)
        assert decode_standing_told(good) == StandingTold(CODE, number, Standing.DELIVERED, NOW)
        for body, code in (
            (encode_standing(StandingAsked("991015", number)), b"municipality_unknown"),
            (b"\x81\xa4type\xadStandingAsked", b"malformed"),
        ):
            assert code in await line.post("/standing", body, 5)


# --- in a browser, at both widths


WIDTHS = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


def tampered(paper):
    front, back = paper
    changed = front.copy()
    changed.paste(front.crop((900, 800, 1100, 860)), (500, 1000))
    return [as_file(changed), as_file(back)]


def bad_photocopy(document, folder):
    """Front and back from a worn copier: half the resolution, askew, unsharp, in pure black and white."""
    return [
        as_file(scanned(raster(document, folder, 150, back=back), angle=2.0, blur=0.6, threshold=140))
        for back in (False, True)
    ]


async def test_valid_void_tampered_and_copied_papers_in_a_browser(issuing, document, paper, number, tmp_path):
    await issuing.holds(number, "counted")
    await issuing.listen()
    papers = {
        "valid": ([document], "発行者と記載内容が確かめられました"),
        "tampered": (tampered(paper), "発行されたものと違います"),
        "photocopy": (bad_photocopy(document, tmp_path), "二次元コードは本物です"),
        "void": ([document], "返金済・無効の証明書です。使えません"),
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with issuing.page() as url, async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        for what, (files, headline) in papers.items():
            if what == "void":
                await issuing.pool.execute("UPDATE issuing SET state = 'voided'")
            page = await browser.new_page(viewport=WIDTHS["desktop"])
            await page.goto(url)
            handed = [
                {"name": f"{index}.bin", "mimeType": "application/octet-stream", "buffer": data}
                for index, data in enumerate(files)
            ]
            await page.locator(".drop input").set_input_files(handed)
            await page.locator("button[type=submit]").click()
            verdict = page.locator(".verdict")
            await expect(verdict).to_be_visible(timeout=60_000)
            await expect(verdict.locator("h1")).to_contain_text(headline)
            words = await verdict.inner_text()
            assert ("取り消されていません" in words) is (what in {"valid", "photocopy"})
            for width, size in WIDTHS.items():
                await page.set_viewport_size(size)
                wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{what} at {width} is wider than the screen"
                if os.environ.get("ITAKU_PICTURES"):
                    await page.screenshot(path=PICTURES / f"{what}-{width}.png", full_page=True)
            await page.close()
        await browser.close()
