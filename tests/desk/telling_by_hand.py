"""Telling events as people do, over HTTP and without a script: form, preview, record, and the second person."""

from __future__ import annotations

import datetime as dt
import html as entities
import re
import secrets
from typing import NamedTuple
from urllib.parse import urlencode

import asyncpg
from desk_under_test import DeskUnderTest, Page, Visitor, run_beside, text_of

from itaku.basis.clock import JST
from itaku.contracts.engine.events import Told


def hidden(html: str) -> dict[str, str]:
    """The hidden inputs of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', html)
    return {name: entities.unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def sent(fields: dict[str, object]) -> dict[str, str]:
    """Fields as a form sends them."""
    words = {True: "yes", False: "no"}
    return {
        f"f_{name.rstrip('_')}": words[value] if isinstance(value, bool) else str(value)
        for name, value in fields.items()
    }


class Table(NamedTuple):
    """A contract of its own at a desk, and everybody who sits at it."""

    desk: DeskUnderTest
    contract: str
    people: dict[str, Visitor]

    def form(self, who: str, kind: str, **query: str) -> Page:
        """The form of an event."""
        return self.people[who].get(f"/acts/{self.contract}/{kind}/" + (f"?{urlencode(query)}" if query else ""))

    def preview(self, who: str, kind: str, *, instance: str = "", party: str = "", **fields: object) -> Page:
        """What an event would change. A form opened from a matter keeps what it was filled with."""
        form = self.form(who, kind, **({"instance": instance} if instance else {}))
        assert form.status == 200, (who, kind, text_of(form.text)[:600])
        given = {**filled(form.text), **sent(fields), **({"party": party} if party else {})}
        return self.people[who].post(f"/acts/{self.contract}/{kind}/", {**given, "step": "preview"})

    def tell(self, who: str, kind: str, *, confirmed_by: str = "", **fields: object) -> Page:
        """Tells an event; `confirmed_by` is the second person, where one is asked."""
        shown = self.preview(who, kind, **fields)
        assert shown.status == 200, (who, kind, text_of(shown.text)[:900])
        page = self.people[who].post(f"/acts/{self.contract}/{kind}/", {**hidden(shown.text), "step": "record"})
        assert page.status == 200, (who, kind, text_of(page.text)[:900])
        if confirmed_by:
            assert "二人目の確認を待っています" in page.text, (who, kind, text_of(page.text)[:600])
            page = self.confirm(confirmed_by, page.path)
        assert "記録しました" in page.text, (who, kind, text_of(page.text)[:600])
        return page

    def confirm(self, who: str, path: str) -> Page:
        """The second person confirms."""
        page = self.people[who].get(path)
        return self.people[who].post(path, {**hidden(page.text), "step": "confirm"})

    def result(self):
        """The contract as it stands."""
        return self.desk.ask(lambda keeper: keeper.at(self.contract))

    def state(self, instance: str) -> str:
        """The state of one instance."""
        return self.result().views[instance].state

    def the(self, provision: str) -> str:
        """The id of the newest instance of a provision."""
        return [name for name, shown in self.result().views.items() if shown.provision == provision][-1]

    def flags(self) -> list[str]:
        """Acts without effect."""
        return [flag.ja for flag in self.result().flags if flag.code == "without_effect"]


def filled(html: str) -> dict[str, str]:
    """What a form holds when it is opened: hidden and written inputs, chosen radios and options."""
    found = hidden(html)
    for tag in re.findall(r"<input (?!type=\"hidden\")[^>]*>", html):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name is None or (re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag):
            continue
        found[name[1]] = entities.unescape(value[1]) if value else ""
    for name, inner in re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = entities.unescape(chosen[1]) if chosen else ""
    for name, inner in re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL):
        found[name] = entities.unescape(inner)
    return found


MARATHON_PEOPLE = ("morita", "kanda", "ono", "shiraishi", "tsuji")
CERTIFICATES_PEOPLE = ("morita", "kanda", "ono", "minato", "sakai")


def new_table(desk: DeskUnderTest, like: str, told: list[Told], people: tuple[str, ...]) -> Table:
    """A contract of its own, with the seats that a demonstration contract has, signed and as far as `told` goes."""
    contract = f"{like.partition('-')[0]}-{secrets.token_hex(4)}"
    form = like.partition("-")[0]

    async def prepare(keeper):
        await keeper.open(contract, form)
        await keeper.append_all(contract, told)

    desk.ask(prepare)
    _rows(
        desk.dsn,
        "INSERT INTO {0}.accounts_membership(person_id, contract, party, duties, begun_at) "
        "SELECT person_id, $2, party, duties, now() FROM {0}.accounts_membership WHERE contract = $1",
        like,
        contract,
    )
    return Table(desk, contract, {name: _signed_in(desk, name) for name in people})


def _signed_in(desk: DeskUnderTest, name: str) -> Visitor:
    """A person of this desk, signed in once for all tests of a file: hashing a password takes a while, on purpose."""
    known = _SIGNED_IN.setdefault(desk.url, {})
    if name not in known:
        known[name] = desk.visitor(name)
    return known[name]


_SIGNED_IN: dict[str, dict[str, Visitor]] = {}


def told(day: str, kind: str, number: int, **fields: object) -> Told:
    """An event for the beginning of a contract."""
    return Told(id=f"b{number}", at=day, kind=kind, fields={name.rstrip("_"): value for name, value in fields.items()})


def marathon(desk: DeskUnderTest) -> Table:
    """A marathon contract signed on 4 November 2025 at 11,000,000 yen, with a rate for late charges."""
    begun = [
        told("2025-11-04", "contract.signed", 1),
        told("2025-11-04", "term.set", 2, term="price_yen", yen=11_000_000),
        told(
            "2025-11-04",
            "rate.entered",
            3,
            rate="千葉県財務規則120-1",
            from_="2025-04-01",
            percent="2.5",
            basis="財務規則第120条第1項",
            source="試験のため",
        ),
    ]
    return new_table(desk, "marathon-2026", begun, MARATHON_PEOPLE)


def certificates(desk: DeskUnderTest) -> Table:
    """A certificates contract signed on 25 March 2026 for a year from April."""
    begun = [
        told("2026-03-25", "contract.signed", 1),
        told("2026-03-25", "term.set", 2, term="term_start", date="2026-04-01"),
        told("2026-03-25", "term.set", 3, term="term_end", date="2027-03-31"),
        told("2026-03-25", "term.set", 4, term="tax_percent", text="10"),
    ]
    return new_table(desk, "certificates-2026", begun, CERTIFICATES_PEOPLE)


def stopped_half_way(dsn: str, token: str, moment: dt.datetime) -> None:
    """Leaves an act as a process leaves it that stopped between the desk's row and the contract."""
    _rows(
        dsn,
        "UPDATE {}.acts_act SET state = 'telling', confirmer_id = person_id, confirmed_at = $2 WHERE token = $1",
        token,
        moment.replace(tzinfo=JST),
    )


def notes_of(dsn: str, contract: str) -> list[tuple[str, str]]:
    """The audit trail of a contract: what was done and by whom, the oldest first."""
    rows = _rows(
        dsn,
        "SELECT n.kind, p.sign_in_name FROM {0}.audit_note n JOIN {0}.accounts_person p ON p.id = n.person_id "
        "WHERE n.contract = $1 ORDER BY n.id",
        contract,
    )
    return [(row[0], row[1]) for row in rows]


def _rows(dsn: str, query: str, *values: object) -> list[asyncpg.Record]:
    """Asks the desk's own tables."""

    async def work() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(dsn)
        try:
            schema = await connection.fetchval(
                "SELECT table_schema FROM information_schema.tables WHERE table_name = 'accounts_membership'"
            )
            return await connection.fetch(query.format(f'"{schema}"'), *values)
        finally:
            await connection.close()

    return run_beside(work())
