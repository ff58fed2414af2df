"""The audit trail: who saw and did what, for those who audit, append-only and in the record."""

from __future__ import annotations

import csv
import io

import asyncpg
import pytest
from desk_under_test import text_of

from itaku.basis.canonical import canonical_value
from itaku.sandbox.desk_people import PASSWORD


def test_what_people_see_of_a_contract_is_noted_and_found_by_person_and_contract(desk):
    desk.visitor("shiraishi").get("/contracts/marathon-2026/what-if/?term.price_yen=1")
    page = desk.visitor("kuroda").get("/audit/?person=shiraishi&contract=marathon-2026&kind=viewed")
    assert "白石 航" in page.text
    assert "what-if" in page.text
    assert "森田" not in text_of(page.text).partition("だれ なに")[2]


def test_what_was_refused_is_noted(desk):
    desk.visitor("minato").get("/contracts/marathon-2026/")
    rows = desk.rows("SELECT * FROM desk.audit_note WHERE kind = 'refused' AND contract = 'marathon-2026'")
    assert rows


def test_sign_ins_are_noted_but_never_what_a_stranger_typed(desk):
    desk.visitor().post("/sign-in/", {"sign_in_name": "my-password-by-mistake", "password": "x"})
    rows = desk.rows("SELECT n.* FROM desk.audit_note n WHERE kind = 'sign-in-refused'")
    assert rows
    assert "my-password-by-mistake" not in str([dict(row) for row in rows])


def test_after_wrong_tries_the_account_rests_even_with_the_right_password(desk):
    for _ in range(desk.settings.passwords.tries):
        desk.visitor().post("/sign-in/", {"sign_in_name": "ono", "password": "wrong"})
    page = desk.visitor().post("/sign-in/", {"sign_in_name": "ono", "password": PASSWORD})
    assert page.status == 403
    assert "しばらくサインインできません" in page.text
    assert desk.rows("SELECT 1 FROM desk.audit_note WHERE kind = 'locked-out'")


def test_only_who_audits_or_administers_sees_it_and_of_their_contracts_alone(desk):
    assert desk.visitor("shiraishi").get("/audit/").status == 403
    assert desk.visitor("shiraishi").get("/audit/notes.csv").status == 403
    assert desk.visitor("hayashi").get("/audit/").status == 200


def test_a_note_can_neither_be_changed_nor_removed(desk):
    desk.visitor("morita").get("/contracts/marathon-2026/")
    for sql in ("UPDATE desk.audit_note SET kind = 'x'", "DELETE FROM desk.audit_note", "TRUNCATE desk.audit_note"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append_only"):
            desk.rows(sql)


def test_the_record_holds_each_note_and_no_name(desk):
    desk.visitor("morita").get("/contracts/marathon-2026/")
    note = desk.rows("SELECT * FROM desk.audit_note WHERE kind = 'viewed' ORDER BY id DESC LIMIT 1")[0]
    entry = desk.rows("SELECT body FROM record_pending WHERE entry_id = $1", note["entry_id"])[0]
    value = canonical_value(entry["body"])
    assert value["kind"] == "desk.viewed"
    assert set(value["facts"]) == {"person", "contract", "page", "sha256"}


def test_the_file_says_the_same_and_no_cell_is_a_formula(desk):
    desk.visitor("morita").get("/contracts/?q=%3D1%2B1")
    body = desk.visitor("kuroda").get("/audit/notes.csv").body.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert rows[0][0] == "時刻"
    assert len(rows) > 1
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


def test_a_search_by_a_day_that_is_none_says_so(desk):
    assert "日付として読めません" in desk.visitor("kuroda").get("/audit/?first=soon").text
