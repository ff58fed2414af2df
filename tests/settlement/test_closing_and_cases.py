"""Days closed from the nodes' own tables, reconciled, and every difference a case that two sides settle by reversal."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import asyncpg
import pytest
from test_register_files import CITY, KNOWN, row

from itaku.basis.clock import JST, FixedClock, to_instant
from itaku.basis.yen import Yen
from itaku.issuance.center.schema import MIGRATIONS as CENTER_TABLES
from itaku.issuance.municipality.schema import MIGRATIONS as MUNICIPALITY_TABLES
from itaku.issuance.protocol.kinds import Kind
from itaku.settlement.cases import Proposal, State, answer, due_day, find_case, history, open_cases, propose
from itaku.settlement.closed_days import ClosedDays, connect
from itaku.settlement.day_closing import close_day
from itaku.settlement.errors import (
    CaseStateError,
    CaseUnknownError,
    ClosedDayUnfitError,
    DayClosedError,
    DayNotClosedError,
    DayNotOverError,
    FeeUnknownError,
    MonthOrderError,
    ReasonMissingError,
)
from itaku.settlement.month import Month
from itaku.settlement.month_figures import figures_of, month_figures
from itaku.settlement.month_reconciliation import reconcile_month, reconciled_json, reconciled_text
from itaku.settlement.periods import statement_of
from itaku.settlement.reconciliation import CaseName, Held, Sort
from itaku.settlement.reconciliation_schema import prepare_reconciliation
from itaku.settlement.register_files import write_register_file
from itaku.settlement.register_intake import take_register_file
from itaku.settlement.taking_in import take_in
from itaku.settlement.terms import Terms
from itaku.settlement.views import Movement, View
from itaku.store.postgres import migrate, open_pool

LAST, FIRST, SECOND = dt.date(2026, 10, 31), dt.date(2026, 11, 1), dt.date(2026, 11, 2)
OCTOBER, NOVEMBER, DECEMBER = Month(2026, 10), Month(2026, 11), Month(2026, 12)
RIGHT = Held(CITY, Kind.RESIDENT_RECORD, 1, Yen(300))


def moment(day, hour=10, minute=0):
    return dt.datetime.combine(day, dt.time(hour, minute), JST)


class Town:
    """One municipality, its center and its register, each with its own tables."""

    def __init__(self, pool, directory):
        self.pool = pool
        self.closed = ClosedDays(directory / "days")
        self.scratch = directory / "scratch"
        self.fee = 300

    async def center(self, number, day, *, fee=300, voided_on=None, copies=1):
        await self.pool.execute(
            "INSERT INTO issuance(issuance_id, state, version, changed_at, body, municipality, kiosk, kind, copies,"
            " fee_yen, reason, told, delivered_at, voided_at)"
            " VALUES ($1, $2, 1, now(), '', $3, 'shop-00001-k1', 'resident-record', $4, $5, '', true, $6, $7)",
            number.to_bytes(16, "big"), "voided" if voided_on else "closed", CITY, copies, fee, moment(day),
            None if voided_on is None else moment(voided_on, 12),
        )  # fmt: skip

    async def municipality(self, number, day, *, voided_on=None, counted=True, copies=1):
        id_ = number.to_bytes(16, "big")
        await self.pool.execute(
            "INSERT INTO issuing(issuance_id, state, version, changed_at, body, kiosk, kind, copies, reason)"
            " VALUES ($1, $2, 3, now(), '', 'shop-00001-k1', 'resident-record', $3, '')",
            id_, "voided" if voided_on else "counted", copies,
        )  # fmt: skip
        steps = [("absent", "accepted", moment(day)), ("accepted", "ready", moment(day))]
        if counted:
            steps.append(("ready", "counted", moment(day, 10, 1)))
        if voided_on:
            steps.append((steps[-1][1], "voided", moment(voided_on, 12)))
        for version, (source, target, at) in enumerate(steps, start=1):
            await self.pool.execute(
                "INSERT INTO issuing_event(issuance_id, version, event, source, target, at)"
                " VALUES ($1, $2, 'x', $3, $4, $5)",
                id_, version, source, target, at,
            )  # fmt: skip

    async def register(self, *rows, at=SECOND):
        async with self.pool.acquire() as connection:
            now = to_instant(moment(at, 23, 59))
            return await take_register_file(connection, write_register_file(rows), "file", KNOWN, now)

    async def all_three(self, number, day):
        await self.center(number, day)
        await self.municipality(number, day)
        return row(number, when=to_instant(moment(day)))

    async def close(self, day, why=""):
        async with self.pool.acquire() as center, self.pool.acquire() as municipality:
            now = to_instant(moment(day + dt.timedelta(days=1), 2))
            return await close_day(center, {CITY: municipality}, self.fee_of, self.closed, day, now, why=why)

    def fee_of(self, code, kind, _at):
        assert (code, kind) == (CITY, Kind.RESIDENT_RECORD)
        return self.fee

    async def reconcile(self, month, on=None):
        async with self.pool.acquire() as connection:
            now = to_instant(moment(on or month.next().first_day))
            return await reconcile_month(connection, self.closed, month, self.scratch, now)

    async def figures(self, month):
        with connect(self.scratch) as connection:
            [figures] = month_figures(connection, self.closed, month)
        return figures

    async def in_transaction(self, step, *arguments, **named):
        async with self.pool.acquire() as connection, connection.transaction():
            return await step(connection, *arguments, **named)


@pytest.fixture
async def town(postgres_dsn, tmp_path):
    pool = await open_pool(postgres_dsn, max_size=4)
    await migrate(pool, "center", CENTER_TABLES)
    await migrate(pool, "municipality", MUNICIPALITY_TABLES)
    await prepare_reconciliation(pool)
    yield Town(pool, tmp_path)
    pool.terminate()


def name(number, side=View.REGISTER, movement=Movement.SALE):
    return CaseName(number.to_bytes(16, "big"), movement, side)


NOW = to_instant(moment(FIRST, 9))


async def test_a_day_whose_three_views_agree_is_closed_and_leaves_no_case(town):
    rows = [await town.all_three(number, FIRST) for number in range(1, 6)]
    await town.center(6, FIRST, voided_on=FIRST)
    await town.municipality(6, FIRST, voided_on=FIRST)
    sold = row(6, when=to_instant(moment(FIRST)))
    back = row(6, movement=Movement.REFUND, when=to_instant(moment(FIRST, 12)))
    await town.register(*rows, sold, back)
    closing = await town.close(FIRST)
    assert {view: facts.rows for view, facts in closing.views.items()} == dict.fromkeys(View, 7)
    reconciled = await town.reconcile(NOVEMBER)
    assert reconciled.result.equal
    assert reconciled.cases == ()
    figures = await town.figures(NOVEMBER)
    assert (figures.certificates, figures.refunded_certificates, figures.remit_yen) == (6, 1, 5 * (300 - 123))


async def test_what_comes_after_the_close_is_booked_on_an_open_day_and_settles_its_case(town):
    late = await town.all_three(1, LAST)
    await town.close(LAST)
    [case] = (await town.reconcile(OCTOBER)).cases
    assert (case.sort, case.owner, case.opened_in) == (Sort.MISSING, View.REGISTER, "2026-10")
    assert case.due_on == due_day(dt.date(2026, 11, 1)) == dt.date(2026, 11, 9)  # a holiday on the 3rd
    with pytest.raises(DayClosedError):
        await town.close(LAST)
    taken = await town.register(late)
    assert taken.accepted == 1
    closing = await town.close(FIRST)
    assert closing.views[View.REGISTER].rows == 1
    assert closing.views[View.CENTER].rows == 0
    reconciled = await town.reconcile(NOVEMBER)
    assert (reconciled.changes.settled, reconciled.cases) == (1, ())
    async with town.pool.acquire() as connection:
        steps = await history(connection, name(1))
    assert [(step.event, step.state) for step in steps] == [("opened", State.OPEN), ("arrived", State.SETTLED)]


async def test_a_wrong_amount_is_settled_by_reversal_in_an_open_day_and_the_closed_day_stays(town):
    await town.center(1, LAST, fee=350)
    await town.municipality(1, LAST)
    await town.register(row(1, when=to_instant(moment(LAST))))
    before = await town.close(LAST)
    [case] = (await town.reconcile(OCTOBER)).cases[:1]
    assert {each.sort for each in (await town.reconcile(OCTOBER)).cases} == {Sort.WRONG_AMOUNT}
    assert case.difference.yen == -50
    await take_in(town.pool, FixedClock(NOW), OCTOBER)
    told = Proposal(RIGHT, View.REGISTER, "佐藤", "300円を受け取った")
    await town.in_transaction(propose, name(1), told, NOW)
    agreed = await town.in_transaction(answer, name(1), View.CENTER, "鈴木", "料金表の入力が遅れた", NOW, agrees=True)
    assert agreed.state is State.AGREED
    await town.close(FIRST)
    reconciled = await town.reconcile(NOVEMBER)
    assert (reconciled.changes.settled, reconciled.cases) == (2, ())
    assert all(settled.by_reversal for settled in reconciled.result.settled)
    assert town.closed.closing(LAST) == before
    town.closed.verify(before)
    assert (await town.figures(OCTOBER)).fees_yen == 350
    november = await town.figures(NOVEMBER)
    assert (november.fees_yen, november.certificates, november.commission_yen) == (-50, 0, 0)
    async with town.pool.acquire() as connection:
        for month in (OCTOBER, NOVEMBER):
            booked = await statement_of(connection, CITY, month, Terms())
            assert figures_of(booked) == await town.figures(month)
    async with town.pool.acquire() as connection:
        steps = await history(connection, name(1))
    assert [step.event for step in steps] == ["opened", "proposed", "agreed", "settled by reversal"]
    assert [step.person for step in steps] == ["", "佐藤", "鈴木", ""]


async def test_a_case_needs_both_its_sides_and_neither_answers_itself(town):
    await town.center(1, LAST)
    await town.municipality(1, LAST)
    await town.close(LAST)
    await town.reconcile(OCTOBER)
    told = Proposal(None, View.REGISTER, "佐藤", "取引なし")
    with pytest.raises(CaseUnknownError):
        await town.in_transaction(propose, name(2), told, NOW)
    with pytest.raises(ReasonMissingError):
        await town.in_transaction(propose, name(1), Proposal(None, View.REGISTER, " ", "x"), NOW)
    with pytest.raises(CaseStateError):
        await town.in_transaction(propose, name(1), Proposal(None, View.MUNICIPALITY, "x", "x"), NOW)
    with pytest.raises(CaseStateError):
        await town.in_transaction(answer, name(1), View.CENTER, "鈴木", "", NOW, agrees=True)
    await town.in_transaction(propose, name(1), told, NOW)
    for party in (View.REGISTER, View.MUNICIPALITY):
        with pytest.raises(CaseStateError):
            await town.in_transaction(answer, name(1), party, "鈴木", "", NOW, agrees=True)
    back = await town.in_transaction(answer, name(1), View.CENTER, "鈴木", "交付済み", NOW, agrees=False)
    assert (back.state, back.proposal) == (State.OPEN, None)
    async with town.pool.acquire() as connection:
        assert [step.event for step in await history(connection, name(1))] == ["opened", "proposed", "sent back"]
        [case] = await open_cases(connection)
    assert case == back


async def test_two_sides_of_one_movement_are_corrected_once(town):
    await town.municipality(1, LAST)
    await town.register(row(1, when=to_instant(moment(LAST))))
    await town.close(LAST)
    reconciled = await town.reconcile(OCTOBER)
    assert {(case.name.side, case.sort, case.owner) for case in reconciled.cases} == {
        (View.MUNICIPALITY, Sort.UNKNOWN, View.CENTER),
        (View.REGISTER, Sort.UNKNOWN, View.CENTER),
    }
    for side in (View.MUNICIPALITY, View.REGISTER):
        await town.in_transaction(propose, name(1, side), Proposal(RIGHT, side, "佐藤", "交付した"), NOW)
    await town.in_transaction(answer, name(1), View.CENTER, "鈴木", "", NOW, agrees=True)
    with pytest.raises(CaseStateError):
        await town.in_transaction(answer, name(1, View.MUNICIPALITY), View.CENTER, "鈴木", "", NOW, agrees=True)
    await town.close(FIRST)
    assert (await town.reconcile(NOVEMBER)).cases == ()
    november = await town.figures(NOVEMBER)
    assert november.fees_yen == 300
    async with town.pool.acquire() as connection:
        assert figures_of(await statement_of(connection, CITY, NOVEMBER, Terms())) == november


async def test_a_refund_that_one_side_does_not_know_is_a_case_of_its_own(town):
    sold = row(1, when=to_instant(moment(LAST)))
    await town.center(1, LAST, voided_on=LAST)
    await town.municipality(1, LAST, voided_on=LAST, counted=False)
    await town.register(sold)
    await town.close(LAST)
    [case] = (await town.reconcile(OCTOBER)).cases
    assert (case.name.movement, case.sort, case.owner) == (Movement.REFUND, Sort.NOT_REFUNDED, View.REGISTER)
    assert "返金漏れ" in reconciled_text(await town.reconcile(OCTOBER))
    [shown] = reconciled_json(await town.reconcile(OCTOBER))["cases"]
    assert (shown["sort"], shown["yen"], shown["kiosk"]) == ("not_refunded", -300, "shop-00001-k1")


async def test_a_fee_that_changed_at_midnight_is_a_case_where_one_side_had_the_old_one(town):
    await town.center(1, FIRST)
    await town.municipality(1, FIRST)
    await town.register(row(1, when=to_instant(moment(FIRST))))
    town.fee = 350  # the ordinance since midnight; center and register took the old fee
    await town.close(FIRST)
    [case] = (await town.reconcile(NOVEMBER)).cases
    assert (case.name.side, case.sort, case.difference.yen) == (View.MUNICIPALITY, Sort.WRONG_AMOUNT, 50)


async def test_a_reopened_day_is_closed_anew_with_a_reason_and_its_first_edition_stays(town):
    rows = [await town.all_three(number, LAST) for number in (1, 2)]
    await town.register(rows[0])
    first = await town.close(LAST)
    await town.register(rows[1])
    second = await town.close(LAST, why="レジ1台分のデータが届いた")
    assert (first.edition, second.edition) == (1, 2)
    assert (first.views[View.REGISTER].rows, second.views[View.REGISTER].rows) == (1, 2)
    assert town.closed.closings(LAST) == [first, second]
    assert second.why == "レジ1台分のデータが届いた"
    for closing in (first, second):
        town.closed.verify(closing)
    assert (await town.reconcile(OCTOBER)).cases == ()


async def test_days_and_months_are_closed_in_their_order_and_not_before_they_are_over(town):
    await town.all_three(1, LAST)
    async with town.pool.acquire() as center:
        with pytest.raises(DayNotOverError):
            await close_day(center, {}, town.fee_of, town.closed, LAST, to_instant(moment(LAST, 23, 59)))
    with pytest.raises(DayNotClosedError):
        await town.reconcile(OCTOBER)
    await town.close(LAST)
    await town.close(SECOND)
    with pytest.raises(DayClosedError):
        await town.close(FIRST)
    with pytest.raises(MonthOrderError):
        await town.reconcile(NOVEMBER)
    await town.reconcile(OCTOBER)
    await town.reconcile(NOVEMBER)
    with pytest.raises(MonthOrderError):
        await town.reconcile(OCTOBER)


async def test_a_day_that_cannot_be_closed_is_not_and_its_rows_wait_for_it(town):
    rows = [await town.all_three(number, LAST) for number in (1, 2)]
    await town.register(*rows)
    town.fee = None
    with pytest.raises(FeeUnknownError):
        await town.close(LAST)
    assert town.closed.days() == []
    with pytest.raises(DayNotClosedError):
        await town.close(FIRST)
    town.fee = 300
    assert (await town.close(LAST)).views[View.REGISTER].rows == 2
    assert (await town.close(FIRST)).views[View.REGISTER].rows == 0


async def test_a_file_that_was_touched_after_its_day_was_closed_is_not_reconciled(town):
    await town.register(await town.all_three(1, LAST))
    await town.close(LAST)
    [path] = town.closed.files([town.closed.closing(LAST)], View.REGISTER)
    _touch(Path(path))
    with pytest.raises(ClosedDayUnfitError):
        await town.reconcile(OCTOBER)


def _touch(path):
    data = path.read_bytes()
    path.write_bytes(data[:60] + bytes([data[60] ^ 1]) + data[61:])


async def test_a_case_and_its_history_are_not_changed_behind_its_back(town):
    await town.center(1, LAST)
    await town.close(LAST)
    await town.reconcile(OCTOBER)
    for change in (
        "UPDATE reconciliation_case SET state = 'settled', version = version + 1",
        "UPDATE reconciliation_case SET owner = 'register'",
        "DELETE FROM reconciliation_case",
        "UPDATE reconciliation_case_event SET reason = 'x'",
        "DELETE FROM reconciliation_case_event",
        "TRUNCATE reconciliation_case_event",
    ):
        with pytest.raises(asyncpg.PostgresError, match=r"append_only|without_event"):
            await town.pool.execute(change)
    async with town.pool.acquire() as connection:
        assert await find_case(connection, name(1)) is not None
