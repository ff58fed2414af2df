"""Record first (I7): where nothing can be recorded nothing begins; what was issued can be proven afterwards."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from kiosk_by_hand import Town, code_of, until
from sandbox_under_test import MUNICIPALITY, Visitor

from itaku.basis.canonical import canonical_value
from itaku.commands import record
from itaku.commands.kiosk_page import KioskPage
from itaku.issuance.kiosk.screens import MoneyPlace, State
from itaku.issuance.protocol import messages as m
from itaku.record.copy_format import FILE_NAME
from itaku.record.errors import EntryUnknownError, ProofInvalidError
from itaku.record.note import PublicKey
from itaku.record.proof import InclusionProof, check_inclusion
from itaku.record.verify import verify

SEQUENCER = "sequencer-center"


async def numbered(town: Town) -> None:
    """Until nothing waits to be numbered."""

    async def done() -> bool:
        return not await town.sandbox.center("SELECT 1 FROM record_pending LIMIT 1")

    await until(done)


def key_line(town: Town, of: str = "center") -> str:
    """The record's key line, made of the public key file that the operator hands out."""
    public = load_pem_public_key((town.sandbox.directory / "pki" / f"record-{of}.pub").read_bytes())
    return PublicKey(f"itaku.internal/{of}", public.public_bytes(Encoding.Raw, PublicFormat.Raw)).text()


async def test_without_a_sequencer_nothing_begins_and_what_is_under_way_ends_safely(town):
    supervisor = town.sandbox.supervisor
    under_way = await town.kiosk("k02").prepared("r0002")
    frozen = False

    async def freeze(_screen: Any) -> None:
        nonlocal frozen
        supervisor.freeze(SEQUENCER)
        frozen = True

    try:
        async with KioskPage(town.sandbox.page()) as page:
            result = await Visitor(page, hooks={State.PAYING: freeze}).visit()
            await town.sandbox.take_card_away()
        assert frozen
        assert result.outcome is not None
        assert result.outcome.reason is None
        assert result.outcome.money is MoneyPlace.TAKEN

        async def refused() -> bool:
            answer = await town.kiosk().session().open()
            return isinstance(answer, m.Refused) and answer.code == "record_unavailable"

        await until(refused, every_s=0.5)
        assert isinstance(await under_way.permit(), m.PermitOk)
        assert isinstance(await under_way.delivered(), m.DeliveredOk)
        assert isinstance(await under_way.erased(), m.ErasedOk)
        async with KioskPage(town.sandbox.page()) as page:
            turned_away = await Visitor(page).visit()
            await town.sandbox.take_card_away()
        assert turned_away.outcome is not None
        assert turned_away.outcome.reason is not None
        assert turned_away.outcome.reason.code == "record_unavailable"
        assert turned_away.outcome.money is MoneyPlace.NONE
    finally:
        supervisor.thaw(SEQUENCER)

    async def served() -> bool:
        return isinstance(await town.kiosk().session().open(), m.OpenOk)

    await until(served, every_s=0.5)
    await (await town.kiosk().prepared()).to_the_end()


async def read_only(town: Town, switch: str) -> None:
    """The center's database refuses or takes writes from now on, as after a failover to a standby."""
    dsn = town.sandbox.settings("center-1")["dsn"]
    connection = await asyncpg.connect(dsn, server_settings={"default_transaction_read_only": "off"})
    try:
        await connection.execute(f"ALTER ROLE CURRENT_USER SET default_transaction_read_only = {switch}")
        await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = current_user AND pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()


async def test_a_database_that_takes_no_writes_refuses_new_sessions_and_loses_none(town):
    session = await town.kiosk().prepared()
    await read_only(town, "on")
    try:

        async def refused() -> bool:
            answer = await town.kiosk().session().open()
            return isinstance(answer, m.Refused) and answer.code == "record_unavailable"

        await until(refused, every_s=0.3)
        assert code_of(await session.permit()) == "center_unavailable"
        assert await town.state(session.id) == "prepared"
    finally:
        await read_only(town, "off")

    async def served() -> bool:
        return isinstance(await town.kiosk().session().open(), m.OpenOk)

    await until(served, every_s=0.3)
    await session.to_the_end()


async def facts_of(town: Town, issuance_id: bytes) -> list[tuple[bytes, dict[str, Any]]]:
    rows = await town.sandbox.center("SELECT entry_id, body FROM record_entry ORDER BY seq")
    entries: list[tuple[bytes, Any]] = [(row["entry_id"], canonical_value(row["body"])) for row in rows]
    return [(key, entry["facts"]) for key, entry in entries if entry["facts"].get("issuance_id") == issuance_id]


async def test_every_delivered_issuance_stands_in_the_record_from_opened_to_closed(town):
    await (await town.kiosk().prepared()).to_the_end()
    await numbered(town)
    rows = await town.sandbox.center("SELECT body FROM record_entry ORDER BY seq")
    path: dict[bytes, list[str]] = {}
    for row in rows:
        entry: Any = canonical_value(row["body"])
        if entry["kind"].startswith("issuance.") and entry["facts"]["from"] != entry["facts"]["to"]:
            path.setdefault(entry["facts"]["issuance_id"], []).append(entry["facts"]["to"])
    closed = await town.sandbox.center("SELECT issuance_id FROM issuance WHERE state = 'closed'")
    assert closed
    for row in closed:
        whole = ["opened", "applied", "prepared", "permitted", "delivered", "closed"]
        assert path[row["issuance_id"]] == whole


async def test_every_step_of_every_issuance_has_its_entry(town):
    in_one_look = (
        "SELECT (SELECT count(*) FROM issuance_event) AS events,"
        " array(SELECT body FROM record_entry UNION ALL SELECT body FROM record_pending) AS bodies"
    )
    (row,) = await town.sandbox.center(in_one_look)
    kinds = [canonical_value(body)["kind"] for body in row["bodies"]]
    assert sum(kind.startswith("issuance.") for kind in kinds) == row["events"] > 0


async def test_a_copy_of_the_running_record_verifies_and_one_flipped_bit_is_found(town, tmp_path):
    await (await town.kiosk().prepared()).to_the_end()
    await numbered(town)
    await asyncio.to_thread(record.export, town.sandbox.directory, "center", tmp_path)
    check_copy(tmp_path / FILE_NAME, key_line(town), key_line(town, MUNICIPALITY))


def check_copy(file: Path, key: str, another_key: str) -> None:
    report = verify(file, key)
    assert report.ok, report.text()
    assert not verify(file, another_key).ok
    whole = file.read_bytes()
    assert whole.count(b"\n") > 10
    for place in range(len(whole) // 7, len(whole), len(whole) // 7):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        file.write_bytes(flipped)
        assert not verify(file, key).ok, place
    file.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 1])
    assert not verify(file, key).ok, "a line cut off"


async def test_an_issuances_entry_is_proven_by_the_command_and_checked_with_the_published_key_alone(town):
    session = await (await town.kiosk().prepared()).to_the_end()
    await numbered(town)
    entries = [(key, facts) for key, facts in await facts_of(town, session.id) if facts["to"] == "delivered"]
    (entry_id, facts), *_ = entries
    assert facts["sheets"] == session.sheets()
    command = [sys.executable, "-m", "itaku.cli", "record", "prove", "--state", str(town.sandbox.directory)]
    told = await asyncio.to_thread(
        subprocess.run, [*command, entry_id.hex()], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    proof = InclusionProof.from_json(told.stdout.encode())
    assert check_inclusion(proof, key_line(town)).size > proof.seq
    other = json.loads(told.stdout) | {"seq": proof.seq + 1}
    with pytest.raises(ProofInvalidError):
        check_inclusion(InclusionProof.from_json(json.dumps(other).encode()), key_line(town))


async def test_an_entry_that_is_not_in_the_record_cannot_be_proven(town):
    with pytest.raises(EntryUnknownError):
        await asyncio.to_thread(record.prove, town.sandbox.directory, "center", bytes(16).hex())
