"""Words that many pages use (共通のことば): states with their colour, icon and word."""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    """A state for people."""

    ja: str
    en: str
    style: str
    icon: str


STATES = {
    "pending": State("予定", "pending", "pending", "dashed"),
    "in_effect": State("期間中", "in effect", "in_effect", "dot"),
    "fulfilled": State("履行済", "fulfilled", "fulfilled", "check"),
    "violated": State("違反・期限超過", "breached, overdue", "violated", "stop"),
    "discharged": State("消滅", "discharged", "discharged", "minus"),
    "suspended": State("停止中", "suspended", "suspended", "pause"),
    "not_arisen": State("要件なし", "not arisen", "pending", "dashed"),
    "available": State("行使できる", "available", "in_effect", "dot"),
    "barred": State("行使できない", "barred", "discharged", "minus"),
    "exercised": State("行使済", "exercised", "fulfilled", "check"),
    "lapsed": State("期間満了", "lapsed", "discharged", "minus"),
    "running": State("判断待ち", "running", "pending", "dashed"),
    "holds": State("成就", "holds", "in_effect", "dot"),
    "averted": State("不成就", "averted", "discharged", "minus"),
    "unproved": State("未証明", "unproved", "today", "warn"),
    "proved": State("証明済", "proved", "fulfilled", "check"),
    "expired": State("期限切れ", "expired", "violated", "stop"),
    "draft": State("下書き", "draft", "pending", "dashed"),
    "submitted": State("提出済・受理待ち", "handed in", "in_effect", "dot"),
    "received": State("受理済", "received", "in_effect", "check"),
    "approved": State("承認済", "approved", "fulfilled", "check"),
    "sent_back": State("差戻し", "sent back", "today", "warn"),
    "withdrawn": State("取下げ", "withdrawn", "discharged", "minus"),
    "overdue": State("期限超過", "overdue", "violated", "stop"),
    "today": State("本日", "today", "today", "warn"),
    "soon": State("7日以内", "within 7 days", "in_effect", "clock"),
    "promptly": State("日の定めなし・急ぐもの", "promptly, no date", "today", "clock"),
    "later": State("8日より先", "later", "pending", "dashed"),
    "undated": State("期限未定", "no date yet", "silent", "question"),
    "resting": State("停止中・まだ生じていない", "resting", "suspended", "pause"),
    "unsigned": State("締結前", "unsigned", "pending", "dashed"),
    "in_force": State("期間中", "in force", "in_effect", "dot"),
    "ended": State("終了", "ended", "discharged", "minus"),
    "terminated": State("解除", "terminated", "violated", "stop"),
    "cancelled": State("解約", "cancelled", "discharged", "minus"),
}
"""Every state that a page may show."""


NOTE_KINDS = {
    "viewed": ("見た", "viewed"),
    "list-told": ("一覧から記録した", "told from a list"),
    "calendar-renewed": ("予定表のアドレスを発行した", "renewed the calendar's address"),
    "calendar-stopped": ("予定表を止めた", "stopped the calendar"),
    "proof-made": ("証拠一式を出した", "took out proof"),
    "month-asked": ("月の締め・再開を求めた", "asked to close or reopen a month"),
    "month-decided": ("月の締め・再開を確認した", "confirmed closing or reopening a month"),
    "month-refused": ("月の締め・再開を確認しなかった", "refused closing or reopening a month"),
    "books-act": ("帳簿の処理をした", "did an act in the books"),
    "books-act-asked": ("帳簿の処理を求めた", "asked for an act in the books"),
    "books-act-refused": ("帳簿の処理を確認しなかった", "refused an act in the books"),
    "case-answered": ("照合の案件に答えた", "answered a case of reconciliation"),
    "practice-sales": ("練習の売上を入れた", "put practice sales in"),
    "clock-moved": ("練習の時刻を動かした", "moved the practice time"),
    "done": ("操作した", "did"),
    "refused": ("断られた", "was refused"),
    "signed-in": ("サインイン", "signed in"),
    "signed-out": ("サインアウト", "signed out"),
    "sign-in-refused": ("サインイン失敗", "sign-in refused"),
    "locked-out": ("ロック", "locked out"),
    "person-registered": ("利用者を登録した", "registered a person"),
    "person-changed": ("利用者を変えた", "changed a person"),
    "person-stopped": ("利用者を止めた", "stopped a person"),
    "person-started": ("利用者を再開した", "let a person in again"),
    "person-unlocked": ("ロックを解いた", "unlocked a person"),
    "duties-taken": ("担当を外した", "took duties away"),
    "first-link": ("最初のパスワードのアドレスを出した", "made a first-password address"),
    "password-set": ("パスワードを決めた", "set a password"),
    "factor-added": ("二つ目の確認を登録した", "added a second factor"),
    "factor-removed": ("二つ目の確認を外した", "removed a second factor"),
    "sessions-ended": ("サインインを終わらせた", "ended sessions"),
    "asked-second": ("二人目の確認を求めた", "asked for a second person"),
    "confirmed-second": ("二人目として確認した", "confirmed as second person"),
    "refused-second": ("確認しなかった・取り下げた", "refused or withdrew"),
    "paper-quorum": ("承認の人数を決めた", "set how many approve"),
    "paper-step": ("書類を進めた", "took a paper's step"),
    "paper-attached": ("添付した・外した", "attached or took off a file"),
    "told": ("記録した", "told an event"),
    "asked-to-confirm": ("確認を求めた", "asked for confirmation"),
    "confirmed": ("確認した", "confirmed"),
    "not-confirmed": ("取り下げた・認めなかった", "withdrew or refused"),
}
"""What was done, in a note of the audit trail."""
