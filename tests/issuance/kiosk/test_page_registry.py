import asyncio

import pytest
from page_looks import LANGUAGES, obeys_the_rules
from playwright.async_api import expect
from scripted_agent import NOW, screen

from itaku.basis.clock import InstantMs
from itaku.basis.yen import Yen
from itaku.issuance.kiosk.screens import (
    CardPlace,
    Elsewhere,
    MenuItem,
    Names,
    Place,
    RegisterUse,
    State,
    UseResult,
    reason_of,
)
from itaku.issuance.protocol.kinds import FAMILY_REGISTER_KINDS, KIND_TITLE, TAX_KINDS, Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")
CITY = Names("北浜市", "Kitahama City")
MENU = tuple(MenuItem(kind, Names(*KIND_TITLE[kind]), Yen(400)) for kind in Kind if kind in FAMILY_REGISTER_KINDS)
EVERY = tuple(
    MenuItem(kind, Names(*KIND_TITLE[kind]), Yen(450), None, 2026 if kind in TAX_KINDS else None) for kind in Kind
)
HOME = screen(State.CHOOSING, menu=EVERY, elsewhere=(Place("991023", CITY),))
THERE = screen(State.CHOOSING, menu=MENU, municipality=CITY, registry=True, may_register=True)
RECEIVED = screen(
    State.REGISTERED,
    step=3,
    chosen=None,
    card=CardPlace.RETURNED,
    municipality=CITY,
    registry=True,
    use=UseResult("K7 4821 93", InstantMs(NOW + 8 * 86_400_000)),
    deadline_ms=InstantMs(NOW + 50_000),
    may=("finish", "call_clerk"),
)


async def _begin(page, agent, shown):
    agent.show(screen(State.IDLE))
    await expect(page.locator("#kiosk[data-view=idle]")).to_be_visible()
    agent.show(shown)
    agent.actions.clear()
    agent.bodies.clear()


async def _sent(agent, kind):
    """The one action of that kind that the page sent."""
    for _ in range(400):
        sent = [action for action in agent.actions if isinstance(action, kind)]
        if sent:
            assert len(sent) == 1
            return sent[0]
        await asyncio.sleep(0.01)
    pytest.fail("the page sent nothing")


async def test_a_registry_municipality_is_chosen_from_the_menu(page, agent):
    await _begin(page, agent, HOME)
    await page.locator("[data-key=elsewhere]").click()
    await page.locator("[data-key=place-991023]").click()
    assert await _sent(agent, Elsewhere) == Elsewhere("7f3a", "991023")


async def test_what_was_entered_is_confirmed_and_sent_once_with_the_pin(page, agent):
    await _begin(page, agent, THERE)
    await page.locator("[data-key=use]").click()
    await page.locator("[data-key=next]").click()
    await expect(page.locator("#kiosk")).to_contain_text("本籍を入れてください")
    await page.locator("[data-key=domicile]").fill("海原県北浜市本町二丁目5番地")
    await page.locator("[data-key=head_name]").fill("帆掛 元子")
    await page.locator("[data-key=next]").click()
    for text in ("海原県北浜市本町二丁目5番地", "帆掛 元子", "北浜市"):
        await expect(page.locator(".k-kv")).to_contain_text(text)
    for digit in "1234":
        await page.locator(f"[data-key=digit-{digit}]").click()
    await page.locator("[data-key=go]").click()
    await expect(page.locator(".k-dots i.on")).to_have_count(0)
    sent = RegisterUse(session="7f3a", domicile="海原県北浜市本町二丁目5番地", head_name="帆掛 元子", pin="1234")
    assert await _sent(agent, RegisterUse) == sent


async def test_after_a_wrong_pin_nothing_has_to_be_entered_again(page, agent):
    await test_what_was_entered_is_confirmed_and_sent_once_with_the_pin(page, agent)
    agent.show(screen(State.SIGNING, chosen=None, municipality=CITY, registry=True))
    await expect(page.locator("#kiosk[data-view=signing]")).to_be_visible()
    again = screen(
        State.CHOOSING,
        menu=MENU,
        municipality=CITY,
        registry=True,
        may_register=True,
        tries_left=2,
        refusal=reason_of("pin_wrong"),
    )
    agent.show(again)
    await expect(page.locator("#kiosk[data-view=choosing-use-confirm]")).to_be_visible()
    await expect(page.locator(".k-kv")).to_contain_text("帆掛 元子")


async def test_the_next_resident_finds_nothing_of_what_was_entered(page, agent):
    await test_what_was_entered_is_confirmed_and_sent_once_with_the_pin(page, agent)
    await _begin(page, agent, THERE)
    await page.locator("[data-key=use]").click()
    await expect(page.locator("[data-key=domicile]")).to_have_value("")
    await expect(page.locator("[data-key=head_name]")).to_have_value("")


async def test_the_number_and_the_first_day_of_use_are_shown(page, agent):
    await _begin(page, agent, RECEIVED)
    await expect(page.locator(".k-case")).to_contain_text("K7 4821 93")
    await expect(page.locator("#kiosk h1 + p")).to_contain_text("7月10日")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_view_of_a_registry_municipality_fits_and_keeps_the_rules(page, agent, language):
    for shown, clicks in (
        (HOME, ()),
        (HOME, ("elsewhere",)),
        (THERE, ()),
        (THERE, ("use",)),
        (screen(State.REGISTERING, chosen=None, municipality=CITY, registry=True), ()),
        (RECEIVED, ()),
    ):
        await _begin(page, agent, shown)
        await page.locator(f'#kiosk [data-key="k-lang-{language}"]').first.click()
        for key in clicks:
            await page.locator(f"[data-key={key}]").click()
        name = f"registry-{shown.state.value}-{'-'.join(clicks) or 'menu'}-{len(shown.menu)}.{language}"
        await obeys_the_rules(page, name)
