"""A municipality's month at a glance (対象月の一覧): figures, tills, remittance, late charge, and what must agree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import asyncpg
import msgspec

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.working import Line
from itaku.basis.yen import Yen
from itaku.contracts.engine.result import Result
from itaku.contracts.engine.why import why
from itaku.settlement.accounts import Account
from itaku.settlement.balances import Balances, balances
from itaku.settlement.chains import ChainRow, chain_rows
from itaku.settlement.contract_side import CHARGE, COMMISSION, FEES, NET, contract_at, instance, terms
from itaku.settlement.month import Month
from itaku.settlement.periods import ClosedMonth, MonthBooked, closed_month, month_booked, statement_of
from itaku.settlement.registration import Registration, registration_on
from itaku.settlement.statement import Statement


class Check(msgspec.Struct, frozen=True):
    """Two figures that must be one: what each is, and both. `clause` says why they must."""

    ja: str
    en: str
    left_yen: Yen
    right_yen: Yen
    clause: str

    @property
    def agrees(self) -> bool:
        """Whether they are."""
        return self.left_yen == self.right_yen


class ChargeView(msgspec.Struct, frozen=True):
    """A late charge (延滞損害金, S1-15-1) as the contract's replay computes it, and as it is booked.

    `yen` is owed now, `computed_yen` what it would be without a waiver. It is final when it no longer `grows`.
    """

    yen: Yen | None
    computed_yen: Yen | None
    grows: bool
    booked_yen: Yen
    paid_yen: Yen
    due_on: dt.date | None
    readings: tuple[tuple[str, str], ...]
    excused_by: tuple[str, ...]
    working: tuple[Line, ...]


class Remittance(msgspec.Struct, frozen=True):
    """A closed month's remittance (S1-12-2): its designated day, what came in, and what is open.

    `due_on` is None until the client names the day; `state` is the contract's word (in_effect, fulfilled, violated).
    """

    state: str
    due_on: dt.date | None
    paid_yen: Yen
    unpaid_yen: Yen
    overremitted_yen: Yen
    breached_on: dt.date | None
    working: tuple[Line, ...]
    charge: ChargeView | None


class MonthAtAGlance(msgspec.Struct, frozen=True):
    """Everything that a page or a paper says of a municipality's month."""

    municipality: str
    month: str
    as_of: InstantMs
    closed_on: dt.date | None
    closed_by: str
    statement: Statement
    chains: tuple[ChainRow, ...]
    remittance: Remittance | None
    checks: tuple[Check, ...]
    registration: Registration | None = None
    """The invoice registration number that holds on the month's last day, if one was entered."""

    @property
    def received_yen(self) -> Yen:
        """受領済: what reached the client for the month, the offset left out; set-offs with other months are in it."""
        if self.remittance is None:
            return Yen(0)
        return Yen(self.remittance.paid_yen - max(0, self.statement.offset_yen))

    @property
    def agrees(self) -> bool:
        """Whether all figures that must be one are."""
        return all(check.agrees for check in self.checks)


async def month_at_a_glance(
    connection: asyncpg.Connection, municipality: str, month: Month, as_of: InstantMs
) -> MonthAtAGlance:
    """The month as it stands at an instant; of an open month, as the journal stands now. Raises `RateUnknownError`."""
    closed = await closed_month(connection, municipality, month)
    statement = await statement_of(connection, municipality, month, await terms(connection, municipality))
    chains = tuple(await chain_rows(connection, month, municipality))
    booked = await balances(connection, municipality, to_jst(as_of).date())
    result = await contract_at(connection, municipality, as_of)
    in_journal = await month_booked(connection, municipality, month)
    checks = [*_of_tills(statement, chains), *_of_journal(statement, in_journal, booked, closed is not None)]
    remittance = None
    if closed is not None:
        remittance = _remittance(result, booked, month)
        checks += _of_contract(result, closed)
    return MonthAtAGlance(
        municipality,
        month.text(),
        as_of,
        None if closed is None else to_jst(closed.at_ms).date(),
        "" if closed is None else closed.person,
        statement,
        chains,
        remittance,
        tuple(checks),
        await registration_on(connection, month.last_day),
    )


def _of_tills(statement: Statement, chains: Sequence[ChainRow]) -> list[Check]:
    taken, refunded = sum(row.taken_yen for row in chains), sum(row.refunded_yen for row in chains)
    return [
        Check("収納と取扱店の売上", "Fees and the tills' takings", statement.fees_yen, Yen(taken), "S1-12-2"),
        Check("返金と取扱店の返金", "Refunds and the tills' payouts", statement.refunds_yen, Yen(refunded), "S1-8-1"),
    ]


def _of_journal(statement: Statement, booked: MonthBooked, held: Balances, closed: bool) -> list[Check]:
    """The journal sums to nil and has the statement's fees; of a closed month, its commission, offset and cash too."""
    checks = [
        Check("仕訳帳の貸借", "Sum of the journal", held.sum_yen, Yen(0), "S1-12-3"),
        Check("調定と仕訳帳", "Revenue and the journal", statement.owed_yen, booked.fees_yen, "S1-12-2"),
    ]
    if closed:
        pairs = (
            ("支出命令と仕訳帳", "Expense and the journal", statement.commission_yen, booked.commission_yen, "S1-12-1"),
            ("消費税等と仕訳帳", "Tax and the journal", statement.commission_tax_yen, booked.tax_yen, "S1-12-1"),
            ("繰替使用と仕訳帳", "Offset and the journal", statement.offset_yen, booked.offset_yen, "S1-12-3"),
            ("納付額と仕訳帳", "Cash and the journal", statement.to_remit_yen, booked.debt_yen, "S1-12-3"),
        )
        checks += [Check(*each) for each in pairs]
    return checks


def _of_contract(result: Result, closed: ClosedMonth) -> list[Check]:
    """The statement's figures and the contract's own, where the contract is signed and the month is not negative."""
    statement = closed.statement
    pairs = (
        (FEES, "収納金額と契約の再計算", "Fees and the contract's replay", statement.owed_yen),
        (COMMISSION, "委託手数料と契約の再計算", "Commission and the contract's replay", statement.commission_yen),
        (f"{COMMISSION}/税", "消費税等と契約の再計算", "Tax and the contract's replay", statement.commission_tax_yen),
        (NET, "差引額と契約の再計算", "Net and the contract's replay", statement.remit_yen),
    )
    if any(yen < 0 for *_, yen in pairs) or statement.refunds_yen > statement.fees_yen:
        return []
    checks = []
    for provision, ja, en, yen in pairs:
        name = instance(provision, statement.month)
        money = result.money(name) if name in result.views else None
        # The contract's replay reads one price a month, that of its last day. Where there were several, it is told what
        # the statement says, which proves nothing.
        if money is not None and money.yen is not None and (provision == FEES or statement.has_one_price):
            checks.append(Check(ja, en, yen, money.yen, provision))
    return checks


def _remittance(result: Result, booked: Balances, month: Month) -> Remittance | None:
    """None while the contract is not signed in the books: then nothing says what is due."""
    name = instance(FEES, month.text())
    if name not in result.views:
        return None
    view, money = result.views[name], result.money(name)
    assert money is not None, "the remittance is a matter of money"
    unpaid = booked.credit(Account.FEES_OWED, month=month)
    return Remittance(
        view.state,
        view.due.day,
        Yen(sum(each.yen for each in money.paid)),
        Yen(max(0, unpaid)),
        booked.debit(Account.OVERREMITTED, month=month),
        view.breached_on,
        why(result, name),
        _charge(result, booked, month),
    )


def _charge(result: Result, booked: Balances, month: Month) -> ChargeView | None:
    name = instance(CHARGE, month.text())
    if name not in result.views:
        return None
    view, money = result.views[name], result.money(name)
    assert money is not None, "a late charge is a matter of money"
    return ChargeView(
        money.yen,
        money.computed_yen,
        money.grows,
        booked.debit(Account.LATE_CHARGE, month=month),
        Yen(sum(each.yen for each in money.paid)),
        view.due.day,
        view.policies,
        money.excused_by,
        why(result, name),
    )
