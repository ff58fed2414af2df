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


class LinkSpentError(ItakuError):
    """The one-time address is used, expired, replaced or was never there."""

    code = "link_spent"
    ja = "このアドレスは使えません。すでに使われたか、期限が切れています。利用者管理の担当に、もう一度頼んでください。"
    en = "This address no longer works: it was used, or its time is over. Ask your account administrator for another."


class SelfConfirmedError(ItakuError):
    """Whoever asked for an act, or gains by it, cannot be its second person."""

    code = "self_confirmed"
    ja = "自分が申し込んだこと、自分についてのことは、自分では確認できません。もう一人の人が確認します。"
    en = "You cannot confirm what you asked for, nor what is about yourself. Another person does."


class ActSettledError(ItakuError):
    """The act no longer waits: it was decided by somebody else, or its time is over."""

    code = "privileged_act_settled"
    ja = "この申込みは、すでに決まったか、期限が切れています。"
    en = "This was decided already, or its time is over."


class NotPossibleNowError(ItakuError):
    """What was confirmed can no longer be done: the person or the seat has changed since."""

    code = "privileged_act_unfit"
    ja = "申し込んだときから様子が変わったため、できません。もう一度申し込んでください。"
    en = "Things have changed since this was asked for, so it cannot be done. Ask again."


class OwnAccountError(ItakuError):
    """An administrator cannot change the own rights or stop the own account."""

    code = "own_account"
    ja = "自分の担当や停止・削除は、自分では操作できません。ほかの利用者管理の担当に頼んでください。"
    en = "You cannot change your own duties, nor stop or delete yourself. Ask another administrator."


class PasskeyRefusedError(ItakuError):
    """The passkey's answer does not verify, or nobody here has it."""

    code = "passkey_refused"
    ja = "パスキーを確かめられませんでした。もう一度試すか、パスワードでサインインしてください。"
    en = "The passkey could not be verified. Try again, or sign in with the password."


class SecondFactorNeededError(ItakuError):
    """A duty of the person needs a second factor, and this would take the last away."""

    code = "second_factor_needed"
    ja = "あなたの担当には二つ目の確認が要るため、最後の一つは外せません。先に別のものを登録してください。"
    en = "Your duties need a second factor, so the last one cannot be removed. Register another first."


class CodeKeyMissingError(ItakuError):
    """The key of people's code devices is missing, not fit, or not the one under which they lie in the database."""

    code = "code_key_missing"
    ja = "ワンタイムコードの鍵を守る鍵がないか、別のものです。控えから鍵のファイルを戻してください(docs/desk.md)。"
    en = "The key that protects people's code devices is missing or another one. Restore its file (docs/desk.md)."
