"""What can go wrong with settlement: each error with a stable code and words for the officer."""

from __future__ import annotations

from typing import ClassVar

from itaku.basis.errors import ItakuError


class SettlementError(ItakuError):
    """Base of every error of settlement."""


class MonthUnreadableError(SettlementError):
    """The text is not a month in the form YYYY-MM."""

    code: ClassVar[str] = "month_unreadable"
    ja: ClassVar[str] = "月を読み取れません。2026-10 のように、西暦4桁と月2桁で入力してください。"
    en: ClassVar[str] = "The month cannot be read. Write four digits of the year and two of the month, like 2026-10."


class RateUnknownError(SettlementError):
    """No dated price or tax rate is on file for the month; none is ever guessed."""

    code: ClassVar[str] = "rate_unknown"
    ja: ClassVar[str] = "その月の委託手数料の単価か消費税率が登録されていません。根拠とともに登録してください。"
    en: ClassVar[str] = "No commission price or tax rate is on file for that month. Enter it with its source."


class RowUnfitError(SettlementError):
    """A delivered issuance has no kind, no copies or no whole fee: it cannot be counted, and nothing is left out."""

    code: ClassVar[str] = "settlement_row_unfit"
    ja: ClassVar[str] = "数えられない交付の記録があります。計算を止めました。交付番号を管理者に知らせてください。"
    en: ClassVar[str] = "A delivered issuance cannot be counted. Nothing was computed. Tell the administrator its id."
