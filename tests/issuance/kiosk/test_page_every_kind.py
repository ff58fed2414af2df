import asyncio

import pytest
from page_looks import LANGUAGES, obeys_the_rules
from playwright.async_api import expect
from scripted_agent import SCREENS, screen

from itaku.basis.yen import Yen
from itaku.issuance.kiosk.screens import Apply, Chosen, MenuItem, Names, State, reason_of
from itaku.issuance.protocol.kinds import (
    KIND_TITLE,
    TAX_KINDS,
    FamilyRegisterAddressOptions,
    FamilyRegisterAllOptions,
    FamilyRegisterIndividualOptions,
    IncomeOptions,
    Kind,
    Member,
    RecordItem,
    ResidentRecordItemsOptions,
    SealRegistrationOptions,
    TaxationOptions,
    TaxPaymentOptions,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def menu(reason=None):
    return tuple(
        MenuItem(kind, Names(*KIND_TITLE[kind]), Yen(450), reason, 2026 if kind in TAX_KINDS else None) for kind in Kind
    )


async def _show(page, agent, shown):
    agent.show(SCREENS["idle"])
    await expect(page.locator("#kiosk[data-view=idle]")).to_be_visible()
    agent.show(shown)
    await expect(page.locator(f"#kiosk[data-view^={shown.state.value}]")).to_be_visible()


async def _press(page, *keys):
    for key in keys:
        await page.locator(f'#kiosk [data-key="{key}"]').click(force=True)


WAYS = {
    Kind.RESIDENT_RECORD_ITEMS: (
        ("who-all", "resident_since", "sex", "next", "next"),
        ResidentRecordItemsOptions(items=(RecordItem.SEX, RecordItem.RESIDENT_SINCE)),
    ),
    Kind.SEAL_REGISTRATION: (("next",), SealRegistrationOptions()),
    Kind.INCOME: (("next",), IncomeOptions(2026)),
    Kind.TAXATION: (("next",), TaxationOptions(2026)),
    Kind.TAX_PAYMENT: (("next",), TaxPaymentOptions(2026)),
    Kind.FAMILY_REGISTER_ALL: (("next",), FamilyRegisterAllOptions()),
    Kind.FAMILY_REGISTER_INDIVIDUAL: (
        ("who-some", "member-children", "member-self", "next", "next"),
        FamilyRegisterIndividualOptions((Member.SELF, Member.CHILDREN)),
    ),
    Kind.FAMILY_REGISTER_ADDRESS: (
        ("who-all", "registered_domicile", "next", "next"),
        FamilyRegisterAddressOptions(registered_domicile=True),
    ),
}
"""The keys from the menu to the confirmation, and the options that are sent."""


async def _sent(agent):
    for _ in range(400):
        sent = [action for action in agent.actions if isinstance(action, Apply)]
        if sent:
            agent.actions.clear()
            return sent[-1]
        await asyncio.sleep(0.01)
    pytest.fail("the page sent no application")


@pytest.mark.parametrize("kind", WAYS)
async def test_what_is_touched_for_each_kind_is_what_is_applied_for(page, agent, kind):
    keys, options = WAYS[kind]
    await _show(page, agent, screen(State.CHOOSING, menu=menu()))
    await _press(page, kind.value)
    for key in keys:
        await obeys_the_rules(page, f"every-kind.{kind.value}.{key}")
        await _press(page, key)
    await expect(page.locator("#kiosk[data-view=choosing-confirm]")).to_be_visible()
    await obeys_the_rules(page, f"every-kind.{kind.value}.confirm")
    await _press(page, *("digit-1", "digit-2", "digit-3", "digit-4", "go"))
    assert await _sent(agent) == Apply(
        session="7f3a", kind=kind, options=options, copies=1, fee_yen=Yen(450), pin="1234"
    )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nine_kinds_fit_the_screen_in_every_language(page, agent, language):
    await _show(page, agent, SCREENS["idle"])
    await _press(page, f"k-lang-{language}")
    agent.show(screen(State.CHOOSING, menu=menu()))
    await expect(page.locator("#kiosk[data-view=choosing-kind]")).to_be_visible()
    await obeys_the_rules(page, f"every-kind.{language}")
    agent.show(screen(State.CHOOSING, menu=menu(reason_of("outside_hours", "9:00-17:00"))))
    await obeys_the_rules(page, f"every-kind-closed.{language}")


async def test_the_year_of_a_tax_certificate_is_shown_before_it_is_signed(page, agent):
    await _show(page, agent, screen(State.CHOOSING, menu=menu()))
    await expect(page.locator('[data-key="income"]')).to_contain_text("令和8年度")
    await _press(page, "income", "next")
    await expect(page.locator(".k-kv")).to_contain_text("令和8年度")


async def test_what_was_handed_back_is_chosen_again(page, agent):
    options = FamilyRegisterAddressOptions((Member.SELF,), registered_domicile=True)
    kind = Kind.FAMILY_REGISTER_ADDRESS
    chosen = Chosen(kind, Names(*KIND_TITLE[kind]), options, 3, Yen(1350))
    await _show(page, agent, screen(State.OPENING))
    agent.show(screen(State.CHOOSING, menu=menu(), chosen=chosen, refusal=reason_of("pin_wrong")))
    await expect(page.locator("#kiosk[data-view=choosing-confirm]")).to_be_visible()
    await _press(page, *("digit-1", "digit-2", "digit-3", "digit-4", "go"))
    assert await _sent(agent) == Apply(
        session="7f3a", kind=kind, options=options, copies=3, fee_yen=Yen(1350), pin="1234"
    )
