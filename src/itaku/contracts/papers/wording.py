"""The sentence with which a paper opens (本文): what it does, by what clause, as its kind of document says it."""

from __future__ import annotations

_VERBS = (
    ("請求書", "請求します"),
    ("依頼書", "依頼します"),
    ("依頼", "依頼します"),
    ("解除通知書", "契約を解除することを通知します"),
    ("通知書", "通知します"),
    ("催告書", "催告します"),
    ("要求書", "要求します"),
    ("指示書", "指示します"),
    ("命令書", "命じます"),
    ("指導書", "指導します"),
    ("承諾書", "承諾します"),
    ("同意書", "同意します"),
    ("承認書", "承認します"),
    ("合意書", "合意します"),
    ("申請書", "申請します"),
    ("申請", "申請します"),
    ("報告書", "報告します"),
    ("報告", "報告します"),
    ("届出書", "届け出ます"),
    ("完了届", "届け出ます"),
    ("計算書", "計算します"),
    ("調書", "検査の結果を記します"),
    ("命令書（総額）", "支出を命じます"),
    ("調定書（総額）", "調定します"),
    ("納付書", "納付してください"),
    ("契約書", "契約します"),
    ("計画書", "計画します"),
    ("計画", "計画します"),
    ("記録", "記録します"),
    ("提案", "提案します"),
)
"""Endings of titles with what such a paper does; the longest that fits counts."""


def opening(title: str, place: str, *, both: bool) -> str:
    """The opening sentence. `both`: the parties write it together. Remarks in brackets tell no kind."""
    bare = title if title.endswith("（総額）") else title.partition("（")[0]
    fitting = [(ending, verb) for ending, verb in _VERBS if bare.endswith(ending)]
    verb = max(fitting, key=lambda each: len(each[0]))[1] if fitting else "記します"
    who = "当事者双方は、" if both else ""
    return f"{who}下記の契約の{place}に基づき、次のとおり{verb}。"
