"""The replica equals its source, or says that it does not know."""

from __future__ import annotations

import asyncio
import datetime as dt
import random

import asyncpg
import msgspec
import pytest
from invented_residents import FOREIGN, NOW, PEOPLE, People

from itaku.basis.clock import InstantMs
from itaku.issuance.municipality.eligibility import Withheld, check
from itaku.issuance.municipality.feed import Delta, FeedAnswer, Inquiry, Outcome, decode_answer, encode
from itaku.issuance.municipality.registry import Block, Relation, Resident, SealRegister
from itaku.issuance.municipality.replica import (
    KEPT_DIGESTS,
    REPLICA_MIGRATIONS,
    apply_delta,
    household_of,
    load_snapshot,
    proven_as_of,
    receive,
)
from itaku.issuance.protocol.kinds import ResidentRecordOptions, SealRegistrationOptions
from itaku.store.postgres import migrate, open_pool

LIMIT_MS = 5 * 60_000
WHOLE = ResidentRecordOptions()
SEAL = SealRegistrationOptions()


@pytest.fixture
def people() -> People:
    return PEOPLE


@pytest.fixture
async def pool(postgres_dsn):
    pool = await open_pool(postgres_dsn, max_size=4)
    await migrate(pool, "replica", REPLICA_MIGRATIONS)
    yield pool
    await pool.close()


@pytest.fixture
async def conn(pool):
    async with pool.acquire() as connection:
        yield connection


def later(seconds: int) -> InstantMs:
    return InstantMs(NOW + seconds * 1000)


async def answer_of(conn, card_serial, options, now):
    """What a resident would be told: the refusal's code, or ok."""
    household = await household_of(conn, card_serial)
    as_of = household.as_of if household else await proven_as_of(conn)
    try:
        check(household, options, now, as_of, LIMIT_MS)
    except Withheld as withheld:
        return withheld.code
    return "ok"


async def test_what_was_loaded_is_found_by_card_with_household_seal_and_moment(conn, people):
    head = people.person(1, blocks=(Block.PLANNED_LEAVER, Block.CHARACTER_PENDING))
    wife = people.person(
        3, relation=Relation.WIFE, foreign=FOREIGN, alias="汐見　花", name="NGUYỄN THỊ HOA", address_since=None
    )
    child = people.person(2, name="葛\U000e0102城　﨑𠮷", removed_on=dt.date(2020, 1, 1), notified_on=None)
    stranger = people.person(9, household_no="H2", relation=Relation.HEAD)
    await load_snapshot(conn, [wife, stranger, head, child], [people.seal(wife)], 7, NOW)

    household = await household_of(conn, wife.card_serial)

    assert household.holder == wife
    assert household.members == (head, child, wife)
    assert household.present_members == (head, wife)
    assert household.seal == people.seal(wife)
    assert household.as_of == NOW
    assert (await household_of(conn, head.card_serial)).seal is None


@pytest.mark.parametrize("serial", ["", "ffffffff", "00000001'; --"])
async def test_a_card_that_nobody_holds_finds_nobody(conn, people, serial):
    await load_snapshot(conn, [people.person(1), people.person(2, card_serial="")], [], 0, NOW)
    assert await household_of(conn, serial) is None
    assert await answer_of(conn, serial, WHOLE, NOW) == "resident_unknown"


async def test_a_replica_that_was_never_loaded_is_unproven_and_takes_no_delta(conn, people):
    assert await proven_as_of(conn) is None
    assert await apply_delta(conn, Delta(1, NOW, (people.person(1),))) == FeedAnswer(Outcome.EMPTY, 0, proven=False)
    assert await answer_of(conn, "00000001", WHOLE, NOW) == "replica_stale"


async def test_a_heartbeat_keeps_the_replica_fresh_and_silence_lets_it_go_stale(conn, people):
    await load_snapshot(conn, [people.person(1)], [], 0, NOW)
    assert await answer_of(conn, "00000001", WHOLE, later(301)) == "replica_stale"
    assert await apply_delta(conn, Delta(1, later(200))) == FeedAnswer(Outcome.APPLIED, 2, proven=True)
    assert await answer_of(conn, "00000001", WHOLE, later(301)) == "ok"
    assert await proven_as_of(conn) == later(200)


async def test_a_deleted_seal_is_not_issued_again_until_it_is_registered_again(conn, people):
    holder = people.person(1)
    await load_snapshot(conn, [holder], [people.seal(holder)], 0, NOW)
    assert await answer_of(conn, holder.card_serial, SEAL, NOW) == "ok"
    await apply_delta(conn, Delta(1, NOW, seal_deletions=(holder.resident_no,)))
    assert await answer_of(conn, holder.card_serial, SEAL, NOW) == "seal_not_registered"
    new = SealRegister(holder.resident_no, dt.date(2026, 11, 21), b"another")
    await apply_delta(conn, Delta(2, NOW, seals=(new,)))
    assert (await household_of(conn, holder.card_serial)).seal == new


async def test_who_leaves_and_comes_back_does_not_find_the_old_seal(conn, people):
    holder = people.person(1)
    await load_snapshot(conn, [holder], [people.seal(holder)], 0, NOW)
    await apply_delta(conn, Delta(1, NOW, deletions=(holder.resident_no,)))
    assert await household_of(conn, holder.card_serial) is None
    await apply_delta(conn, Delta(2, NOW, upserts=(holder,)))
    assert (await household_of(conn, holder.card_serial)).seal is None


async def test_a_changed_entry_replaces_the_old_one_and_keeps_its_seal(conn, people):
    holder = people.person(1)
    await load_snapshot(conn, [holder], [people.seal(holder)], 0, NOW)
    renewed = msgspec.structs.replace(holder, card_serial="abcdef", address="汐見市浜町4番", household_no="H8")
    await apply_delta(conn, Delta(1, NOW, (renewed,)))
    assert await household_of(conn, holder.card_serial) is None
    household = await household_of(conn, "abcdef")
    assert (household.holder, household.members, household.seal) == (renewed, (renewed,), people.seal(holder))


async def test_a_gap_withholds_everything_until_all_that_was_announced_has_come(conn, people):
    holder = people.person(1)
    await load_snapshot(conn, [holder], [people.seal(holder)], 4, NOW)
    deltas = {seq: Delta(seq, later(seq)) for seq in range(5, 9)}
    assert await apply_delta(conn, deltas[5]) == FeedAnswer(Outcome.APPLIED, 6, proven=True)
    assert await apply_delta(conn, deltas[8]) == FeedAnswer(Outcome.GAP, 6, proven=False)
    assert await answer_of(conn, holder.card_serial, SEAL, later(8)) == "replica_stale"
    assert await answer_of(conn, "ffff", SEAL, later(8)) == "replica_stale"
    assert await apply_delta(conn, deltas[6]) == FeedAnswer(Outcome.APPLIED, 7, proven=False)
    assert await apply_delta(conn, deltas[6]) == FeedAnswer(Outcome.DUPLICATE, 7, proven=False)
    assert await apply_delta(conn, deltas[7]) == FeedAnswer(Outcome.APPLIED, 8, proven=False)
    assert await answer_of(conn, holder.card_serial, SEAL, later(8)) == "replica_stale"
    assert await apply_delta(conn, deltas[8]) == FeedAnswer(Outcome.APPLIED, 9, proven=True)
    assert await answer_of(conn, holder.card_serial, SEAL, later(8)) == "ok"


async def test_the_same_number_with_other_content_is_a_contradiction_until_a_new_snapshot(conn, people):
    holder = people.person(1)
    await load_snapshot(conn, [holder], [], 0, NOW)
    await apply_delta(conn, Delta(1, NOW))
    other = Delta(1, NOW, deletions=(holder.resident_no,))
    assert await apply_delta(conn, other) == FeedAnswer(Outcome.CONTRADICTION, 0, proven=False)
    assert await apply_delta(conn, Delta(2, later(1))) == FeedAnswer(Outcome.CONTRADICTION, 0, proven=False)
    assert await answer_of(conn, holder.card_serial, WHOLE, NOW) == "replica_stale"
    await load_snapshot(conn, [holder], [], 2, later(2))
    assert await answer_of(conn, holder.card_serial, WHOLE, NOW) == "ok"


async def test_a_source_that_starts_its_numbers_again_is_noticed(conn, people):
    await load_snapshot(conn, [people.person(1)], [], 40, NOW)
    late = Delta(39, later(-5))
    assert await apply_delta(conn, late) == FeedAnswer(Outcome.DUPLICATE, 41, proven=True)
    assert (await apply_delta(conn, Delta(1, later(5)))).outcome is Outcome.CONTRADICTION
    assert await proven_as_of(conn) is None


async def test_one_card_for_two_persons_is_a_contradiction_and_changes_nothing(conn, people):
    first, second = people.person(1), people.person(2)
    await load_snapshot(conn, [first, second], [], 0, NOW)
    thief = msgspec.structs.replace(second, card_serial=first.card_serial)
    assert (await apply_delta(conn, Delta(1, NOW, (thief,)))).outcome is Outcome.CONTRADICTION
    assert await answer_of(conn, first.card_serial, WHOLE, NOW) == "replica_stale"
    assert (await household_of(conn, first.card_serial)).holder == first


async def test_a_card_may_pass_from_one_entry_to_another_within_one_delta(conn, people):
    first, second = people.person(1), people.person(2)
    await load_snapshot(conn, [first, second], [], 0, NOW)
    swapped = (
        msgspec.structs.replace(first, card_serial=second.card_serial),
        msgspec.structs.replace(second, card_serial=first.card_serial),
    )
    assert (await apply_delta(conn, Delta(1, NOW, swapped))).outcome is Outcome.APPLIED
    assert (await household_of(conn, first.card_serial)).holder == swapped[1]


async def test_a_card_for_two_persons_in_a_snapshot_leaves_the_replica_as_it_was(conn, people):
    await load_snapshot(conn, [people.person(1)], [], 0, NOW)
    with pytest.raises(asyncpg.UniqueViolationError):
        await load_snapshot(conn, [people.person(1), people.person(2, card_serial="00000001")], [], 1, later(1))
    assert await answer_of(conn, "00000001", WHOLE, NOW) == "ok"


async def test_requests_of_the_feed_are_answered_bytes_to_bytes(conn, people):
    assert decode_answer(await receive(conn, encode(Inquiry()))) == FeedAnswer(Outcome.INQUIRED, 0, proven=False)
    await load_snapshot(conn, [people.person(1)], [], 3, NOW)
    assert decode_answer(await receive(conn, encode(Inquiry()))) == FeedAnswer(Outcome.INQUIRED, 4, proven=True)
    delta = Delta(4, NOW, (people.person(2, foreign=FOREIGN),), ("N9",), (people.seal(people.person(2)),), ("N8",))
    assert decode_answer(await receive(conn, encode(delta))) == FeedAnswer(Outcome.APPLIED, 5, proven=True)
    for body in (b"", b"\x00", encode(FeedAnswer(Outcome.GAP, 1, proven=False)), encode(delta) + b"x"):
        with pytest.raises(msgspec.DecodeError):
            await receive(conn, body)


async def test_digests_of_old_deltas_are_dropped(conn, people, monkeypatch):
    assert KEPT_DIGESTS >= 1000
    monkeypatch.setattr("itaku.issuance.municipality.replica.KEPT_DIGESTS", 5)
    await load_snapshot(conn, [people.person(1)], [], 0, NOW)
    for seq in range(1, 21):
        await apply_delta(conn, Delta(seq, later(seq)))
    assert await conn.fetchval("SELECT array_agg(seq ORDER BY seq) FROM replica_delta") == [16, 17, 18, 19, 20]


async def test_a_look_up_beside_the_feed_sees_each_delta_whole_or_not_at_all(pool, people):
    def pair(round_: int) -> tuple[Resident, ...]:
        return tuple(people.person(n, address=f"汐見市浜町{round_}番") for n in (1, 2, 3))

    def sealed(round_: int) -> SealRegister:
        return SealRegister("N0001", dt.date(2026, 1, 1), f"汐見市浜町{round_}番".encode())

    async with pool.acquire() as writer, pool.acquire() as reader:
        await load_snapshot(writer, pair(0), [sealed(0)], 0, NOW)
        done = asyncio.Event()

        async def write() -> None:
            for seq in range(1, 60):
                await apply_delta(writer, Delta(seq, NOW, pair(seq), (), (sealed(seq),)))
            done.set()

        writing = asyncio.create_task(write())
        seen = set()
        while not done.is_set():
            household = await household_of(reader, "00000001")
            assert len(household.members) == 3
            addresses = {member.address for member in household.members}
            assert len(addresses) == 1
            assert {household.seal.seal_png.decode()} == addresses
            seen |= addresses
        await writing
        assert len(seen) > 1, "the look-ups ran beside the feed"


class Source:
    """The registers at their source: changes at random, and remembers every delta that it has sent."""

    def __init__(self, rng: random.Random, people) -> None:
        self.rng, self.people = rng, people
        self.residents = {}
        self.seals = {}
        self.deltas = {}
        for number in range(1, 13):
            person = people.person(number, household_no=f"H{number % 4}")
            self.residents[person.resident_no] = person
            self.seals[person.resident_no] = people.seal(person)

    def change(self, seq: int) -> Delta:
        upserts, deletions, seals, seal_deletions = {}, set(), {}, set()
        for _ in range(self.rng.randrange(3)):
            number = self.rng.randint(1, 14)
            no = f"N{number:04d}"
            deed = self.rng.choice(["move", "delete", "seal", "unseal"])
            if no in upserts or no in deletions or no in seals or no in seal_deletions:
                continue
            if deed == "move":
                upserts[no] = self.people.person(
                    number, household_no=f"H{self.rng.randrange(4)}", card_serial=f"{number:04x}{seq:06x}"
                )
                self.residents[no] = upserts[no]
            elif deed == "delete":
                deletions.add(no)
                self.residents.pop(no, None)
                self.seals.pop(no, None)
            elif deed == "seal" and no in self.residents:
                seals[no] = SealRegister(no, dt.date(2026, 1, 1), f"seal {seq}".encode())
                self.seals[no] = seals[no]
            elif deed == "unseal":
                seal_deletions.add(no)
                self.seals.pop(no, None)
        self.deltas[seq] = Delta(
            seq, later(seq), tuple(upserts.values()), tuple(deletions), tuple(seals.values()), tuple(seal_deletions)
        )
        return self.deltas[seq]


@pytest.mark.parametrize("seed", range(8))
async def test_however_the_feed_is_lost_repeated_or_reordered_the_replica_is_right_or_silent(conn, people, seed):
    rng = random.Random(seed)
    source = Source(rng, people)
    await load_snapshot(conn, source.residents.values(), source.seals.values(), 0, NOW)
    serials = {"": set()}
    history = {}

    def remember(seq: int) -> None:
        history[seq] = (dict(source.residents), dict(source.seals))
        serials[""] |= {resident.card_serial for resident in source.residents.values()}

    remember(0)
    on_the_way = []
    seen = last = 0
    for seq in range(1, 61):
        delta = source.change(seq)
        remember(seq)
        on_the_way += rng.choice([[], [delta], [delta], [delta, delta]])
        rng.shuffle(on_the_way)
        while on_the_way and rng.random() < 0.7:
            arrived = on_the_way.pop()
            answer = await apply_delta(conn, arrived)
            seen = max(seen, arrived.seq)
            assert answer.outcome in {Outcome.APPLIED, Outcome.DUPLICATE, Outcome.GAP}
            last = answer.wanted_seq - 1
            assert answer.proven == (last == seen)
            # Sometimes the source hears what is wanted, and sends that again.
            if rng.random() < 0.6 and answer.wanted_seq in source.deltas:
                on_the_way.append(source.deltas[answer.wanted_seq])
        probe = rng.choice(sorted(serials[""]))
        told = await answer_of(conn, probe, SEAL, later(60))
        if last < seen:
            assert told == "replica_stale"
        else:
            residents, seals = history[last]
            holder = next((r for r in residents.values() if r.card_serial == probe), None)
            sealed = holder is not None and holder.resident_no in seals
            assert told == ("ok" if sealed else "resident_unknown" if holder is None else "seal_not_registered")
    wanted = last + 1
    while wanted <= 60:
        wanted = (await apply_delta(conn, source.deltas[wanted])).wanted_seq
    assert await proven_as_of(conn) == later(60)
    for resident in source.residents.values():
        household = await household_of(conn, resident.card_serial)
        assert household.holder == resident
        assert household.seal == source.seals.get(resident.resident_no)
        same = [r for r in source.residents.values() if r.household_no == resident.household_no]
        assert household.members == tuple(sorted(same, key=lambda r: r.order))
    gone = serials[""] - {resident.card_serial for resident in source.residents.values()}
    assert gone
    for serial in gone:
        assert await household_of(conn, serial) is None
