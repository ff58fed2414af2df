"""The sandbox's data: loaded once, loaded again when its day has come, and found by card."""

from __future__ import annotations

import contextlib

import asyncpg
import msgspec
import pytest

from itaku.basis.clock import PracticeClock, SystemClock
from itaku.issuance.municipality.feed import Delta, Outcome
from itaku.issuance.municipality.replica import apply_delta, household_of, proven_as_of
from itaku.sandbox import demo
from itaku.sandbox.cards import CardState, read_cards

DAY_MS = 24 * 60 * 60 * 1000


@contextlib.asynccontextmanager
async def connected(dsn):
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_second_start_finds_the_residents_and_writes_the_same_cards(postgres_dsn, tmp_path):
    said = []
    before = SystemClock().now()
    await demo.load(postgres_dsn, tmp_path, said.append)
    cards = read_cards(tmp_path)
    async with connected(postgres_dsn) as conn:
        first = await proven_as_of(conn)
        assert before <= first <= SystemClock().now()
        for number in ("r0001", "r0500", "r1000"):
            household = await household_of(conn, cards.all[number])
            assert household.holder.resident_no == number
    await demo.load(postgres_dsn, tmp_path, said.append)
    async with connected(postgres_dsn) as conn:
        assert await proven_as_of(conn) == first
    assert read_cards(tmp_path) == cards
    assert ["読み込みました" in line for line in said] == [True, False]


async def test_the_cards_say_what_they_show_and_index_everyone(postgres_dsn, tmp_path):
    await demo.load(postgres_dsn, tmp_path, lambda _: None)
    cards = read_cards(tmp_path)
    assert len(cards.all) == 1000
    assert 25 <= len(cards.cards) <= 40
    assert {card.kind for card in cards.cards} == set(CardState)
    assert (
        len({card.label_ja for card in cards.cards}) == len({card.label_en for card in cards.cards}) == len(cards.cards)
    )
    assert all(cards.all[card.id] == card.serial and card.pin == "1234" for card in cards.cards)
    assert cards.card("r0001") == cards.card("R0001") == cards.cards[0]
    assert cards.card("r0999").serial == cards.all["r0999"]
    assert cards.card("r0999").kind is CardState.NORMAL
    assert cards.card("r1001") is None
    raw = msgspec.json.decode((tmp_path / "cards.json").read_bytes())
    assert set(raw["card"][0]) == {"id", "serial", "kind", "pin", "label_ja", "label_en"}


async def test_a_new_day_and_a_replica_in_doubt_are_loaded_again_and_the_numbers_go_on(postgres_dsn, tmp_path):
    with contextlib.closing(PracticeClock(tmp_path / demo.CLOCK_FILE)) as clock:
        await demo.load(postgres_dsn, tmp_path, lambda _: None)
        async with connected(postgres_dsn) as conn:
            assert (await apply_delta(conn, Delta(1, clock.now()))).outcome is Outcome.APPLIED
        clock.move(3 * DAY_MS)
        await demo.load(postgres_dsn, tmp_path, lambda _: None)
        async with connected(postgres_dsn) as conn:
            assert await proven_as_of(conn) > SystemClock().now() + 2 * DAY_MS
            assert (await apply_delta(conn, Delta(9, clock.now()))).wanted_seq == 2
        await demo.load(postgres_dsn, tmp_path, lambda _: None)
        async with connected(postgres_dsn) as conn:
            assert await proven_as_of(conn) is not None
            assert (await apply_delta(conn, Delta(2, clock.now()))).outcome is Outcome.APPLIED


async def test_cards_that_cannot_be_read_are_an_error(tmp_path):
    with pytest.raises(OSError, match=r"cards\.json"):
        read_cards(tmp_path)
    (tmp_path / "cards.json").write_text("{}")
    with pytest.raises(msgspec.DecodeError):
        read_cards(tmp_path)
