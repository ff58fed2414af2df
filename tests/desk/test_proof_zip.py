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
from test_papers import filled, step

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


def handed_in(desk):
    """A report with two files attached, handed in and received on the day of the bundle."""
    desk.move_to(dt.datetime(2026, 6, 30, 10, 0))  # noqa: DTZ001 the desk's own zone
    contractor = desk.visitor("shiraishi")
    path = contractor.get("/papers/marathon-2026/completion-report/new").path
    for name, text in (("配置表.txt", "一班 十二人"), ("日報.txt", "晴れ")):
        assert contractor.upload(f"{path}files", {}, {"file": (name, text.encode())}).status == 200
    filled(contractor, path)
    assert step(contractor, path, "submit").status == 200
    assert step(desk.visitor("morita"), path, "receive").status == 200
    desk.move_to(dt.datetime(2026, 7, 2, 8, 42))  # noqa: DTZ001 the desk's own zone


@pytest.fixture(scope="module")
def made(desk):
    """A bundle of the marathon as of the end of June."""
    mornings.busy(desk)
    handed_in(desk)
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
    assert (said["ok"], said["recomputed"], said["unproved"]) == (True, True, [])
    assert (said["papers"], said["attachments"], said["unfiled"]) == (1, 2, 0)
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


def forged(made, drop=(), **changes):
    """A bundle of somebody who knows the form: manifest, digests and packing are made to fit."""

    files = opened(made) | {name.replace("__", "/"): data for name, data in changes.items()}
    files = {name: data for name, data in files.items() if name not in drop}
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


def test_a_changed_missing_or_added_attachment_is_found_even_where_the_manifest_was_made_to_fit(made, saved):
    files = opened(made)
    (paper,) = json.loads(files["papers.json"])
    plan, diary = paper["attachments"]
    assert [plan["title"], diary["title"]] == ["配置表.txt", "日報.txt"]
    there = {name for name in files if name.startswith("attachments/")}
    assert there == {f"attachments/{each['sha256']}.txt" for each in (plan, diary)}
    assert files[f"attachments/{plan['sha256']}.txt"].decode() == "一班 十二人"
    assert "配置表.txt" in files["index.html"].decode()

    def packed_anew(attachments, drop=(), **changes):
        listed = json.dumps([paper | {"attachments": attachments}]).encode()
        return check(saved(forged(made, drop, **{"papers.json": listed}, **changes)))

    def listed(name, content):
        digest = hashlib.sha256(content).hexdigest()
        return {
            "title": name,
            "mime": "text/plain",
            "bytes": len(content),
            "sha256": digest,
        }, f"attachments/{digest}.txt"

    assert not packed_anew([plan, diary], **{f"attachments/{plan['sha256']}.txt": b"else"}).ok
    assert not packed_anew([diary], drop=[f"attachments/{plan['sha256']}.txt"]).ok
    assert not packed_anew([plan, diary], drop=[f"attachments/{plan['sha256']}.txt"]).ok
    more, place = listed("領収書.txt", b"1,000")
    assert not packed_anew([plan, diary, more], **{place: b"1,000"}).ok
    report = packed_anew([plan, more], drop=[f"attachments/{diary['sha256']}.txt"], **{place: b"1,000"})
    assert any("添付が記録と違います" in each.ja for each in report.wrong)
    gone = forged(
        made, [name for name in files if name.startswith(("attachments/", "papers/"))], **{"papers.json": b"[]"}
    )
    assert any("記録された書類がありません" in each.ja for each in check(saved(gone)).wrong)
    longer = {"papers/" + paper["sha256"] + ".pdf": files[f"papers/{paper['sha256']}.pdf"] + b"x"}
    assert any("ダイジェスト" in each.ja for each in check(saved(forged(made, **longer))).wrong)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all", packed({MANIFEST: b"{}"})])
def test_what_is_no_bundle_is_said_and_nothing_is_raised(saved, content):
    assert not check(saved(content)).ok


def test_while_an_event_has_no_proof_the_bundle_is_given_out_only_as_unfinished(desk, saved, capsys):
    late = Told(id="late-1", at="2026-07-01", kind="doubt.raised", fields={"doubt": "席次"})
    desk.ask(lambda keeper: keeper.append(MARATHON, late))
    officer = desk.visitor("morita")
    page = officer.get(f"/proof/{MARATHON}/")
    assert page.status == 409
    assert page.headers["Content-Type"].startswith("text/html")
    number_ = len(desk.ask(lambda keeper: keeper.told(MARATHON)))
    assert f"第{number_}番" in text_of(page.text)
    unfinished = officer.get(f"/proof/{MARATHON}/?partial=1")
    assert "-unfinished.zip" in unfinished.headers["Content-Disposition"]
    path = saved(unfinished.body)
    report = check(path)
    assert (report.ok, report.wrong, report.unproved) == (False, (), (number_,))
    assert "途中の一式です" in opened(unfinished.body)["index.html"].decode()
    assert main(["record", "verify", str(path)]) == 1
    assert "途中の証拠一式です" in capsys.readouterr().out
    manifest = json.loads(opened(unfinished.body)[MANIFEST]) | {"complete": True, "unproved": []}
    whole = forged(unfinished.body, **{MANIFEST: json.dumps(manifest).encode()})
    assert next(each.place for each in check(saved(whole)).wrong) == MANIFEST
    number(desk)
    assert check(saved(officer.get(f"/proof/{MARATHON}/").body)).ok


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
