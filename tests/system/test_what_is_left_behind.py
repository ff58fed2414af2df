"""After all other tests of the sandbox: what lies about in logs, journals and databases says nothing of anybody."""

from __future__ import annotations

import pytest


@pytest.fixture
async def town(town):
    # At least one certificate came by, also when this file is run alone.
    await (await town.kiosk().prepared("r0001")).to_the_end()
    return town


def written_otherwise(text: str) -> set[bytes]:
    """A text as logs may hold it: as it is, without its space, escaped."""
    forms = {text, text.replace("\u3000", ""), text.replace("\u3000", " "), text.upper()}
    return {form.encode() for form in forms} | {form.encode("unicode_escape") for form in forms}


async def test_no_log_names_a_resident_a_number_a_card_or_a_pin(town):
    rows = await town.sandbox.municipality("SELECT name, name_kana, individual_number, card_serial FROM resident")
    secrets = set().union(*(written_otherwise(value) for row in rows for value in row.values() if value))
    logs = [path for path in town.sandbox.directory.rglob("*.log*") if path.is_file()]
    assert {"center-1.log", "relay-1.log", "k01.log", "shop-1.log"} <= {log.name for log in logs}
    for log in logs:
        text = log.read_bytes()
        assert [secret for secret in secrets if secret in text] == [], log.name
        for pin in (b'"1234"', b"pin=", b'"pin"', b"0020008004"):
            assert pin not in text, log.name


async def test_no_journal_and_no_relay_or_shop_database_holds_a_document_or_a_person(town):
    rows = await town.sandbox.municipality("SELECT name, individual_number, card_serial FROM resident")
    secrets = {b"%PDF"} | {value.encode() for row in rows for value in row.values() if value}
    data = list((town.sandbox.directory / "data").iterdir())
    files = [path for path in data if path.name.startswith(("k0", "relay", "shop"))]
    assert len(files) >= 4
    for path in files:
        held = path.read_bytes()
        assert [secret for secret in secrets if secret in held] == [], path.name


async def test_no_table_of_the_center_and_no_record_holds_a_person(town):
    rows = await town.sandbox.municipality("SELECT name, individual_number, card_serial FROM resident")
    secrets = {value.encode() for row in rows for value in row.values() if value}
    records = "SELECT body FROM record_entry UNION ALL SELECT body FROM record_pending"
    for ask in (town.sandbox.center, town.sandbox.municipality):
        held = b"".join(row["body"] for row in await ask(records))
        assert len(held) > 1000
        assert [secret for secret in secrets if secret in held] == []
    held = b"".join(row["body"] for row in await town.sandbox.center("SELECT body FROM issuance"))
    assert [secret for secret in secrets | {b"%PDF"} if secret in held] == []


async def test_the_municipality_keeps_no_sealed_document_of_a_finished_issuance(town):
    query = "SELECT max(octet_length(body)) AS longest FROM issuing WHERE state IN ('counted', 'void')"
    longest = (await town.sandbox.municipality(query))[0]["longest"]
    assert longest is not None
    assert longest < 2000
