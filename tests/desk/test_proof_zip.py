"""The bundle of proof: one ZIP that a stranger checks offline, in which no byte can be changed unseen."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import json
import random
import zipfile

import asyncpg
import mornings
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from desk_under_test import text_of

from itaku.cli import main
from itaku.contracts.engine.events import Told
from itaku.desk.proof.bundle import MANIFEST, packed
from itaku.desk.proof.checking import check
from itaku.record.note import Signer
from itaku.record.sequencing import bind_key, sequence

MARATHON = "marathon-2026"
DAY = "2026-06-30"
_SIGNER = Signer("itaku.test/contracts", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def number(desk):
    """Numbers and signs what waits for the record, as the sequencer does."""

    async def work():
        connection = await asyncpg.connect(desk.dsn)
        try:
            await bind_key(connection, _SIGNER)
            while await sequence(connection, _SIGNER, desk.clock):
                pass
        finally:
            await connection.close()

    asyncio.run(work())


@pytest.fixture(scope="module")
def made(desk):
    """A bundle of the marathon as of the end of June."""
    mornings.busy(desk)
    number(desk)
    page = desk.visitor("morita").get(f"/proof/{MARATHON}/?as_of={DAY}")
    assert page.status == 200, text_of(page.text)
    assert page.headers["Content-Type"] == "application/zip"
    return page.body


@pytest.fixture
def saved(tmp_path):
    """Writes bytes to a file to be checked."""

    def save(content):
        path = tmp_path / "bundle.zip"
        path.write_bytes(content)
        return path

    return save


def opened(content):
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def test_the_command_accepts_the_bundle_and_names_the_key(made, saved, capsys, tmp_path):
    path = saved(made)
    assert main(["record", "verify", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["recomputed"], said["pending"]) == (True, True, 0)
    assert said["proofs"] == said["events"] + 1  # its opening, and every event
    key = tmp_path / "key"
    key.write_text(_SIGNER.public_key.text())
    assert main(["record", "verify", str(path), "--public-key", str(key), "--json"]) == 0
    capsys.readouterr()
    other = Signer("itaku.test/contracts", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
    key.write_text(other.public_key.text())
    assert main(["record", "verify", str(path), "--public-key", str(key), "--json"]) == 1


def test_it_holds_the_page_the_summary_the_tables_the_events_and_the_proofs(made):
    files = opened(made)
    assert {"index.html", "summary.pdf", "contract.json", "events.ndjson", "record/proofs.ndjson"} <= set(files)
    assert {"csv/articles.csv", "csv/events.csv", "csv/money.csv", "csv/papers.csv", MANIFEST} <= set(files)
    assert files["summary.pdf"].startswith(b"%PDF")
    page = files["index.html"].decode()
    assert "ちばアクアラインマラソン" in page
    assert "確かめ方" in page
    assert "<script" not in page
    assert "http://" not in page
    assert json.loads(files["contract.json"])["as_of"].startswith(DAY)


def test_asked_twice_for_a_day_only_the_time_of_making_differs(desk, made):
    desk.move_to(dt.datetime(2026, 7, 2, 11, 0))  # noqa: DTZ001 the desk's own zone
    number(desk)  # the notes of what people saw have joined the record since
    again = opened(desk.visitor("morita").get(f"/proof/{MARATHON}/?as_of={DAY}").body)
    before = opened(made)
    manifests = json.loads(before.pop(MANIFEST)), json.loads(again.pop(MANIFEST))
    assert before == again
    assert manifests[0].pop("made_at") != manifests[1].pop("made_at")
    assert manifests[0] == manifests[1]


def test_a_changed_byte_anywhere_is_found(made, saved):
    chosen = random.Random(5)
    names = opened(made)
    places = [chosen.randrange(len(made)) for _ in range(12)]
    places += [made.index(names[name]) + len(names[name]) // 2 for name in names if len(names[name]) > 40]
    places += [0, 5, 11, len(made) - 1, len(made) - 70]
    for place in places:
        changed = bytearray(made)
        changed[place] ^= 1
        assert not check(saved(bytes(changed))).ok, place
    assert not check(saved(made[:-1])).ok
    assert not check(saved(made + b"x")).ok


def forged(made, **changes):
    """A bundle of somebody who knows the form: manifest, digests and packing are made to fit."""

    files = opened(made) | {name.replace("__", "/"): data for name, data in changes.items()}
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in files.items()
        if name != MANIFEST
    }
    files[MANIFEST] = json.dumps(manifest).encode()
    return packed(files)


def test_a_forger_who_makes_all_digests_fit_is_found_by_the_record_and_the_replay(made, saved):
    files = opened(made)
    events = files["events.ndjson"].splitlines(keepends=True)
    dearer = forged(made, **{"events.ndjson": files["events.ndjson"].replace(b"88000000", b"98000000")})
    report = check(saved(dearer))
    assert any(each.place.startswith("event ") for each in report.wrong)
    assert not check(saved(forged(made, **{"events.ndjson": b"".join(events[:-1])}))).ok
    rosier = files["contract.json"].replace(b'"violated"', b'"fulfilled"')
    assert rosier != files["contract.json"]
    assert {each.place for each in check(saved(forged(made, **{"contract.json": rosier}))).wrong} == {"contract.json"}
    prettier = files["index.html"].replace("期限超過".encode(), "履行済".encode())
    assert {each.place for each in check(saved(forged(made, **{"index.html": prettier}))).wrong} == {"index.html"}
    fewer = b"".join(files["record/proofs.ndjson"].splitlines(keepends=True)[:-1])
    assert not check(saved(forged(made, **{"record/proofs.ndjson": fewer}))).ok


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all", packed({MANIFEST: b"{}"})])
def test_what_is_no_bundle_is_said_and_nothing_is_raised(saved, content):
    assert not check(saved(content)).ok


def test_what_is_not_numbered_yet_is_said_to_wait(desk, saved):

    late = Told(id="late-1", at="2026-07-01", kind="doubt.raised", fields={"doubt": "席次"})
    desk.ask(lambda keeper: keeper.append(MARATHON, late))
    report = check(saved(desk.visitor("morita").get(f"/proof/{MARATHON}/").body))
    assert report.ok
    assert report.pending == 1


def test_strangers_and_days_to_come_get_nothing_and_an_auditor_may_take_it(desk, made):
    assert made
    assert desk.visitor("minato").get(f"/proof/{MARATHON}/").status == 404
    assert desk.visitor("kuroda").get(f"/proof/{MARATHON}/?as_of={DAY}").status == 200
    for day in ("2027-01-01", "x", "2026-02-30"):
        assert desk.visitor("morita").get(f"/proof/{MARATHON}/?as_of={day}").status == 409
    assert "proof-made" in desk.visitor("kuroda").get("/audit/notes.csv").text


def test_the_contract_page_offers_it_for_the_day_that_is_shown(desk):
    page = desk.visitor("morita").get(f"/contracts/{MARATHON}/?as_of={DAY}")
    assert f'href="/proof/{MARATHON}/?as_of={DAY}"' in page.text
