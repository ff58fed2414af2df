"""Errors of the money pages: what happened, and what to do next."""

from __future__ import annotations

from itaku.basis.errors import ItakuError


class MonthStepRefusedError(ItakuError):
    """The person may not ask for it or confirm it, or it was decided already."""

    code = "month_step_refused"
    ja = "この月の締めや再開は、受託者の出納が求め、同じ側の別の人が確認します。帳簿は変わっていません。"
    en = (
        "The contractor's treasurer asks for a month to be closed or reopened, and another person of that side "
        "confirms it. The books are unchanged."
    )


class MonthStepReasonError(ItakuError):
    """A reopening, or a refusal, needs a reason."""

    code = "month_step_reason_missing"
    ja = "理由を書いてください。履歴に残り、相手にも見えます。"
    en = "Write the reason. It stays in the history, and the other side reads it."


class ClerkActRefusedError(ItakuError):
    """The person's duties do not allow the act, it waits already, or it was decided."""

    code = "clerk_act_refused"
    ja = "あなたの役割ではこの処理はできないか、同じ処理が確認を待っています。帳簿は変わっていません。"
    en = "Your duties do not allow this act, or the same act waits for a second person. The books are unchanged."


class ClerkFieldError(ItakuError):
    """A field is empty, or is no whole number of yen."""

    code = "clerk_field_unfit"
    ja = "すべての欄を書いてください。金額は円の整数で書きます。帳簿は変わっていません。"
    en = "Fill in every field, amounts as whole yen. The books are unchanged."


class CaseStepRefusedError(ItakuError):
    """The case is not this person's to explain or to answer."""

    code = "case_step_refused"
    ja = "この案件について、いまあなたの側が答える番ではありません。案件は変わっていません。"
    en = "It is not your side's turn in this case. The case is unchanged."


class PracticeLoadedError(ItakuError):
    """There is no sandbox, or its practice month was loaded before."""

    code = "practice_sales_refused"
    ja = "練習の売上は、練習の場に一度だけ入れられます。"
    en = "Practice sales are for the sandbox, and are put in once."
