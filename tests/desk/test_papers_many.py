"""A hundred thousand papers: the list goes on page by page, reads little for each, and shows nobody else's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import psycopg
import pytest

from itaku.desk.settings import SETTINGS_VARIABLE

MANY = 100_000

_FILL = """
INSERT INTO desk.papers_document(token, contract, paper, instance, title_ja, title_en, drafter, addressee, approver,
    state, number, changed_at_ms, awaits)
SELECT md5(n::text), CASE WHEN n %% 3 = 0 THEN 'certificates-2026' WHEN n %% 3 = 1 THEN 'marathon-2026'
    ELSE 'other-' || n END, 'completion-report', '', '多い書類' || n, 'many ' || n, 'contractor', '', '',
    CASE WHEN n %% 10 = 0 THEN 'draft' ELSE 'received' END, 1, 1700000000000 + n / 4, ''
FROM generate_series(1, %(many)s) n
"""

_EXPLAIN = """
import json, sys
from itaku.desk.configuration import configure, desk_settings
configure(desk_settings())
from itaku.desk.accounts.models import Person
from itaku.desk.papers import listing
person = Person.objects.get(sign_in_name=sys.argv[1])
found = listing.narrowed(listing.seen_by(person), "", sys.argv[2], "")
print(listing.ordered(found, sys.argv[3])[:listing.PAGE + 1].explain(analyze=True, format="json"))
"""


@pytest.fixture(scope="module")
def crowded(desk):
    with psycopg.connect(desk.dsn, autocommit=True) as connection:
        connection.execute(_FILL, {"many": MANY})
        connection.execute("ANALYZE")
    return desk


def rows_read(desk, name: str, contract: str, after: str) -> int:
    """How many papers PostgreSQL looked at for a page."""
    asked = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _EXPLAIN, name, contract, after],
        env=os.environ | {SETTINGS_VARIABLE: str(desk.settings_file)},
        capture_output=True,
        text=True,
        check=True,
    )
    return looked_at(json.loads(asked.stdout)[0]["Plan"])


def looked_at(plan) -> int:
    here = 0
    if plan.get("Relation Name") == "papers_document":
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        here = int((plan["Actual Rows"] + removed) * plan["Actual Loops"])
    return here + sum(looked_at(each) for each in plan.get("Plans", ()))


def test_a_page_of_a_hundred_thousand_papers_is_found_by_reading_a_few_hundred(crowded):
    middle = f"{1_700_000_000_000 + MANY // 8}-0"
    for name, contract in (("morita", ""), ("shiraishi", ""), ("shiraishi", "marathon-2026")):
        for after in ("", middle):
            assert 51 <= rows_read(crowded, name, contract, after) < 1000


def test_pages_go_on_without_loss_or_repetition_and_without_strangers_papers(crowded):
    visitor = crowded.visitor("shiraishi")
    address, seen = "/papers/?q=多い書類".replace("多い書類", "%E5%A4%9A%E3%81%84"), []
    for _ in range(4):
        page = visitor.get(address)
        assert page.status == 200
        seen += re.findall(r"<b>多い書類(\d+)</b>", page.text)
        found = re.search(r'href="(\?[^"]*after=[^"]+)"', page.text)
        address = "/papers/" + found.group(1).replace("&amp;", "&")
    numbers = [int(each) for each in seen]
    expected = [n for n in range(MANY, 0, -1) if n % 3 == 1][:200]
    assert len(set(numbers)) == len(numbers) == 200
    assert sorted(n // 4 for n in numbers) == sorted(n // 4 for n in expected)


def test_anothers_first_draft_is_not_in_the_list(crowded):
    address = "/papers/?q=%E5%A4%9A%E3%81%84&state=draft"
    assert re.search(r"<b>多い書類\d+</b>", crowded.visitor("shiraishi").get(address).text)
    assert not re.search(r"<b>多い書類\d+</b>", crowded.visitor("morita").get(address).text)


def test_a_forged_place_to_go_on_from_is_the_first_page(crowded):
    visitor = crowded.visitor("morita")
    first = re.findall(r"<b>多い書類(\d+)</b>", visitor.get("/papers/").text)
    for forged in ("x", "-", "9" * 40, "1'--", "1700000000001-%27"):
        assert re.findall(r"<b>多い書類(\d+)</b>", visitor.get(f"/papers/?after={forged}").text) == first
