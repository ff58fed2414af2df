"""Errors of signing in."""

from __future__ import annotations

from itaku.basis.errors import ItakuError


class SignInRefusedError(ItakuError):
    """The name or the password is wrong."""

    code = "sign_in_refused"
    ja = "利用者名かパスワードがちがいます。もう一度入れてください。"
    en = "The name or the password is wrong. Enter them again."


class LockedOutError(ItakuError):
    """Too many wrong tries: the account rests for a while."""

    code = "sign_in_locked"
    ja = "まちがいが続いたため、しばらくサインインできません。時間をおくか、利用者管理の担当に連絡してください。"
    en = "Too many wrong tries. Wait a while, or call your account administrator."
