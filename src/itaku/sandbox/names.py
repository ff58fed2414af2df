"""Names for invented residents: surnames with rare letters and forms, given names, districts, nationalities."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class Name(NamedTuple):
    """Letters and their reading."""

    text: str
    kana: str


class Nation(msgspec.Struct, frozen=True):
    """A nationality with names that people of it bear, and a status of residence with its period."""

    nationality: str
    statuses: tuple[tuple[str, str], ...]
    men: tuple[Name, ...]
    women: tuple[Name, ...]


def _names(text: str) -> tuple[Name, ...]:
    return tuple(Name(*pair.split("/")) for pair in text.split())


SURNAMES = _names(
    "佐藤/サトウ 鈴木/スズキ 髙橋/タカハシ 田中/タナカ 伊藤/イトウ 渡邊/ワタナベ 山本/ヤマモト 中村/ナカムラ "
    "小林/コバヤシ 加藤/カトウ 𠮷田/ヨシダ 山田/ヤマダ 佐々木/ササキ 山口/ヤマグチ 松本/マツモト 井上/イノウエ "
    "木村/キムラ 林/ハヤシ 齋藤/サイトウ 清水/シミズ 山﨑/ヤマザキ 森/モリ 池田/イケダ 橋本/ハシモト 阿部/アベ "
    "石川/イシカワ 前田/マエダ 藤田/フジタ 小川/オガワ 岡田/オカダ 後藤/ゴトウ 長谷川/ハセガワ 村上/ムラカミ "
    "近藤/コンドウ 石井/イシイ 坂本/サカモト 遠藤/エンドウ 青木/アオキ 福田/フクダ 太田/オオタ "
    "濵田/ハマダ 潮見/シオミ 海老原/エビハラ"
)
"""Surnames of the residents who are made at random."""

WATANABE_FORMS = ("渡邊\U000e010f", "渡邊", "渡邉", "渡邉\U000e0117", "渡邉\U000e011a", "渡邊\U000e0109")
"""One surname in six forms: two bases, and forms of each that only a variation selector tells apart (Moji_Joho)."""

MEN_OLD = _names(
    "正雄/マサオ 茂/シゲル 清/キヨシ 勝/マサル 弘/ヒロシ 三郎/サブロウ 義雄/ヨシオ 昭二/ショウジ 和夫/カズオ 実/ミノル "
    "進/ススム 武/タケシ 博/ヒロシ 幸男/ユキオ 稔/ミノル"
)
WOMEN_OLD = _names(
    "キヨ/キヨ ハル/ハル 千代/チヨ 文子/フミコ 和子/カズコ 幸子/サチコ 節子/セツコ 洋子/ヨウコ 弘子/ヒロコ 敏子/トシコ "
    "榮子/エイコ 久子/ヒサコ 美代子/ミヨコ 靜江/シズエ ヨシ江/ヨシエ"
)
MEN_MIDDLE = _names(
    "誠/マコト 浩/ヒロシ 隆/タカシ 修/オサム 健一/ケンイチ 哲也/テツヤ 剛/ツヨシ 大輔/ダイスケ 直樹/ナオキ 秀樹/ヒデキ "
    "和也/カズヤ 学/マナブ 達也/タツヤ 雄一郎/ユウイチロウ 康弘/ヤスヒロ 眞一/シンイチ"
)
WOMEN_MIDDLE = _names(
    "由美子/ユミコ 真由美/マユミ 久美子/クミコ 智子/トモコ 裕子/ユウコ 陽子/ヨウコ 恵/メグミ 香織/カオリ 美穂/ミホ "
    "直美/ナオミ 明美/アケミ 惠美/エミ 麻衣/マイ 千尋/チヒロ 綾/アヤ 祐子/ユウコ"
)
MEN_YOUNG = _names(
    "翔太/ショウタ 拓海/タクミ 蓮/レン 大翔/ヒロト 悠真/ユウマ 陽向/ヒナタ 湊/ミナト 樹/イツキ 颯/ハヤテ 朝陽/アサヒ "
    "健太/ケンタ 駿/シュン 大和/ヤマト 晴斗/ハルト 律/リツ 遼太郎/リョウタロウ"
)
WOMEN_YOUNG = _names(
    "美咲/ミサキ さくら/サクラ 陽菜/ヒナ 葵/アオイ 結衣/ユイ 凛/リン 莉子/リコ 紬/ツムギ 芽依/メイ 澪/ミオ 七海/ナナミ "
    "愛莉/アイリ 彩花/アヤカ ひかり/ヒカリ 遥/ハルカ 詩織/シオリ"
)

DISTRICTS = (
    "潮見台一丁目",
    "潮見台二丁目",
    "浜町一丁目",
    "浜町三丁目",
    "灯台通",
    "貝寄",
    "千鳥ヶ丘四丁目",
    "松風一丁目",
    "松風二丁目",
    "渚本町",
    "汐入新田字向",
    "帆掛町",
)
"""Districts (町字) of 汐見市."""
BUILDINGS = ("コーポ汐見", "メゾン渚", "グリーンハイツ松風", "シーサイドタワー", "第二灯台荘")
ELSEWHERE = (
    "海原県北浜市本町二丁目5番8号",
    "海原県峰岸郡奥瀬町大字上瀬字中曽根1204番地1",
    "海原県朝凪市宮前一丁目1番1－907号",
    "霧島原県南原市若葉三丁目20番6号",
)
"""Former addresses outside the city. Prefectures and towns are invented too."""
REGISTERED_ELSEWHERE = ("海原県北浜市本町二丁目5番地", "霧島原県南原市大字古里881番地", "海原県朝凪市宮前一丁目1番")

_ENGINEER = ("技術・人文知識・国際業務", "3年")
_SKILLED = ("特定技能１号", "1年")
_STUDENT = ("留学", "2年3月")
_SPOUSE = ("日本人の配偶者等", "3年")
_LONG_TERM = ("定住者", "5年")
_PERMANENT = ("永住者", "無期限")

NATIONS = (
    Nation(
        "ベトナム",
        (_ENGINEER, _SKILLED, _STUDENT),
        _names("NGUYEN_VAN_MINH/グエン・ヴァン・ミン TRAN_QUOC_HUY/チャン・クオック・フイ"),
        _names("NGUYEN_THI_THU_HA/グエン・ティ・トゥ・ハー PHAM_THI_LAN/ファム・ティ・ラン"),
    ),
    Nation(
        "中国",
        (_ENGINEER, _PERMANENT, _STUDENT),
        _names("WANG_HAORAN/ワン・ハオラン LIU_JIAN/リウ・ジエン"),
        _names("LI_XIAOYU/リー・シャオユー ZHANG_MEI/ジャン・メイ"),
    ),
    Nation(
        "フィリピン",
        (_LONG_TERM, _SPOUSE, _PERMANENT),
        _names("DELA_CRUZ_JUAN_MIGUEL_SANTOS/デラクルス・フアン・ミゲル・サントス"),
        _names("REYES_MARIA_CRISTINA_BAUTISTA/レイエス・マリア・クリスティーナ・バウティスタ"),
    ),
    Nation(
        "ブラジル",
        (_LONG_TERM, _PERMANENT),
        _names("DE_OLIVEIRA_CARLOS_EDUARDO/デ・オリベイラ・カルロス・エドゥアルド"),
        _names("DA_SILVA_ANA_PAULA/ダ・シルバ・アナ・パウラ"),
    ),
    Nation(
        "ネパール",
        (_SKILLED, _STUDENT),
        _names("SHRESTHA_BISHNU_PRASAD/シュレスタ・ビシュヌ・プラサド"),
        _names("GURUNG_SITA_KUMARI/グルン・シタ・クマリ"),
    ),
    Nation(
        "米国",
        (_ENGINEER, _SPOUSE),
        _names("MILLER_JAMES_ALAN/ミラー・ジェームズ・アラン"),
        _names("CLARK_EMILY_ROSE/クラーク・エミリー・ローズ"),
    ),
)
"""Nationalities; in names an underscore stands for a space."""
