"""What can go wrong with a store: each error with a stable code and words for the operator."""

from __future__ import annotations

from typing import ClassVar

from itaku.basis.errors import ItakuError, Temper


class StoreError(ItakuError):
    """Base of every error of a store."""


class DatabaseUnreachableError(StoreError):
    """No PostgreSQL server of the DSN lets us in."""

    code: ClassVar[str] = "database_unreachable"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "データベースにつながりません。サーバーが動いているか、接続先の設定を確かめてください。"
    en: ClassVar[str] = "The database cannot be reached. Check that the server runs and where the settings point."


class DatabaseUnfitError(StoreError):
    """The server answers, but its encoding or version is not one that we write to."""

    code: ClassVar[str] = "database_unfit"
    ja: ClassVar[str] = "このデータベースは使えません。PostgreSQL 15以降で、文字コードがUTF-8のものを用意してください。"
    en: ClassVar[str] = "This database cannot be used. It must be PostgreSQL 15 or later with the encoding UTF-8."


class MigrationChangedError(StoreError):
    """The text of a migration that was applied once is not the text of this program."""

    code: ClassVar[str] = "migration_changed"
    ja: ClassVar[str] = (
        "適用済みの移行の内容が変わっています。プログラムの版を確かめてください。データには触れていません。"
    )
    en: ClassVar[str] = (
        "A migration that was applied has a different text now. Check the program's version. No data was touched."
    )


class MigrationOrderError(StoreError):
    """The list of migrations names one twice, or puts a new one before one that was applied."""

    code: ClassVar[str] = "migration_order"
    ja: ClassVar[str] = "移行の順序が正しくありません。新しい移行は最後に加えてください。データには触れていません。"
    en: ClassVar[str] = "The migrations are out of order. New ones go to the end. No data was touched."


class DeviceKeyUnfitError(StoreError):
    """The device's key file is missing, readable by others, or not 32 bytes long."""

    code: ClassVar[str] = "device_key_unfit"
    ja: ClassVar[str] = "端末の鍵ファイルが使えません。所有者だけが読める32バイトのファイルか確かめてください。"
    en: ClassVar[str] = "The device's key file cannot be used. It must be a 32-byte file that only its owner can read."


class JournalKeyWrongError(StoreError):
    """The journal was written under another key."""

    code: ClassVar[str] = "journal_key_wrong"
    ja: ClassVar[str] = "端末の記録はこの鍵では開けません。端末の鍵ファイルを確かめてください。"
    en: ClassVar[str] = "The journal does not open with this key. Check the device's key file."


class JournalDamagedError(StoreError):
    """The journal's file is not what was written: a page, a row or the whole is damaged."""

    code: ClassVar[str] = "journal_damaged"
    ja: ClassVar[str] = "端末の記録が壊れています。この端末を止めて、保守センターに連絡してください。"
    en: ClassVar[str] = "The journal is damaged. Take this machine out of service and call the maintenance center."


class JournalBusyError(StoreError):
    """Another process has the journal open."""

    code: ClassVar[str] = "journal_busy"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "端末の記録をほかのプログラムが使っています。二重に起動していないか確かめてください。"
    en: ClassVar[str] = "Another program has the journal open. Check that the program was not started twice."


class JournalUnwritableError(StoreError):
    """A write did not reach the disk; what was put is not acknowledged."""

    code: ClassVar[str] = "journal_unwritable"
    temper: ClassVar[Temper] = Temper.RETRYABLE
    ja: ClassVar[str] = "端末の記録を書けません。ディスクの空きと状態を確かめてください。"
    en: ClassVar[str] = "The journal cannot be written. Check the disk's free space and its state."


class JournalClosedError(StoreError):
    """The journal was closed before this call."""

    code: ClassVar[str] = "journal_closed"
    ja: ClassVar[str] = "端末の記録はすでに閉じられています。"
    en: ClassVar[str] = "The journal is already closed."
