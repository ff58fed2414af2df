"""The public page over HTTP, as anyone's browser meets it; and the command, which needs no network at all."""

from __future__ import annotations

import io
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from PIL import Image
from scanned_paper import as_file

from itaku.cli import main
from itaku.store.log import open_log
from itaku.verification.settings import VerificationSettings
from itaku.verification.site import serving
from itaku.verification.uploads import FILES_AT_MOST, LARGEST_BYTES, UnreadableError
from itaku.verification.worker import examined_apart


@asynccontextmanager
async def page_of(folder, keys, **changes):
    (folder / "keys.json").write_bytes(keys)
    settings = VerificationSettings(
        name="verification", page_host="127.0.0.1", page_port=0, keys=str(folder / "keys.json"), **changes
    )
    async with (
        serving(settings, open_log(None, "verification")) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session,
    ):
        yield session


def form_of(*files):
    form = aiohttp.FormData()
    for number, data in enumerate(files):
        form.add_field("file", io.BytesIO(data), filename=f"{number}.bin", content_type="application/octet-stream")
    return form


async def test_the_page_asks_for_files_and_loads_nothing_from_elsewhere(tmp_path, published_keys):
    async with page_of(tmp_path, published_keys) as session:
        async with session.get("/") as response:
            text = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "http" not in policy
        assert 'capture="environment"' in text
        assert text.index("証明書を確かめる") < text.index("Verify a certificate")
        assert "取消しの有無" in text
        for path in ("/verification.css", "/verification.js"):
            async with session.get(path) as response:
                assert response.status == 200
                assert "//" not in (await response.text()).replace("// Comfort only", "")
        async with session.get("/issuer-keys.json") as response:
            assert await response.read() == published_keys


async def test_a_pdf_is_proved_shown_and_not_kept(tmp_path, published_keys, document, capsys):
    async with page_of(tmp_path, published_keys) as session, session.post("/", data=form_of(document)) as response:
        text = await response.text()
    assert response.status == 200
    assert response.headers["Cache-Control"] == "no-store"
    for said in (
        "発行者と記載内容が確かめられました",
        "汐見市",
        "住民票の写し",
        "2026-11-21",
        "無効になったかどうかは、ここでは分かりません",
        "data:image/png;base64,",
    ):
        assert said in text
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]
    log = capsys.readouterr().err
    assert "proved" in log
    assert "7K2M" not in log
    assert "𠮷" not in log


@pytest.mark.parametrize(
    ("files", "status", "words"),
    [
        ((), 400, "ファイルが選ばれていません"),
        ((b"no picture at all",), 400, "このファイルは開けません"),
        ((b"x" * (LARGEST_BYTES + 1),), 413, "ファイルが大きすぎます"),
        ((b"x",) * (FILES_AT_MOST + 1), 413, "ファイルが大きすぎます"),
    ],
    ids=["nothing", "text", "too large", "too many"],
)
async def test_what_cannot_be_examined_is_refused_on_the_page_itself(tmp_path, published_keys, files, status, words):
    data = form_of(*files) if files else {"other": "field"}
    async with page_of(tmp_path, published_keys) as session, session.post("/", data=data) as response:
        text = await response.text()
    assert response.status == status
    assert words in text
    assert '<form method="post"' in text


async def test_when_too_many_ask_the_next_are_told_to_come_back(tmp_path, published_keys):
    async with (
        page_of(tmp_path, published_keys, at_once=0, waiting=0) as session,
        session.post("/", data=form_of(b"x")) as response,
    ):
        assert response.status == 503
        assert "混み合っています" in await response.text()


async def test_without_keys_nothing_is_said_to_be_proved(tmp_path, document):
    async with page_of(tmp_path, b"{}") as session, session.post("/", data=form_of(document)) as response:
        assert response.status == 503
        assert "確かめられました" not in await response.text()


async def test_an_examination_that_breaks_its_process_is_a_refusal(monkeypatch, published_keys, document):
    monkeypatch.setattr("itaku.verification.worker.sys.executable", "/bin/false")
    with pytest.raises(UnreadableError):
        await examined_apart((document,), published_keys)


# --- the command


def test_the_command_proves_a_pdf_offline_and_writes_the_front_as_issued(tmp_path, published_keys, document, capsys):
    (tmp_path / "keys.json").write_bytes(published_keys)
    (tmp_path / "certificate.pdf").write_bytes(document)
    arguments = [
        "verify-certificate",
        str(tmp_path / "certificate.pdf"),
        "--keys",
        str(tmp_path / "keys.json"),
        "--pictures",
        str(tmp_path / "out"),
        "--json",
    ]
    assert main(arguments) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "proved"
    assert [one["name"] for one in said["checks"]] == ["file_genuine", "void_offline"]
    assert said["sheets"][0]["issuer"] == "汐見市"
    (written,) = said["pictures"]
    with Image.open(written) as picture:
        assert picture.size == (1240, 1754)


def test_the_command_says_in_words_what_stays_open(tmp_path, published_keys, paper, capsys):
    (tmp_path / "keys.json").write_bytes(published_keys)
    (tmp_path / "front.jpg").write_bytes(as_file(paper[0].reduce(2)))
    assert main(["verify-certificate", str(tmp_path / "front.jpg"), "--keys", str(tmp_path / "keys.json")]) == 0
    said = capsys.readouterr().out
    assert "二次元コードは本物です" in said
    assert "― 裏面がないため" in said
    assert "void or not is answered online only" in said


def test_the_command_fails_for_what_was_altered_or_cannot_be_read(tmp_path, published_keys, document, capsys):
    (tmp_path / "keys.json").write_bytes(published_keys)
    altered = bytearray(document)
    altered[len(altered) // 2] ^= 1
    (tmp_path / "altered.pdf").write_bytes(bytes(altered))
    keys = ["--keys", str(tmp_path / "keys.json")]
    assert main(["verify-certificate", str(tmp_path / "altered.pdf"), *keys]) == 1
    assert "発行されたものと違います" in capsys.readouterr().out
    assert main(["verify-certificate", str(tmp_path / "none.pdf"), *keys, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "file_not_read"
    assert main(["verify-certificate", str(tmp_path / "altered.pdf"), "--keys", str(tmp_path / "none.json")]) == 1
    assert "公開鍵のファイルを読めません" in capsys.readouterr().err
