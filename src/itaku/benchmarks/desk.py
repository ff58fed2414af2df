"""What a morning at the desk costs, measured: the first screen and its pages for a person with five thousand contracts.

A real desk over a throw-away PostgreSQL, asked over HTTP on loopback by one signed-in person, one request after the
other: what is measured is the time until the whole page has arrived, and the processor time of the desk and the
database together. Contracts are the demonstration's two lives, each shifted by some days. The alternative to the
index, replaying every contract for the same question, is measured in the same run.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import http.client
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from itaku.basis.clock import JST, InstantMs, PracticeClock, SystemClock, to_instant
from itaku.basis.randomness import SystemRandomness
from itaku.benchmarks.figure import Figure
from itaku.benchmarks.processor_time import processor_ms
from itaku.benchmarks.throwaway import own_database, own_directory
from itaku.contracts.engine.events import Told, read_event
from itaku.contracts.engine.result import replay
from itaku.contracts.keeping.due_index import due_rows
from itaku.contracts.keeping.keeping import Keeper
from itaku.contracts.keeping.schema import prepare
from itaku.contracts.shelf import form
from itaku.desk.people_file import FirstOrganisation, FirstPerson, FirstSeat
from itaku.desk.settings import DeskSettings
from itaku.sandbox.contract_lives import history, told_by
from itaku.store.device_key import make_device_key
from itaku.store.postgres import open_pool
from itaku.store.ready import READY_VARIABLE
from itaku.supervisor.settings import plain, write_settings

TODAY = dt.date(2026, 7, 2)
"""The day of the demonstration's middle."""

_FORMS = {"certificates": ("client",), "marathon": ("committee", "prefecture")}
"""Each form with the parties for whom the person acts."""
_SPREAD_DAYS = 360
_LOADING_SECONDS = 900.0
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_FURTHER = re.compile(r'href="([^"]*page=\d+)" rel="next"')
_NAME = "officer"


class Size(NamedTuple):
    """How many contracts there are, and how often each page is asked for."""

    contracts: int = 5_000
    asked: int = 100


class _Spent(NamedTuple):
    walls: list[float]
    processor_ms: float

    @property
    def p50(self) -> float:
        return statistics.median(self.walls)

    @property
    def p95(self) -> float:
        return sorted(self.walls)[max(0, round(len(self.walls) * 0.95) - 1)]


def run() -> list[Figure]:
    """Measures for two or three minutes on a PostgreSQL and a desk of its own."""
    with own_directory() as directory, own_database(directory) as database:
        return measure(database.dsn, database.pid, directory, Size())


def measure(dsn: str, database: int, directory: Path, size: Size) -> list[Figure]:
    """The figures on the empty database of `dsn`, whose server is the process `database`."""
    clock = PracticeClock(directory / "clock")
    clock.move(int(to_instant(dt.datetime.combine(TODAY, dt.time(8, 42), JST))) - int(SystemClock().now()))
    found = [asyncio.run(_load(dsn, size, clock))]
    password = secrets.token_urlsafe(18)
    desk = _Desk(dsn, directory, _people(size, password))
    try:
        visitor = _Visitor(desk.port, password)
        try:
            found += _screens(visitor, _Meter({"desk": desk.pid, "database": database}), size)
        finally:
            visitor.close()
    finally:
        desk.stop()
        clock.close()
    return [*found, *asyncio.run(_against_replaying(dsn, clock_now(), size, found))]


def clock_now() -> InstantMs:
    """The instant at which the contracts stand."""
    return to_instant(dt.datetime.combine(TODAY, dt.time(8, 42), JST))


# ---- what is measured ----


def _screens(visitor: _Visitor, meter: _Meter, size: Size) -> list[Figure]:
    about = f"{size.contracts:,} contracts of one person"
    first = meter.ask(lambda: visitor.get("/"), 1)
    again = meter.ask(lambda: visitor.get("/"), size.asked)
    pages = iter(visitor.pages("/"))
    paged = meter.ask(lambda: next(pages), max(2, size.asked // 4))
    known = meter.ask(lambda: visitor.get(visitor.further), size.asked)
    own = meter.ask(lambda: visitor.get("/?own=1"), size.asked)
    text = meter.ask(lambda: visitor.get("/?text=%E6%A4%9C%E6%9F%BB"), size.asked)
    found = [
        Figure("desk: first screen, the very first of a day", first.walls[0], "ms", f"{about}; nothing cached yet")
    ]
    for name, spent in (
        ("first screen", again),
        ("a page never asked for before", paged),
        ("a page asked for again", known),
        ("first screen, own duties only", own),
        ("first screen, a text looked for", text),
    ):
        note = (
            f"median of {len(spent.walls)}; {spent.processor_ms:.1f} ms of processor time a request, desk and database"
        )
        found += [
            Figure(f"desk: {name}, p50", spent.p50, "ms", note),
            Figure(f"desk: {name}, p95", spent.p95, "ms", about),
        ]
    return found


async def _against_replaying(dsn: str, now: InstantMs, size: Size, before: list[Figure]) -> list[Figure]:
    """The alternative: what is due by replaying every contract, from a sample of one in twenty-five."""
    pool = await open_pool(dsn, max_size=1)
    try:
        sample = range(0, size.contracts, 25)
        began = time.perf_counter()
        for number in sample:
            told = await pool.fetch("SELECT told FROM contract_event WHERE contract = $1 ORDER BY seq", _id(number))
            contract = form(_form(number))
            events = [read_event(contract, _DECODER.decode(row["told"]), seq) for seq, row in enumerate(told, 1)]
            due_rows(replay(contract, events, now))
        all_ms = (time.perf_counter() - began) * 1000 * size.contracts / len(sample)
    finally:
        await pool.close()
    screen = next(each for each in before if each.name == "desk: first screen, p50")
    note = f"computed from {len(sample):,} of {size.contracts:,} contracts, one in twenty-five"
    return [
        Figure("desk: the same by a plain full replay", all_ms / 1000, "s", note),
        Figure("desk: full replay over first screen, p50", all_ms / screen.value, "x", "same machine, same run"),
    ]


class _Meter:
    """Asks again and again, and measures the processes that answer."""

    def __init__(self, processes: dict[str, int]) -> None:
        self._processes = processes

    def ask(self, question: Any, times: int) -> _Spent:
        before, walls = sum(processor_ms(self._processes).values()), []
        for _ in range(times):
            began = time.perf_counter()
            question()
            walls.append((time.perf_counter() - began) * 1000)
        return _Spent(walls, (sum(processor_ms(self._processes).values()) - before) / times)


# ---- contracts ----


async def _load(dsn: str, size: Size, clock: PracticeClock) -> Figure:
    """Contracts with their events as they are stored after months, and their index made once."""
    pool = await open_pool(dsn, max_size=2)
    try:
        await prepare(pool)
        lives = {name: history(name) for name in _FORMS}
        rows, events = [], []
        for number in range(size.contracts):
            told = told_by([*_shifted(lives[_form(number)], number)], TODAY)
            rows.append((_id(number), _form(number), int(clock.now()), len(told)))
            events += [
                (_id(number), seq, each.id, msgspec.json.encode(each), int(clock.now()))
                for seq, each in enumerate(told, 1)
            ]
        async with pool.acquire() as connection:
            columns: tuple[str, ...] = ("id", "form", "opened_at_ms", "last_seq")
            await connection.copy_records_to_table("contract", records=rows, columns=columns, timeout=_LOADING_SECONDS)
            columns = ("contract", "seq", "event_id", "told", "told_at_ms")
            await connection.copy_records_to_table(
                "contract_event", records=events, columns=columns, timeout=_LOADING_SECONDS
            )
        began = time.perf_counter()
        made = await Keeper(pool, form, clock, SystemRandomness()).rebuild()
        assert made == size.contracts, "all of them"
        spent = time.perf_counter() - began
        await pool.execute("VACUUM ANALYZE", timeout=_LOADING_SECONDS)
        due = await pool.fetchval("SELECT count(*) FROM contract_due")
        note = f"{size.contracts:,} contracts, {len(events):,} events, {due:,} rows"
        return Figure("desk: index made once", spent, "s", note)
    finally:
        await pool.close()


def _shifted(told: list[Told], number: int) -> Iterator[Told]:
    """A life some days earlier or later, every day in it."""
    days = dt.timedelta(days=number * 7 % _SPREAD_DAYS - _SPREAD_DAYS // 2)

    def earlier(text: str) -> str:
        return _DATE.sub(lambda found: (dt.date.fromisoformat(found[0]) - days).isoformat(), text)

    for each in told:
        fields = {name: earlier(value) if isinstance(value, str) else value for name, value in each.fields.items()}
        yield msgspec.structs.replace(each, at=earlier(each.at), fields=fields)


def _form(number: int) -> str:
    return tuple(_FORMS)[number % len(_FORMS)]


def _id(number: int) -> str:
    return f"C-{number:05}"


# ---- the desk and who asks it ----


def _people(size: Size, password: str) -> bytes:
    seats = [
        FirstSeat(contract=_id(number), party=party, duties=("officer",))
        for number in range(size.contracts)
        for party in _FORMS[_form(number)]
    ]
    person = FirstPerson(sign_in_name=_NAME, password=password, name="計測 担当", seats=tuple(seats))
    city = FirstOrganisation(name="汐見市", name_en="Shiomi City", kind="client", people=(person,))
    return msgspec.json.encode([city])


class _Desk:
    """A desk in a process of its own."""

    def __init__(self, dsn: str, directory: Path, people: bytes) -> None:
        (directory / "people.json").write_bytes(people)
        (directory / "key").write_bytes(secrets.token_bytes(32))
        make_device_key(directory / "code-key", SystemRandomness())
        (directory / "files").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = DeskSettings(
            name="desk",
            dsn=dsn,
            secret_key=str(directory / "key"),
            code_key=str(directory / "code-key"),
            files=str(directory / "files"),
            page_port=self.port,
            first_people=str(directory / "people.json"),
            sandbox=True,
            clock_file=str(directory / "clock"),
            log_file=str(directory / "desk.log"),
        )
        file = write_settings(directory / "desk.toml", plain(settings))
        theirs, ours = os.pipe()
        with (directory / "out.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 ours, with a settings file of ours
                [sys.executable, "-m", "itaku.desk", str(file)],
                env=os.environ | {READY_VARIABLE: str(ours)},
                pass_fds=(ours,),
                stdout=log,
                stderr=log,
                cwd="/",
            )
        os.close(ours)
        said = os.read(theirs, 64)
        os.close(theirs)
        assert said.startswith(b"ready"), (directory / "out.log").read_text(encoding="utf-8")
        self.pid = self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


class _Visitor:
    """A signed-in person on one connection that stays open."""

    def __init__(self, port: int, password: str) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}
        self.further = "/"
        """The address of the page that came last of `pages`."""
        token = _TOKEN.search(self.get("/sign-in/"))
        assert token is not None, "the form has its token"
        fields = {"csrfmiddlewaretoken": token[1], "sign_in_name": _NAME, "password": password}
        body = urllib.parse.urlencode(fields)
        status, _ = self._ask("POST", "/sign-in/", body, {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == http.client.FOUND, "signed in"

    def close(self) -> None:
        """Ends the connection."""
        self._line.close()

    def get(self, path: str) -> str:
        """A page, which must be there."""
        status, text = self._ask("GET", path, None, {})
        assert status == http.client.OK, f"{path}: {status}"
        return text

    def pages(self, path: str) -> Iterator[str]:
        """The following pages of a list, one after the other, and from the beginning once it ends."""
        following = path
        while True:
            self.further = following
            text = self.get(following)
            found = _FURTHER.search(text)
            following = found[1].replace("&amp;", "&") if found else path
            yield text

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._line.request(method, path, body, {"Cookie": cookies, "Referer": "http://127.0.0.1/", **headers})
        answer = self._line.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.partition(";")[0]
        return answer.status, text


_DECODER = msgspec.json.Decoder(Told)
