"""The residents whose cards show something: each line of the table is a story that a visitor can try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from itaku.issuance.certificates.content import ForeignStatus, Sex
from itaku.issuance.municipality.registry import Block, Relation, Resident
from itaku.sandbox.cards import CardState, DemoCard
from itaku.sandbox.names import WATANABE_FORMS
from itaku.sandbox.town import Person, Town, seal_text

_R = Relation
_M, _F = Sex.MALE, Sex.FEMALE


class _Table:
    """Collects the cards, in the order to try them."""

    def __init__(self, town: Town, today: dt.date) -> None:
        self.town, self.today = town, today
        self.cards: list[DemoCard] = []

    def lay(self, resident: Resident, ja: str, en: str, kind: CardState = CardState.NORMAL) -> None:
        """Puts a resident's card on the table."""
        self.cards.append(DemoCard(resident.resident_no, ja, en, resident.card_serial, kind))

    def household(self, since: dt.date, *people: Person) -> tuple[Resident, ...]:
        """Settles people who belong together."""
        return self.town.settle(self.town.home(since), people)

    def one(self, ja: str, en: str, person: Person, since: dt.date = dt.date(2012, 4, 2)) -> Resident:
        """Settles someone who lives alone and lays down the card."""
        (resident,) = self.household(since, person)
        self.lay(resident, ja, en)
        return resident


def settle_showcase(town: Town, today: dt.date) -> tuple[DemoCard, ...]:
    """Settles them first, so that their ids (r0001 and so on) stay the same whatever comes after."""
    table = _Table(town, today)
    stories: tuple[Callable[[_Table], None], ...] = (
        _families,
        _letters,
        _foreign_residents,
        _look_alikes,
        _eras,
        _blocks,
        _records,
        _cards,
    )
    for story in stories:
        story(table)
    return tuple(table.cards)


def _who(
    surname: str,
    given: str,
    kana: str,
    sex: Sex,
    birth: dt.date,
    relation: Relation = _R.HEAD,
    register_head: str = "",
    *,
    seal: bool = True,
    blocks: tuple[Block, ...] = (),
    removed_on: dt.date | None = None,
) -> Person:
    return Person(
        name=f"{surname}　{given}",
        kana=kana,
        sex=sex,
        birth=birth,
        relation=relation,
        register_head=register_head,
        seal=seal_text(surname) if seal else "",
        blocks=blocks,
        removed_on=removed_on,
    )


def _families(table: _Table) -> None:
    father, mother, girl, _boy, baby = table.household(
        dt.date(2014, 3, 28),
        _who("潮見", "健太郎", "シオミ　ケンタロウ", _M, dt.date(1979, 6, 14)),
        _who("潮見", "由布子", "シオミ　ユウコ", _F, dt.date(1981, 2, 3), _R.WIFE),
        _who("潮見", "帆乃香", "シオミ　ホノカ", _F, dt.date(2008, 2, 29), _R.CHILD, seal=False),
        _who("潮見", "海翔", "シオミ　カイト", _M, dt.date(2013, 11, 5), _R.CHILD, seal=False),
        _who("潮見", "渚", "シオミ　ナギサ", _F, dt.date(2019, 5, 1), _R.CHILD, seal=False),
    )
    table.lay(father, "5人家族の世帯主（世帯全員は複数ページ）", "Head of a family of five (several pages)")
    table.lay(mother, "その妻（世帯の一部を選べる）", "His wife (can choose part of the household)")
    table.lay(girl, "その長女、印鑑登録なし", "Their elder daughter, no seal registered")
    table.lay(baby, "その次女、15歳未満の方", "Their younger daughter, under 15")
    table.one(
        "ひとり暮らしの方",
        "A person living alone",
        _who("松風", "冴子", "マツカゼ　サエコ", _F, dt.date(1992, 8, 21)),
    )
    son = "灯台　俊介"
    three = table.household(
        dt.date(1988, 10, 1),
        _who("灯台", "勇", "トウダイ　イサム", _M, dt.date(1955, 9, 9)),
        _who("灯台", "澄江", "トウダイ　スミエ", _F, dt.date(1957, 12, 30), _R.WIFE),
        _who("灯台", "俊介", "トウダイ　シュンスケ", _M, dt.date(1985, 4, 17), _R.CHILD, son),
        _who("灯台", "麻美", "トウダイ　アサミ", _F, dt.date(1987, 7, 7), _R.CHILD_WIFE, son),
        _who("灯台", "結月", "トウダイ　ユヅキ", _F, dt.date(2016, 3, 31), _R.GRANDCHILD, son, seal=False),
        _who("灯台", "湊", "トウダイ　ミナト", _M, dt.date(2018, 4, 1), _R.GRANDCHILD, son, seal=False),
        _who("灯台", "フミ", "トウダイ　フミ", _F, dt.date(1930, 1, 15), _R.MOTHER, "灯台　寅吉"),
    )
    table.lay(three[3], "三世代7人の世帯のお嫁さん", "Daughter-in-law in a household of three generations")


def _letters(table: _Table) -> None:
    table.one(
        "葛󠄂城さん（異体字 U+845B U+E0102）".replace("葛󠄂", "葛\U000e0102"),
        "A name with a variation selector (U+845B U+E0102)",
        _who("葛\U000e0102城", "𠮷之助", "カツラギ　キチノスケ", _M, dt.date(1968, 5, 19)),
    )
    table.one(
        "𠮷田さん（土の𠮷 U+20BB7）",
        "A name with a letter beyond the basic plane (U+20BB7)",
        _who("𠮷田", "千鶴", "ヨシダ　チヅル", _F, dt.date(1974, 10, 10)),
    )
    table.one(
        "髙﨑さん（はしご髙 U+9AD9、たつ﨑 U+FA11）",
        "A name with U+9AD9 and U+FA11, which must not be exchanged",
        _who("髙﨑", "龍之介", "タカサキ　リュウノスケ", _M, dt.date(1990, 1, 1)),
    )
    first, second = WATANABE_FORMS[0], WATANABE_FORMS[3]
    table.one(
        f"{first}さん（邊の異体字）",
        "Watanabe, a form of U+908A",
        _who(first, "治", "ワタナベ　オサム", _M, dt.date(1961, 3, 3)),
    )
    table.one(
        f"{second}さん（邉の異体字）",
        "Watanabe, a form of U+9089",
        _who(second, "治", "ワタナベ　オサム", _M, dt.date(1961, 3, 4)),
    )
    for number, form in enumerate(WATANABE_FORMS[1:3] + WATANABE_FORMS[4:]):
        table.household(dt.date(2003, 7, 1), _who(form, "治", "ワタナベ　オサム", _M, dt.date(1962 + number, 3, 3)))


def _foreign_residents(table: _Table) -> None:
    spouse = ForeignStatus("ベトナム", "中長期在留者", "日本人の配偶者等", "3年", dt.date(2028, 9, 30), "ZZ10000001AA")
    wife = Person(
        name="NGUYEN THI HOAI AN",
        kana="グエン　ティ　ホアイ　アン",
        sex=_F,
        birth=dt.date(1991, 12, 8),
        relation=_R.WIFE,
        alias="浜辺　杏",
        foreign=spouse,
        seal="浜辺",
    )
    _, holder, _ = table.household(
        dt.date(2020, 6, 15),
        _who("浜辺", "亮", "ハマベ　リョウ", _M, dt.date(1988, 8, 8)),
        wife,
        _who("浜辺", "リン", "ハマベ　リン", _F, dt.date(2022, 5, 5), _R.CHILD, seal=False),
    )
    table.lay(holder, "外国人住民（通称あり、日本人の夫と子）", "Foreign resident with an alias, in a mixed household")
    permanent = ForeignStatus("ブラジル", "中長期在留者", "永住者", "無期限", None, "ZZ10000002BB")
    table.one(
        "外国人住民（長いお名前、永住者）",
        "Foreign resident with a long name, permanent",
        Person(
            name="DE ALBUQUERQUE CAVALCANTI FERREIRA GUIMARAES MARIA EDUARDA DOS SANTOS",
            kana="デ　アルブケルケ　カヴァルカンティ　フェレイラ　ギマランエス　マリア　エドゥアルダ　ドス　サントス",
            sex=_F,
            birth=dt.date(1969, 4, 30),
            foreign=permanent,
        ),
    )
    special = ForeignStatus("韓国", "特別永住者", "", "", None, "ZZ10000003CC")
    table.one(
        "特別永住者の方（在留期間なし）",
        "Special permanent resident (no period of stay)",
        Person(
            name="朴　秀賢",
            kana="パク　スヒョン",
            sex=_M,
            birth=dt.date(1958, 11, 23),
            alias="木下　秀夫",
            foreign=special,
            seal="木下",
        ),
    )


def _look_alikes(table: _Table) -> None:
    for number in (1, 2):
        table.one(
            f"同姓同名・同じ生年月日の方（{number}人目、別世帯）",
            f"Namesakes with the same birth date, {number} of 2, in different households",
            _who("佐藤", "誠", "サトウ　マコト", _M, dt.date(1977, 7, 7)),
            dt.date(2005 + number, 4, 1),
        )
    *_, elder, younger = table.household(
        dt.date(2001, 9, 1),
        _who("渚", "登志子", "ナギサ　トシコ", _F, dt.date(1972, 3, 20)),
        _who("渚", "千晶", "ナギサ　チアキ", _F, dt.date(2004, 12, 24), _R.CHILD),
        _who("渚", "千晃", "ナギサ　チアキ", _F, dt.date(2004, 12, 24), _R.CHILD),
    )
    table.lay(elder, "双子の姉（一字違い）", "Elder twin: one letter of the name differs")
    table.lay(younger, "双子の妹（一字違い）", "Younger twin: one letter of the name differs")


def _eras(table: _Table) -> None:
    table.one(
        "大正生まれの方",
        "Born in Taisho, on its last whole day",
        _who("帆掛", "ミツ", "ホカケ　ミツ", _F, dt.date(1926, 12, 24)),
        dt.date(1950, 4, 1),
    )
    for given, kana, sex, birth in (
        ("昭", "アキラ", _M, dt.date(1926, 12, 25)),
        ("元子", "モトコ", _F, dt.date(1926, 12, 31)),
        ("昭彦", "アキヒコ", _M, dt.date(1989, 1, 7)),
        ("成美", "ナルミ", _F, dt.date(1989, 1, 8)),
    ):
        table.household(dt.date(1995, 4, 1), _who("帆掛", given, f"ホカケ　{kana}", sex, birth))
    table.household(
        dt.date(2010, 4, 1),
        _who("千鳥", "泰成", "チドリ　ヤスナリ", _M, dt.date(1985, 5, 5)),
        _who("千鳥", "平", "チドリ　タイラ", _M, dt.date(2019, 4, 30), _R.CHILD, seal=False),
    )


def _blocks(table: _Table) -> None:
    table.one(
        "交付制限のある方（1）",
        "A person whose certificates are withheld (1)",
        _who("汐入", "薫", "シオイリ　カオル", _F, dt.date(1986, 6, 6), blocks=(Block.PROTECTED,)),
    )
    gone = dt.date(2026, 3, 10)
    _, holder = table.household(
        dt.date(1999, 2, 1),
        _who("貝寄", "多恵", "カイヨセ　タエ", _F, dt.date(1950, 2, 11)),
        _who(
            "貝寄",
            "敏",
            "カイヨセ　サトシ",
            _M,
            dt.date(1948, 1, 9),
            _R.HUSBAND,
            blocks=(Block.DECEASED,),
            removed_on=gone,
        ),
    )
    table.lay(holder, "交付制限のある方（2）", "A person whose certificates are withheld (2)")
    table.one(
        "転出の届け出をした方",
        "A person who has filed a moving-out notice",
        _who("北", "大悟", "キタ　ダイゴ", _M, dt.date(1995, 5, 25), blocks=(Block.MOVED_OUT,)),
    )
    table.one(
        "お名前の文字を登録中の方",
        "A person whose name's letter is being registered",
        _who("向", "惇", "ムカイ　アツシ", _M, dt.date(1983, 12, 1), blocks=(Block.CHARACTER_PENDING,)),
    )
    leaving, _ = table.household(
        dt.date(2000, 5, 20),
        _who("岬", "弥生", "ミサキ　ヤヨイ", _F, dt.date(1976, 3, 12)),
        _who("岬", "航", "ミサキ　ワタル", _M, dt.date(2003, 8, 30), _R.CHILD, blocks=(Block.PLANNED_LEAVER,)),
    )
    table.lay(
        leaving, "転出予定の方がいる世帯（印鑑証明は可）", "A household with a planned leaver (a seal can be had)"
    )


def _records(table: _Table) -> None:
    table.one(
        "文字がフォントにない方（丆 U+4E06）",
        "A name with a letter that the font lacks (U+4E06)",
        _who("丆野", "静", "カンノ　シズカ", _F, dt.date(1966, 9, 2), seal=False),
    )
    incomplete = table.one(
        "記録に欠けがある方（個人番号・本籍が空欄）",
        "An incomplete record (number and domicile are blank)",
        _who("奥瀬", "正", "オクセ　タダシ", _M, dt.date(1971, 11, 11)),
    )
    table.town.change(incomplete, individual_number="", registered_domicile="")
    arrived = table.one(
        "きょう転入した方（あすから使える）",
        "A person who moved in today (can use it from tomorrow)",
        _who("初瀬", "歩美", "ハツセ　アユミ", _F, dt.date(1998, 4, 4), seal=False),
    )
    today = table.today
    table.town.change(arrived, became_resident_on=today, address_since=today, notified_on=today)


def _cards(table: _Table) -> None:
    for kind, ja, en, given, kana in (
        (CardState.EXPIRED, "有効期限が切れたカード", "An expired card", "一葉", "カズハ"),
        (CardState.REVOKED, "失効したカード", "A revoked card", "二葉", "フタバ"),
        (
            CardState.NOT_YET_VALID,
            "きょう発行されたカード（あすから使える）",
            "A card issued today (from tomorrow)",
            "三葉",
            "ミツハ",
        ),
        (CardState.LOCKED, "暗証番号がロックされたカード", "A card whose PIN is locked", "四葉", "ヨツハ"),
        (CardState.JUKI, "住民基本台帳カード（取り扱い終了）", "An old Basic Resident Register Card", "五葉", "イツハ"),
        (CardState.FOREIGN_CA, "発行元を確かめられないカード", "A card of an unknown issuer", "六葉", "ムツハ"),
    ):
        who = _who("札場", given, f"フダバ　{kana}", _F, dt.date(1990, 5, 17))
        (resident,) = table.household(dt.date(2015, 4, 1), who)
        table.lay(resident, ja, en, kind)
