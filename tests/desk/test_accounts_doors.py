"""Trying doors: every address of the desk is tried by people who have no business there, and by hostile input."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

import msgspec
import pytest
from desk_under_test import PASSWORD, Page, Visitor
from telling_by_hand import Table, marathon

from itaku.desk.settings import SETTINGS_VARIABLE
from itaku.supervisor.settings import plain, write_settings

OPEN = ("/sign-in/", "/language/", "/healthz", "/calendar/")
"""Where nobody need be signed in."""

LISTING = """
import json, sys
from itaku.desk.configuration import configure, desk_settings
configure(desk_settings())
from django.conf import settings
from django.urls import get_resolver
def walk(patterns, before=""):
    for each in patterns:
        route = before + str(each.pattern)
        if hasattr(each, "url_patterns"):
            yield from walk(each.url_patterns, route)
        else:
            yield each.name or "", "/" + route
names = [name for name in dir(settings) if name.endswith(("_HTTPONLY", "_SAMESITE", "_SECURE"))]
print(json.dumps({"addresses": list(walk(get_resolver().url_patterns)),
                  "cookies": {name: getattr(settings, name) for name in names}}))
"""


class Address(NamedTuple):
    """An address of the desk: its name, its route, and one page of it that is there for a member."""

    name: str
    route: str
    path: str

    @property
    def of_a_contract(self) -> bool:
        return ":contract>" in self.route


def listing(settings_file) -> dict:
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LISTING],
        env=os.environ | {SETTINGS_VARIABLE: str(settings_file)},
        capture_output=True,
        check=True,
    )
    return json.loads(found.stdout)


class House(NamedTuple):
    """A desk with a contract in it that has a paper and an act, and all addresses filled with what is there."""

    table: Table
    addresses: list[Address]
    members: tuple[Visitor, ...]
    stranger: Visitor


@pytest.fixture(scope="module")
def house(desk) -> House:
    table = marathon(desk)
    recorded = table.tell("morita", "damage.counted", damage="A1", fault="other", payee="committee", yen="80000")
    begin = f"/papers/{table.contract}/completion-report/new"
    which = re.search(r'href="[^"]*(\?instance=[^"]+)"', table.people["shiraishi"].get(begin).text)
    paper = table.people["shiraishi"].get(begin + html.unescape(which[1])).path
    values = {
        "contract": table.contract,
        "kind": "report.received",
        "event_id": recorded.path.partition("?")[0].rpartition("/")[2],
        "instance": next(iter(table.result().views)),
        "paper": "completion-report",
        "number": "1",
        "pk": "1",
        "secret": "x" * 32,
        "name": "people",
    }
    for_name = {
        "act-done": {"token": values["event_id"]},
        "act-pending": {"token": values["event_id"]},
        "paper-file": {"kind": "pdf"},
    }
    paper_token = paper.rstrip("/").rpartition("/")[2]
    found = []
    for name, route in listing(desk.settings_file)["addresses"]:
        known = {"token": paper_token, **values, **for_name.get(name, {})}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, known=known: known.get(part[1], "1"), route)
        found.append(Address(name, route, path + html.unescape(which[1]) if name == "paper-new" else path))
    return House(table, found, (table.people["shiraishi"], table.people["morita"]), desk.visitor("minato"))


def of_contracts(house: House) -> list[Address]:
    return [each for each in house.addresses if each.of_a_contract]


NEEDS_MORE = ("paper-attachment", "money-")
"""Addresses of a contract whose page is there only after more has happened than this house has seen, by the beginning
of their names: it has no attachment, and no books of settlement."""


def test_every_address_of_a_contract_is_there_for_its_people(house):
    """The control: an address that fails here needs a value above, so that its refusals below mean something."""
    missing = [
        each.route
        for each in of_contracts(house)
        if not each.name.startswith(NEEDS_MORE) and all(member.get(each.path).status == 404 for member in house.members)
    ]
    assert not missing


def test_no_address_of_a_contract_answers_people_of_another(house):
    answered = [
        (each.route, method, page.status)
        for each in of_contracts(house)
        for method, page in (("GET", house.stranger.get(each.path)), ("POST", house.stranger.post(each.path)))
        if page.status != 404 and not (page.status == 405 and method in {"GET", "POST"})
    ]
    assert not answered


def test_a_contract_of_others_is_answered_as_one_that_is_not_there(house):
    for each in of_contracts(house):
        nowhere = each.path.replace(house.table.contract, "no-such-contract")
        there, not_there = house.stranger.get(each.path), house.stranger.get(nowhere)
        assert _plain(there) == _plain(not_there).replace("no-such-contract", house.table.contract), each.route


def _plain(page: Page) -> str:
    return re.sub(r'(name="csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", page.text)


def test_nothing_but_the_sign_in_answers_who_is_not_signed_in(house, desk):
    visitor = desk.visitor()
    for each in house.addresses:
        page = visitor.get(each.path)
        if not each.path.startswith(OPEN):
            assert page.path.startswith("/sign-in/"), each.route
    for each in house.addresses:
        if not each.path.startswith(OPEN):
            page = visitor.post(each.path, {"step": "record"})
            assert page.status == 401, each.route


def test_a_form_without_its_token_is_refused_everywhere(house):
    member = house.members[1]
    for each in house.addresses:
        page = member.post(each.path, {"csrfmiddlewaretoken": "x" * 64})
        assert page.status == 403, each.route


def counted(table: Table) -> dict[str, int]:
    """Rows of every table that an act could change."""
    from telling_by_hand import _rows

    names = _rows(
        table.desk.dsn,
        "SELECT table_schema || '.' || table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
        "AND table_schema NOT IN ('pg_catalog', 'information_schema') "
        "AND table_name !~ '^(audit_|django_|axes_|record_|accounts_signin$)'",
    )
    return {row[0]: _rows(table.desk.dsn, f"SELECT count(*) FROM {row[0]}")[0][0] for row in names}


def test_an_auditor_reads_and_changes_nothing_wherever_it_is_tried(house, desk):
    auditor = desk.visitor("kuroda")
    before = counted(house.table)
    assert any(name.endswith(".acts_act") for name in before)
    for each in of_contracts(house):
        for fields in (
            {"step": "record"},
            {"step": "confirm"},
            {"what": "submit"},
            {"what": "withdraw"},
            {"step": "ask"},
        ):
            page = auditor.post(each.path, {"reason": "x", "party": "committee", **fields})
            assert page.status < 500, (each.route, page.status)
    for each in of_contracts(house):
        auditor.get(each.path)
    assert counted(house.table) == before


def test_every_page_keeps_to_its_own_scripts_and_is_not_kept_by_browsers(house):
    for each in house.addresses:
        if each.path == "/sign-out/" or (":path" in each.route and not each.of_a_contract):
            continue
        headers = house.members[1].get(each.path).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy, each.route
        assert "frame-ancestors 'none'" in policy, each.route
        assert "unsafe" not in policy, each.route
        assert "no-store" in headers["Cache-Control"], each.route
        assert headers["X-Frame-Options"] == "DENY", each.route
        assert headers["X-Content-Type-Options"] == "nosniff", each.route
        assert headers["Referrer-Policy"] == "same-origin", each.route


def test_no_page_holds_a_script_or_a_style_of_its_own(house):
    for each in house.addresses:
        page = house.members[0].get(each.path)
        if page.headers.get_content_type() == "text/html":
            assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page.text), each.route
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text), each.route


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(desk):
    from urllib.request import HTTPCookieProcessor, Request, build_opener

    first = build_opener(HTTPCookieProcessor())
    with first.open(Request(f"{desk.url}/sign-in/")) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[1]
        cookies = page.headers.get_all("Set-Cookie")
    body = f"csrfmiddlewaretoken={token}&sign_in_name=kanda&password={PASSWORD}".encode()
    import http.client
    from urllib.parse import urlsplit

    line = http.client.HTTPConnection(urlsplit(desk.url).netloc)
    kept = "; ".join(each.partition(";")[0] for each in cookies)
    line.request(
        "POST",
        "/sign-in/",
        body,
        {
            "Cookie": f"{kept}; itaku_desk=chosenbyastranger0000000000000000",
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": desk.url + "/",
        },
    )
    answer = line.getresponse()
    answer.read()
    line.close()
    given = answer.headers.get_all("Set-Cookie")
    session = next(each for each in given if each.startswith("itaku_desk="))
    assert answer.status == 302
    assert "chosenbyastranger" not in session
    for each in (session, *cookies, *given):
        assert "HttpOnly" in each
        assert "SameSite=Lax" in each


def test_over_tls_every_cookie_is_for_tls_alone(desk, tmp_path):
    settings = msgspec.structs.replace(desk.settings, https=True)
    found = listing(write_settings(tmp_path / "tls.toml", plain(settings)))["cookies"]
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["CSRF_COOKIE_SECURE"] is True


HOSTILE = ("%00", "..%2f..%2fetc%2fpasswd", "'%3B--", "%F0%9F%92%A9", "1" * 40, "%3Cscript%3E", "-1", "a" * 3000)


def test_forged_ids_are_not_there_and_never_an_error(house):
    member = house.members[1]
    for each in house.addresses:
        for hostile in HOSTILE if "<" in each.route else ():
            for part in re.findall(r"<(?:\w+:)?(\w+)>", each.route):
                route = re.sub(rf"<(?:\w+:)?{part}>", lambda _, hostile=hostile: hostile, each.route)
                known = house.table.contract
                path = re.sub(r"<(?:\w+:)?contract>", known, route)
                path = re.sub(r"<(?:int:)\w+>", "1", path)
                path = re.sub(r"<(?:\w+:)?\w+>", "x", path)
                page = member.get(path)
                assert page.status < 500, (path[:200], page.status)


def test_a_nul_character_in_a_search_or_a_form_is_refused_and_never_an_error(house):
    assert house.members[1].get("/contracts/?q=%00").status == 400
    assert house.members[1].post(f"/acts/{house.table.contract}/report.received/", {"f_sub_no": "\0"}).status == 400


def test_nobody_else_is_let_in_by_a_made_up_session(desk):
    visitor = desk.visitor()
    for forged in ("0" * 32, "admin", "%00", "'; DROP TABLE x"):
        page = visitor.get("/account/", Cookie=f"itaku_desk={forged}")
        assert page.path.startswith("/sign-in/")


def test_a_sign_in_leads_nowhere_but_to_this_desk(desk):
    page = desk.visitor().post(
        "/sign-in/", {"sign_in_name": "morita", "password": PASSWORD, "next": "//elsewhere.example/"}
    )
    assert page.path == "/"
