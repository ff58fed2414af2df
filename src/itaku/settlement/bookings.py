"""The forms of postings (仕訳の型): one function for each thing that happens, with the clause by which it is booked."""

from __future__ import annotations

import datetime as dt

from itaku.basis.yen import Yen
from itaku.settlement.accounts import Account
from itaku.settlement.errors import AmountUnfitError, ReasonMissingError
from itaku.settlement.month import Month
from itaku.settlement.posting import Certificates, Counts, Posting, PostingLine, Sort


def fee_taken(
    municipality: str, issuance_id: bytes, kind: str, copies: int, fee_yen: Yen, delivered_on: dt.date, chain: str
) -> Posting:
    """手数料の収納 (S1-12-2): a delivered set. The fee lies in the chain's till and is owed to the client at once."""
    return Posting(
        municipality,
        f"fee:{issuance_id.hex()}",
        Sort.FEE_TAKEN,
        delivered_on,
        (
            PostingLine(Account.FEES_AT_SHOPS, fee_yen, chain=chain),
            PostingLine(Account.FEES_OWED, Yen(-fee_yen)),
        ),
        issuance_id,
        Certificates(Counts.DELIVERED, kind, copies, delivered_on),
    )


def refund(
    municipality: str,
    issuance_id: bytes,
    kind: str,
    copies: int,
    fee_yen: Yen,
    delivered_on: dt.date,
    voided_on: dt.date,
    chain: str,
) -> Posting:
    """返金 (S1-8-1, S1-8-1-複): the clerk gave the whole fee back; all copies of the set are void.

    The debt of the month in which that is booked becomes less: an earlier month's papers stay as they were.
    """
    return Posting(
        municipality,
        f"refund:{issuance_id.hex()}",
        Sort.REFUND,
        voided_on,
        (
            PostingLine(Account.FEES_OWED, fee_yen),
            PostingLine(Account.FEES_AT_SHOPS, Yen(-fee_yen), chain=chain),
        ),
        issuance_id,
        Certificates(Counts.VOIDED, kind, copies, delivered_on),
    )


def commission(municipality: str, month: Month, version: int, gross: Yen, tax: Yen, on: dt.date) -> Posting:
    """委託手数料 (S1-12-1): due from the client, with the tax part taken once from the sum.

    `version` counts the closes of the month; a later close books what the first did not.
    """
    text = month.text()
    return Posting(
        municipality,
        f"commission:{text}:{version}",
        Sort.COMMISSION,
        on,
        (
            PostingLine(Account.COMMISSION_DUE, gross, debt_month=text),
            PostingLine(Account.COMMISSION, Yen(tax - gross), debt_month=text),
            PostingLine(Account.CONSUMPTION_TAX, Yen(-tax), debt_month=text),
        ),
    )


def offset(municipality: str, month: Month, version: int, yen: Yen, on: dt.date) -> Posting:
    """繰替使用 (S1-12-3): the commission is met out of the fees that are owed; both stand gross, only cash is net."""
    text = month.text()
    return Posting(
        municipality,
        f"offset:{text}:{version}",
        Sort.SET_OFF,
        on,
        (
            PostingLine(Account.FEES_OWED, yen, debt_month=text),
            PostingLine(Account.COMMISSION_DUE, Yen(-yen), debt_month=text),
        ),
    )


def remittance(municipality: str, slip: str, month: Month, yen: Yen, owed_yen: Yen, on: dt.date) -> Posting:
    """納付 (S1-12-2): cash to the client for a month. What exceeds the `owed_yen` of that month is 過納金.

    `slip` is the number of the 納付書, which makes the posting one. `AmountUnfitError` below one yen.
    """
    if yen < 1:
        raise AmountUnfitError(f"remittance {slip[:40]!a}")
    text = month.text()
    met = max(0, min(yen, owed_yen))
    lines = [PostingLine(Account.CASH, Yen(-yen))]
    if met:
        lines.append(PostingLine(Account.FEES_OWED, Yen(met), debt_month=text))
    if yen > met:
        lines.append(PostingLine(Account.OVERREMITTED, Yen(yen - met), debt_month=text))
    return Posting(municipality, f"remittance:{slip}", Sort.REMITTANCE, on, tuple(lines))


def shop_payment(municipality: str, number: str, chain: str, yen: Yen, on: dt.date) -> Posting:
    """取扱店からの入金: a chain hands over fees of one municipality. `AmountUnfitError` below one yen."""
    if yen < 1:
        raise AmountUnfitError(f"shop payment {number[:40]!a}")
    lines = (PostingLine(Account.CASH, yen), PostingLine(Account.FEES_AT_SHOPS, Yen(-yen), chain=chain))
    return Posting(municipality, f"shop-payment:{number}", Sort.SHOP_PAYMENT, on, lines)


def commission_payment(municipality: str, number: str, month: Month, yen: Yen, on: dt.date) -> Posting:
    """委託手数料の支払 (S1-12-1): the client pays in cash what the fees did not cover. `AmountUnfitError`."""
    if yen < 1:
        raise AmountUnfitError(f"commission payment {number[:40]!a}")
    lines = (
        PostingLine(Account.CASH, yen),
        PostingLine(Account.COMMISSION_DUE, Yen(-yen), debt_month=month.text()),
    )
    return Posting(municipality, f"commission-payment:{number}", Sort.COMMISSION_PAYMENT, on, lines)


def late_charge(municipality: str, month: Month, yen: Yen, on: dt.date, reading: str) -> Posting:
    """延滞損害金 (S1-15-1) of a month's late remittance, as the contract's replay computed it; `reading` says how."""
    text = month.text()
    lines = (
        PostingLine(Account.LATE_CHARGE, yen, debt_month=text),
        PostingLine(Account.LATE_CHARGE_OWED, Yen(-yen), debt_month=text),
    )
    return Posting(municipality, f"late-charge:{text}", Sort.LATE_CHARGE, on, lines, reason=reading)


def late_charge_payment(municipality: str, slip: str, month: Month, yen: Yen, on: dt.date) -> Posting:
    """延滞損害金の納付 (S1-15-1). `AmountUnfitError` below one yen."""
    if yen < 1:
        raise AmountUnfitError(f"late charge payment {slip[:40]!a}")
    lines = (
        PostingLine(Account.LATE_CHARGE_OWED, yen, debt_month=month.text()),
        PostingLine(Account.CASH, Yen(-yen)),
    )
    return Posting(municipality, f"late-charge-payment:{slip}", Sort.LATE_CHARGE_PAYMENT, on, lines)


def waiver(municipality: str, month: Month, yen: Yen, on: dt.date, reason: str) -> Posting:
    """延滞損害金の免除 (S1-15-1-但): the computed charge stays in the books, and is met by the waiver beside it."""
    if not reason.strip():
        raise ReasonMissingError("waiver")
    text = month.text()
    lines = (
        PostingLine(Account.LATE_CHARGE_OWED, yen, debt_month=text),
        PostingLine(Account.LATE_CHARGE_WAIVED, Yen(-yen), debt_month=text),
    )
    return Posting(municipality, f"waiver:{text}", Sort.WAIVER, on, lines, reason=reason)


def carried(
    municipality: str, number: str, claim: tuple[Account, Month], debt: Month, yen: Yen, on: dt.date
) -> Posting:
    """充当: a claim on the client (過納金, or a month in which more was given back than taken) meets a month's debt.

    `claim` is `OVERREMITTED` or `FEES_OWED` with its month. `AmountUnfitError` below one yen.
    """
    account, month = claim
    if yen < 1 or account not in {Account.OVERREMITTED, Account.FEES_OWED} or month == debt:
        raise AmountUnfitError(f"set-off {number[:40]!a}")
    lines = (
        PostingLine(Account.FEES_OWED, yen, debt_month=debt.text()),
        PostingLine(account, Yen(-yen), debt_month=month.text()),
    )
    return Posting(municipality, f"set-off:{number}", Sort.SET_OFF, on, lines)


def returned(municipality: str, number: str, month: Month, yen: Yen, on: dt.date) -> Posting:
    """還付: the client gives back what was remitted too much for a month. `AmountUnfitError` below one yen."""
    if yen < 1:
        raise AmountUnfitError(f"return {number[:40]!a}")
    lines = (PostingLine(Account.CASH, yen), PostingLine(Account.OVERREMITTED, Yen(-yen), debt_month=month.text()))
    return Posting(municipality, f"return:{number}", Sort.RETURN, on, lines)
