"""Every definition, and what lies outside software: the word, where it is read so, what the text lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itaku.contracts.model.contract import Contract, field_type
from itaku.contracts.model.kinds import Definition, Outside, Provision
from itaku.contracts.model.parts import Words, names
from itaku.contracts.shelf import form

Lookup = Callable[[str], Provision]

# Clause, the word that it explains, the parts in which it is read so, what the text lacks.
DEFINITIONS = [
    ("S1-0", "契約当事者", "S1 S1-A1 S1-A2", ""),
    ("S1-0-定-甲/乙", "甲・乙", "S1 S1-A1 S1-A2", ""),
    ("S1-0-定-交付事務", "交付事務", "S1 S1-A1 S1-A2", ""),
    ("S1-1", "目的", "S1", ""),
    ("S1-2-定-仕様書", "仕様書", "S1 S1-A1 S1-A2", "別の文書で、添付がない"),
    ("S1-3", "事務の内容", "S1", "協定書と仕様書のどちらもない"),
    ("S1-6-1-定-交付情報等", "交付情報等", "S1 S1-A1 S1-A2", ""),
    ("S1-7-2-定-電子計算機等", "電子計算機等", "S1 S1-A1 S1-A2", ""),
    ("S1-7-3-定-コンビニ事業者等", "コンビニ事業者等", "S1 S1-A1 S1-A2", ""),
    ("S1-8-1-定-取扱店", "取扱店", "S1 S1-A1 S1-A2", "本文に定義がない（協定書にある）"),
    ("S1-10", "履行場所", "S1", ""),
    ("S1-12-2-定-指定期日", "指定期日", "S1", "本文に定義がない"),
    ("S1-21", "契約期間", "S1", "初日と末日が空欄。入るまで更新・満了を計算しない"),
    ("S1-22-定-解約日", "解約日", "S1", ""),
    ("S1-A1-0", "別紙1", "S1-A1", ""),
    ("S1-A1-1-定-コンビニECセンター", "コンビニECセンター", "S1-A1", ""),
    ("S1-A1-1-2-定-DMZ", "DMZ", "S1-A1", ""),
    ("S1-A1-3-4-定-キオスク端末", "キオスク端末", "S1 S1-A1 S1-A2", ""),
    ("S1-A2-0", "別紙2", "S1-A2", ""),
    ("S1-A2-2", "個人情報", "S1 S1-A1 S1-A2", ""),
    ("S1-A2-2-1", "出力された証明書等", "S1-A2", ""),
    ("S1-A2-2-2", "作成される文書", "S1-A2", ""),
    ("S2-1-1-定-業務委託料", "業務委託料", "S2", ""),
    ("S2-1-1-定-履行期限", "履行期限", "S2", ""),
    ("S2-1-1-定-委託業務", "委託業務", "S2", ""),
    ("S2-2-定-業務主任技術者", "業務主任技術者", "S2", ""),
    ("S2-14-1-定-契約不適合", "契約不適合", "S2", ""),
    ("S2-21-1-定-著作権", "著作権", "S2", ""),
    ("S2-21-5-定-乙著作物", "乙著作物", "S2", ""),
    ("S2-H1", "委託業務の名称", "S2-H S2", ""),
    ("S2-H5-定-甲/乙", "甲・乙", "S2-H S2", ""),
    ("S2-R1", "特約", "S2-R", ""),
    ("S2-R1-定-契約", "契約", "S2-R", ""),
    ("S2-R2-1-定-甲/乙", "甲・乙", "S2-R", ""),
    ("S2-R2-1-1-定-独占禁止法", "独占禁止法", "S2-R", ""),
    ("S2-R2-2-定-協同組合等", "協同組合等", "S2-R", ""),
    ("S2-R4-1-1-定-役員等", "役員等", "S2-R", ""),
    ("S2-R4-1-1-定-暴力団員", "暴力団員", "S2-R", ""),
    ("S2-R4-1-1-定-暴対法", "暴対法", "S2-R", ""),
    ("S2-R4-1-2-定-暴力団", "暴力団", "S2-R", ""),
    ("S2-R5-1-定-不当介入", "不当介入", "S2-R", ""),
    ("S2-P3-4-定-機器等", "機器等", "S2-P", ""),
    ("S2-P6-定-最高情報セキュリティ責任者", "最高情報セキュリティ責任者", "S2-P", "内部基準が添付されていない"),
    ("S2-D1", "", "S2-D", ""),
    ("S2-D2", "", "S2-D", ""),
    ("S2-D2-定-発注者/受注者", "発注者・受注者", "S2-D", ""),
    ("S2-D2-定-電子データ等", "電子データ等", "S2-D", ""),
    ("S2-D3", "", "S2-D", ""),
    ("S2-D3-1", "MALWARE", "S2-D", ""),
    ("S2-D3-2", "DOS", "S2-D", ""),
    ("S2-D3-3", "INTRUSION", "S2-D", ""),
    ("S2-D3-4", "LOSS", "S2-D", ""),
    ("S2-D3-5", "LEAK", "S2-D", ""),
    ("S2-D3-6", "OUTAGE", "S2-D", "「長時間」の長さが定められていない"),
    ("S2-D3-7", "MISUSE", "S2-D", ""),
    ("S2-D3-8", "OVERREACH", "S2-D", ""),
    ("S2-D3-9", "TAMPER", "S2-D", ""),
    ("S2-D4.1-番号-定-特定個人情報等", "特定個人情報等", "S2-D", ""),
    ("S2-D4.1-1-定-データ取扱者", "データ取扱者", "S2-D", ""),
    ("S2-D4.1-1-定-データ取扱責任者", "データ取扱責任者", "S2-D", ""),
    ("S2-D4.1-1-番号-定-特定個人情報ファイル取扱者", "特定個人情報ファイル取扱者", "S2-D", ""),
    ("S2-D4.1-1-番号-定-特定個人情報ファイル取扱責任者", "特定個人情報ファイル取扱責任者", "S2-D", ""),
    ("S2-D4.1-1-教育-定-データ取扱者等", "データ取扱者等", "S2-D", ""),
    ("S2-D4.1-5-定-外部接続", "外部接続", "S2-D", ""),
    ("S2-D4.4-定-廃棄等", "廃棄等", "S2-D", ""),
    ("S2-D4.4-定-抹消措置", "抹消措置", "S2-D", ""),
    ("S2-D4.4-2-ア", "A", "S2-D", ""),
    ("S2-D4.4-2-イ", "B", "S2-D", ""),
    ("S2-D4.4-2-ウ", "C", "S2-D", ""),
    ("S2-D4.4-2-エ", "D", "S2-D", ""),
    ("S2-L1", "特約", "S2-L", ""),
    ("S2-L1-定-契約", "契約", "S2-L", ""),
    ("S2-L2-1-定-甲/乙", "甲・乙", "S2-L", ""),
    ("S2-L2-1-定-報告書", "報告書", "S2-L", ""),
]


def each_clause(rows: list[tuple[str, ...]]) -> list[Any]:
    return [pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[0]) for row in rows]


def contract_of(clause: str) -> Contract:
    return form(clause[:2])


def says_it_twice(words: Words | Provision) -> bool:
    return bool(words.ja.strip()) and not words.ja.isascii() and bool(words.en.strip()) and words.en != words.ja


@pytest.mark.parametrize(("name", "word", "scope", "lacks"), each_clause(DEFINITIONS))
def test_a_word_is_explained_where_it_is_read_so(clause: Lookup, name: str, word: str, scope: str, lacks: str) -> None:
    text = clause(name)
    assert isinstance(text, Definition)
    assert text.term == word
    assert " ".join(names(text.scope)) == scope
    contract = contract_of(name)
    assert contract.part_of(name) in names(text.scope)
    assert set(names(text.scope)) <= set(contract.parts)
    assert (text.missing.ja if text.missing else "") == lacks
    assert text.missing is None or says_it_twice(text.missing)
    assert says_it_twice(text)
    assert all(says_it_twice(note) for note in text.note)


def test_no_word_is_explained_twice_in_one_part() -> None:
    found = set()
    for name, word, scope, _ in DEFINITIONS:
        for part in scope.split():
            assert not word or (part, word) not in found, name
            found.add((part, word))


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        pytest.param(name, labels, marks=pytest.mark.shows(name), id=name)
        for name, labels in (
            ("S1-0-定-甲/乙", {"甲": "client", "乙": "contractor"}),
            ("S2-H5-定-甲/乙", {"甲": "committee", "乙": "contractor"}),
            ("S2-R2-1-定-甲/乙", {"甲": "prefecture", "乙": "contractor"}),
            ("S2-L2-1-定-甲/乙", {"甲": "prefecture", "乙": "contractor"}),
            ("S2-D2-定-発注者/受注者", {"発注者": "prefecture", "受注者": "contractor"}),
        )
    ],
)
def test_the_parties_words_mean_these_persons_in_the_parts_of_their_scope(
    clause: Lookup, name: str, labels: dict[str, str]
) -> None:
    text = clause(name)
    assert isinstance(text, Definition)
    assert text.term.split("・") == list(labels)
    for part in names(text.scope):
        assert {label: contract_of(name).parts[part].labels[label] for label in labels} == labels


@pytest.mark.shows("S2-D3", *(f"S2-D3-{number}" for number in range(1, 10)))
def test_the_nine_threats_are_those_that_an_incident_can_be_recognised_as(clause: Lookup) -> None:
    clause("S2-D3")
    words = []
    for number in range(1, 10):
        text = clause(f"S2-D3-{number}")
        assert isinstance(text, Definition)
        words.append(text.term.lower())
    threat = field_type(form("S2").events["data-incident.recognised"].fields["threat"])
    assert threat is not None
    assert threat.choices == tuple(words)


@pytest.mark.shows("S2-D4.4-2-ア", "S2-D4.4-2-イ", "S2-D4.4-2-ウ", "S2-D4.4-2-エ")
def test_the_four_classes_of_media_are_those_of_a_planned_sanitization(clause: Lookup) -> None:
    words = []
    for letter in "アイウエ":
        text = clause(f"S2-D4.4-2-{letter}")
        assert isinstance(text, Definition)
        words.append(text.term)
    planned = field_type(form("S2").events["sanitization.planned"].fields["class"])
    assert planned is not None
    assert planned.choices == tuple(words)


@pytest.mark.parametrize(
    ("name", "reason", "shows", "notes"),
    [
        pytest.param(*row, marks=pytest.mark.shows(row[0]), id=row[0])
        for row in (
            ("S1-23", "訴えを起こし裁判所を選ぶのは当事者の行為", "専属の合意管轄と、甲の事務所の所在地", 0),
            ("S2-22", "訴えを起こすのは当事者の行為", "管轄の裁判所と、専属かどうかの定めがないこと", 1),
            ("S2-D0", "目次は権利も義務も生まない", "各条項への案内", 1),
        )
    ],
)
def test_what_software_cannot_do_says_why_and_what_is_shown_instead(
    clause: Lookup, name: str, reason: str, shows: str, notes: int
) -> None:
    text = clause(name)
    assert isinstance(text, Outside)
    assert text.reason.ja.startswith(reason)
    assert text.shows.ja.startswith(shows)
    assert len(text.note) == notes
    for words in (text, text.reason, text.shows, *text.note):
        assert says_it_twice(words)
