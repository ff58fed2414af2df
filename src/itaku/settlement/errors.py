"""What can go wrong with settlement: each error with a stable code and words for the officer."""

from __future__ import annotations

from typing import ClassVar

from itaku.basis.errors import ItakuError, Temper


class SettlementError(ItakuError):
    """Base of every error of settlement."""


class MonthUnreadableError(SettlementError):
    """The text is not a month in the form YYYY-MM."""

    code: ClassVar[str] = "month_unreadable"
    ja: ClassVar[str] = "月を読み取れません。2026-10 のように、西暦4桁と月2桁で入力してください。"
    en: ClassVar[str] = "The month cannot be read. Write four digits of the year and two of the month, like 2026-10."


class MunicipalityUnreadableError(SettlementError):
    """The text is no municipality's code."""

    code: ClassVar[str] = "municipality_unreadable"
    ja: ClassVar[str] = "団体コードを読み取れません。数字6桁で入力してください。"
    en: ClassVar[str] = "The municipality's code cannot be read. Write its six digits."


class RateUnknownError(SettlementError):
    """No dated price or tax rate is on file for some days; none is ever guessed. `detail` names days and terms."""

    code: ClassVar[str] = "rate_unknown"
    ja: ClassVar[str] = (
        "委託手数料の単価（commission_yen）か消費税率（tax_percent、整数の%）が登録されていない日があります。"
        "その日以前の日付で、契約の定めとして登録してください（itaku books tell、term.set）。"
    )
    en: ClassVar[str] = (
        "On some days no commission price (commission_yen) or tax rate (tax_percent, whole percent) is on file. Enter"
        " it as a term of the contract, dated no later than those days (itaku books tell, term.set)."
    )


class RegistrationNumberUnfitError(SettlementError):
    """The text is no invoice registration number: another form, or a wrong check digit."""

    code: ClassVar[str] = "registration_number_unfit"
    ja: ClassVar[str] = (
        "登録番号ではありません。T と数字13桁を、登録の通知か公表サイトのとおりに入力してください。"
        "何も登録していません。"
    )
    en: ClassVar[str] = (
        "That is no invoice registration number. Write T and thirteen digits as the registration notice or the public"
        " register has them. Nothing was entered."
    )


class RowUnfitError(SettlementError):
    """A delivered issuance has no kind, no copies or no whole fee: it cannot be counted, and nothing is left out."""

    code: ClassVar[str] = "settlement_row_unfit"
    ja: ClassVar[str] = "数えられない交付の記録があります。計算を止めました。交付番号を管理者に知らせてください。"
    en: ClassVar[str] = "A delivered issuance cannot be counted. Nothing was computed. Tell the administrator its id."


class ClosedDayUnfitError(SettlementError):
    """A closed day's files are not what was closed: gone, changed, or with a row that no view can hold."""

    code: ClassVar[str] = "closed_day_unfit"
    ja: ClassVar[str] = (
        "締めた日のファイルが、締めたときの内容と一致しません。計算を止めました。控えから戻してください。"
    )
    en: ClassVar[str] = (
        "The files of a closed day are not what was closed. Nothing was computed. Restore them from a copy."
    )


class DayNotClosedError(SettlementError):
    """A month is settled from closed days only, and one of its days is still open."""

    code: ClassVar[str] = "day_not_closed"
    ja: ClassVar[str] = "まだ締めていない日があります。その日を締めてから、もう一度実行してください。"
    en: ClassVar[str] = "A day is not closed yet. Close it, then run this again."


class DayClosedError(SettlementError):
    """The day is closed: what comes late is booked on an open day, or the day is reopened with a reason."""

    code: ClassVar[str] = "day_closed"
    ja: ClassVar[str] = (
        "その日はすでに締めています。遅れて届いた分は開いている日に計上するか、理由を付けて締めを解いてください。"
    )
    en: ClassVar[str] = "That day is closed. Book what came late on an open day, or reopen the day with a reason."


class PostingUnfitError(SettlementError):
    """A posting whose lines do not sum to zero, or that has fewer than two."""

    code: ClassVar[str] = "posting_unfit"
    ja: ClassVar[str] = "貸借が一致しない仕訳は記帳できません。何も記帳していません。"
    en: ClassVar[str] = "A posting whose debits and credits differ cannot be booked. Nothing was booked."


class PostingConflictError(SettlementError):
    """The key was booked with other content."""

    code: ClassVar[str] = "posting_conflict"
    temper: ClassVar[Temper] = Temper.DUPLICATE
    ja: ClassVar[str] = "同じ取引が、別の内容ですでに記帳されています。取消仕訳で訂正してください。"
    en: ClassVar[str] = "The same transaction was booked with other content. Correct it by a reversal."


class PostingUnknownError(SettlementError):
    """There is no posting of that key."""

    code: ClassVar[str] = "posting_unknown"
    ja: ClassVar[str] = "その仕訳は記帳されていません。"
    en: ClassVar[str] = "There is no such posting."


class ReversalRefusedError(SettlementError):
    """A reversal, or a posting that a close made, is not taken back by a reversal."""

    code: ClassVar[str] = "reversal_refused"
    ja: ClassVar[str] = "その仕訳は取り消せません。締めの仕訳は月を再開して改め、取消の取消は改めて記帳してください。"
    en: ClassVar[str] = "This posting is not reversed: reopen the month for what its close booked, or book anew."


class MonthClosedError(SettlementError):
    """The month was closed; whoever books takes the next open one."""

    code: ClassVar[str] = "month_closed"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "その月は締められました。もう一度行うと、次の開いている月に記帳します。"
    en: ClassVar[str] = "The month was closed meanwhile. Try again: it will be booked into the next open month."


class MonthNotOverError(SettlementError):
    """A month is closed only when its last day has passed in Japan, and all before it that hold postings are closed."""

    code: ClassVar[str] = "month_not_over"
    ja: ClassVar[str] = "まだ締められません。月末を過ぎ、それより前の月が締められている必要があります。"
    en: ClassVar[str] = "It cannot be closed yet: the month must be over, and the months before it closed."


class ReasonMissingError(SettlementError):
    """A reversal, a reopening or a waiver names its reason, and a close its person."""

    code: ClassVar[str] = "reason_missing"
    ja: ClassVar[str] = "担当者と理由を入力してください。"
    en: ClassVar[str] = "Name the person and the reason."


class AmountUnfitError(SettlementError):
    """The amount is not positive, or more than what it is to meet."""

    code: ClassVar[str] = "amount_unfit"
    ja: ClassVar[str] = "金額が合いません。1円以上で、相手の債権債務の額までにしてください。"
    en: ClassVar[str] = "The amount does not fit: at least one yen, and no more than the debt or claim that it meets."


class ChargeNotFinalError(SettlementError):
    """The late charge still grows by the day, or an input of it is blank."""

    code: ClassVar[str] = "charge_not_final"
    ja: ClassVar[str] = (
        "延滞損害金はまだ確定していません。納付を確認するか、足りない率や日を登録してから計上してください。"
    )
    en: ClassVar[str] = "The late charge is not final yet: note the payment, or enter the rate or day that is missing."


class BooksDisagreeError(SettlementError):
    """Two views of the same money differ. Nothing is issued until a person has looked."""

    code: ClassVar[str] = "books_disagree"
    ja: ClassVar[str] = "帳簿の金額が一致しません。書類は作りませんでした。内容を管理者に知らせてください。"
    en: ClassVar[str] = "The books do not agree. No paper was made. Show the detail to the administrator."


class RegisterFileUnreadableError(SettlementError):
    """The first line does not name the columns, or the file is too large: nothing was taken in."""

    code: ClassVar[str] = "register_file_unreadable"
    ja: ClassVar[str] = (
        "レジのファイルを読めません。1行目の見出しと文字コード（UTF-8 か Shift_JIS）を確かめてください。"
        "何も取り込んでいません。"
    )
    en: ClassVar[str] = (
        "The register file cannot be read. Check the names of the columns in line 1 and the encoding (UTF-8 or"
        " Shift_JIS). Nothing was taken in."
    )


class CaseUnknownError(SettlementError):
    """There is no such case."""

    code: ClassVar[str] = "case_unknown"
    ja: ClassVar[str] = "その照合案件はありません。"
    en: ClassVar[str] = "There is no such case of reconciliation."


class CaseStateError(SettlementError):
    """The case is not where this step could be taken, or it is not this side's turn."""

    code: ClassVar[str] = "case_state"
    ja: ClassVar[str] = (
        "いまその手続はできません。未解決の案件を一方が説明し、もう一方が同意します。両方を同じ側が行うことはできません。"
    )
    en: ClassVar[str] = (
        "That step cannot be taken now. One side explains an open case and the other agrees; no side does both."
    )


class DayNotOverError(SettlementError):
    """A day is closed when it is over in Japan."""

    code: ClassVar[str] = "day_not_over"
    ja: ClassVar[str] = "その日はまだ終わっていません。日付が変わってから締めてください。"
    en: ClassVar[str] = "That day is not over yet. Close it after midnight."


class FeeUnknownError(SettlementError):
    """No fee of that kind is on file for the municipality; none is ever guessed."""

    code: ClassVar[str] = "fee_unknown"
    ja: ClassVar[str] = "その証明書の手数料が登録されていません。手数料を登録してから、もう一度締めてください。"
    en: ClassVar[str] = "No fee of that certificate is on file. Enter it, then close the day again."


class MonthOrderError(SettlementError):
    """Months are reconciled in order, since each goes on from what the one before left open."""

    code: ClassVar[str] = "month_order"
    ja: ClassVar[str] = "照合は月の順に行います。前の月を先に照合してください。後の月を照合した月は、やり直せません。"
    en: ClassVar[str] = (
        "Months are reconciled in order. Reconcile the month before first; a month is not done again after a later one."
    )
