import json
import re

import pytest

from itaku.issuance.kiosk.screens import PAGE_DIR, PAGE_HEADERS, SILENT_MS
from itaku.issuance.protocol.kinds import MAX_COPIES, Kind, Member
from itaku.issuance.protocol.refusals import REFUSALS

LANGUAGES = ("ja", "ja-easy", "en", "zh", "ko")
WORDS = {name: json.loads((PAGE_DIR / "words" / f"{name}.json").read_text()) for name in LANGUAGES}
SCRIPTS = {path.name: path.read_text() for path in PAGE_DIR.glob("*.js")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language):
    assert WORDS[language].keys() == WORDS["ja"].keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_speaks_of_no_fact_that_the_japanese_does_not_have(language):
    for key, text in WORDS[language].items():
        facts = set(re.findall(r"\{(\w+)\}", text))
        allowed = set(re.findall(r"\{(\w+)\}", WORDS["ja"][key])) | (
            {"n"} if key.endswith((".one", ".other")) else set()
        )
        assert facts <= allowed, key


@pytest.mark.parametrize("language", ["ja-easy", "zh", "ko"])
def test_every_refusal_of_the_catalogue_has_its_words(language):
    refusals = json.loads((PAGE_DIR / "words" / f"refusals.{language}.json").read_text())
    assert refusals.keys() == REFUSALS.keys()
    for code, (what, after) in refusals.items():
        assert what, code
        assert bool(after) == bool(REFUSALS[code].next_ja), code


def test_every_word_that_the_page_names_is_in_the_catalogue():
    named = set()
    for text in SCRIPTS.values():
        named |= set(re.findall(r'\bt\("([a-z][\w.-]*)"', text))
        named |= {f"{key}.{n}" for key in re.findall(r'\bcount\("([a-z][\w.-]*)"', text) for n in ("one", "other")}
    assert len(named) > 100
    assert named <= WORDS["ja"].keys()


def test_every_kind_and_member_that_can_be_applied_for_has_a_word():
    assert {f"kind.{kind.value}" for kind in Kind} <= WORDS["ja"].keys()
    assert {f"member.{member.value}" for member in Member} <= WORDS["ja"].keys()


def test_the_page_and_the_agent_agree_on_their_limits():
    assert f"SILENT_MS = {SILENT_MS:_};" in SCRIPTS["agent.js"]
    assert f"MAX_COPIES = {MAX_COPIES};" in SCRIPTS["choose.js"]


def test_the_page_names_no_other_host_and_parses_no_text_as_markup():
    for path in PAGE_DIR.rglob("*"):
        if path.suffix not in {".js", ".css", ".html", ".json", ".svg"}:
            continue
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "http:" not in text, path
        assert "https:" not in text, path
        assert "innerHTML" not in text, path
        assert "@import" not in text, path
    assert "default-src 'none'" in PAGE_HEADERS["Content-Security-Policy"]
