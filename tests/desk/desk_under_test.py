"""A desk of its own for the tests of a file: real database, real server, both demonstration contracts."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime as dt
import http.client
import http.cookiejar
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

import asyncpg
import msgspec

from itaku.basis.clock import JST, PracticeClock, SystemClock, to_instant
from itaku.basis.randomness import SystemRandomness
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.shelf import form
from itaku.desk.settings import DeskSettings
from itaku.sandbox.contract_lives import load_contracts
from itaku.sandbox.desk_people import PASSWORD, desk_people
from itaku.store.device_key import make_device_key
from itaku.store.postgres import open_pool
from itaku.store.ready import READY_VARIABLE
from itaku.supervisor.settings import plain, write_settings


class Page(NamedTuple):
    """An answer of the desk. `path` is where it came from, after redirects."""

    status: int
    text: str
    path: str
    headers: http.client.HTTPMessage
    body: bytes


class Visitor:
    """A person with a browser's cookies and no script."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str, **headers: str) -> Page:
        return self._ask(urllib.request.Request(self.url + path, headers=headers))

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Page:
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": self.token(), **(fields or {})}).encode()
        return self._ask(urllib.request.Request(self.url + path, data=body, headers=headers))

    def upload(self, path: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> Page:
        mark = "itakuTestBoundary"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in {"csrfmiddlewaretoken": self.token(), **fields}.items()
        ]
        for name, (file_name, content) in files.items():
            head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
            parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
        body = b"".join(parts) + f"--{mark}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self._ask(urllib.request.Request(self.url + path, data=body, headers=headers))

    def token(self) -> str:
        """The token that a form of this session carries."""
        found = {cookie.name: cookie.value for cookie in self.jar}
        if "csrftoken" not in found:
            self.get("/sign-in/" if "itaku_desk" not in found else "/")
            found = {cookie.name: cookie.value for cookie in self.jar}
        return found.get("csrftoken") or ""

    def _ask(self, request: urllib.request.Request) -> Page:
        request.add_header("Referer", self.url + "/")
        try:
            with self._opener.open(request) as answer:
                return self._page(answer.status, answer.read(), answer.geturl(), answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return self._page(error.code, error.read(), error.geturl(), error.headers)

    def _page(self, status: int, body: bytes, url: str, headers: http.client.HTTPMessage) -> Page:
        parts = urllib.parse.urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return Page(status, body.decode("utf-8", "replace"), path, headers, body)


class DeskUnderTest:
    """A running desk. `clock` is the sandbox's, which all of it shares."""

    def __init__(self, dsn: str, now: dt.datetime, folder: Path, **changes: object) -> None:
        self.dsn, self.folder = dsn, folder
        self.clock = PracticeClock(folder / "clock")
        self.move_to(now)
        (folder / "key").write_bytes(os.urandom(32))
        if not (folder / "code-key").exists():
            make_device_key(folder / "code-key", SystemRandomness())
        (folder / "files").mkdir(exist_ok=True)
        (folder / "people.json").write_bytes(desk_people())
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = DeskSettings(
            name="desk",
            dsn=dsn,
            secret_key=str(folder / "key"),
            code_key=str(folder / "code-key"),
            files=str(folder / "files"),
            page_port=port,
            first_people=str(folder / "people.json"),
            sandbox=True,
            clock_file=str(folder / "clock"),
            log_file=str(folder / "desk.log"),
        )
        self.settings = msgspec.structs.replace(settings, **changes)
        self.settings_file = write_settings(folder / "desk.toml", plain(self.settings))
        self.url = self.settings.url
        run_beside(load_contracts(dsn, self.clock, lambda _: None))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        theirs_in, ours = os.pipe()
        with (self.folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "itaku.desk", str(self.settings_file)],
                env=os.environ | {READY_VARIABLE: str(ours)},
                pass_fds=(ours,),
                stdout=log,
                stderr=log,
                cwd="/",
            )
        os.close(ours)
        said = os.read(theirs_in, 64)  # not until its end: the server's worker holds the other end too
        os.close(theirs_in)
        assert said.startswith(b"ready"), (self.folder / "out.log").read_text()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.stop()
        self.clock.close()

    def move_to(self, moment: dt.datetime) -> None:
        """Sets the practice clock: 2026-07-02 09:00 in Japan, say."""
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=JST)
        self.clock.move(int(to_instant(zoned)) - int(SystemClock().now()))

    def visitor(self, sign_in_name: str | None = None) -> Visitor:
        """A visitor, signed in as a person of the demonstration."""
        found = Visitor(self.url)
        if sign_in_name is not None:
            page = found.post("/sign-in/", {"sign_in_name": sign_in_name, "password": PASSWORD})
            assert page.status == 200, page.text
            assert "sign-in" not in page.path, page.text
        return found

    def ask(self, question):
        """Asks the kept contracts themselves, beside the desk: `desk.ask(lambda keeper: keeper.told(...))`."""

        async def work():
            pool = await open_pool(self.dsn, max_size=1, application_name="test")
            try:
                return await question(Keeper(pool, form, self.clock, SystemRandomness()))
            finally:
                await pool.close()

        return run_beside(work())

    def rows(self, sql, *args):
        """What a query finds in the desk's database."""

        async def work():
            connection = await asyncpg.connect(self.dsn)
            try:
                return await connection.fetch(sql, *args)
            finally:
                await connection.close()

        return run_beside(work())


def run_beside(work):
    """Runs a coroutine in a thread of its own: a browser's test has a loop running in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def folder() -> Path:
    found = Path(tempfile.mkdtemp(prefix="itaku-desk-"))
    found.chmod(0o711)
    return found


def text_of(html: str) -> str:
    """What a person reads of a page, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()
