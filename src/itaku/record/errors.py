"""What can go wrong with the record: each error with a stable code and words for the operator."""

from __future__ import annotations

from typing import ClassVar

from itaku.basis.errors import ItakuError, Temper


class RecordError(ItakuError):
    """Base of every error of the record."""


class EntryUnfitError(RecordError):
    """The facts cannot stand in an entry (not plain data, or too long)."""

    code: ClassVar[str] = "record_entry_unfit"
    ja: ClassVar[str] = "この内容は記録に書けません。種類と長さを確かめてください。"
    en: ClassVar[str] = "This cannot be written to the record. Check its kind and its length."


class RecordTamperedError(RecordError):
    """What the database holds is not what the last checkpoint signed: nothing more is numbered or signed."""

    code: ClassVar[str] = "record_tampered"
    ja: ClassVar[str] = (
        "記録が署名済みの状態と違います。記録を止めました。写しを取り、検証して、管理者に知らせてください。"
    )
    en: ClassVar[str] = (
        "The record differs from what was signed. It was stopped. Export it, verify the copy, tell the administrator."
    )


class RecordKeyError(RecordError):
    """The signing key is missing, open to others, not Ed25519, or not the one with which this record began."""

    code: ClassVar[str] = "record_key_unfit"
    ja: ClassVar[str] = "記録の署名鍵が使えません。鍵ファイルとその権限（所有者だけが読めること）を確かめてください。"
    en: ClassVar[str] = (
        "The record's signing key cannot be used. Check the key file and that only its owner can read it."
    )


class RecordEmptyError(RecordError):
    """There is no checkpoint yet: the sequencer has never run."""

    code: ClassVar[str] = "record_empty"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "署名された記録がまだありません。記録の番号付けが動いているか確かめてください。"
    en: ClassVar[str] = "There is no signed record yet. Check that the sequencer runs."


class EntryUnknownError(RecordError):
    """No numbered entry has this id or number (it may still be pending)."""

    code: ClassVar[str] = "record_entry_unknown"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "その記録は見つかりません。書いたばかりなら、少し待ってください。"
    en: ClassVar[str] = "No such entry was found. If it was written just now, wait a moment."


class ProofInvalidError(RecordError):
    """A proof does not prove what it says."""

    code: ClassVar[str] = "record_proof_invalid"
    ja: ClassVar[str] = "この証明は正しくありません。"
    en: ClassVar[str] = "This proof is not valid."


class ExportExistsError(RecordError):
    """A copy of the record is already in the directory; it is never written over."""

    code: ClassVar[str] = "record_export_exists"
    ja: ClassVar[str] = "そのフォルダーにはすでに記録の写しがあります。空のフォルダーを指定してください。"
    en: ClassVar[str] = "The directory already holds a copy of the record. Name an empty one."
