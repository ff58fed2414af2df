"""Register files (レジ売上データ): a chain's sales and refunds as text; every line is read or listed with its reason.

The first line names the columns, the last one says how many rows there are and their sum; what is between is rows.
UTF-8 or Shift_JIS (CP932) by the first line. Half-width kana and full-width digits are read as what they are; anything
that could mean two things is not guessed at. Columns and reasons are explained in docs/reconciliation.md.
"""

from __future__ import annotations

import csv
import datetime as dt
import enum
import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from itaku.basis.clock import JST, InstantMs, to_instant, to_jst
from itaku.basis.yen import Yen
from itaku.issuance.protocol.kinds import KIND_TITLE, MAX_COPIES, Kind
from itaku.settlement.errors import RegisterFileUnreadableError
from itaku.settlement.views import MAX_ROW_YEN, Movement

COLUMNS = ("区分", "交付番号", "端末", "市区町村", "種類", "通数", "金額", "日時")
"""Columns in their order: what it is, issuance id, kiosk, municipality code, kind, copies, yen, time in Japan."""
TOTAL = "合計"
MOVEMENT_WORDS: dict[str, Movement] = {
    "売上": Movement.SALE,
    "ウリアゲ": Movement.SALE,
    "返金": Movement.REFUND,
    "ヘンキン": Movement.REFUND,
}
"""What the first column may say, after half-width kana became full-width ones."""
LARGEST_FILE = 1 << 30
LONGEST_LINE = 2_000
"""Bytes; a longer line is listed as garbled."""

_ID = re.compile(r"[0-9a-f]{32}")
_KIOSK = re.compile(r"[0-9A-Za-z._-]{1,64}")
_CODE = re.compile(r"[0-9]{6}")
_COUNT = re.compile(r"[0-9]{1,6}")
_YEN = re.compile(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+")
_OVERFLOW = re.compile(r"#+|[0-9]+(\.[0-9]+)?E\+?[0-9]+|[0-9]{10,}")
"""A cell too narrow for its number, a number that a spreadsheet rewrote, or one that no fee can be."""
_TIME = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[ T](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})")
_KINDS = {word: kind for kind in Kind for word in (kind.value, unicodedata.normalize("NFKC", KIND_TITLE[kind][0]))}
_SHIFTED_FROM = 3
"""So many cells of a row that do not fit their columns are a row whose cells stand in other columns."""


class Reason(enum.StrEnum):
    """Why a row was listed and not taken in. Each is a stable code."""

    GARBLED = "row_garbled"
    BLANK = "row_blank"
    CUT = "row_cut"
    SHIFTED = "row_shifted"
    MOVEMENT = "movement_unreadable"
    ID = "issuance_unreadable"
    KIOSK = "kiosk_unreadable"
    MUNICIPALITY = "municipality_unreadable"
    MUNICIPALITY_UNKNOWN = "municipality_unknown"
    KIND = "kind_unknown"
    COPIES = "copies_unreadable"
    AMOUNT = "amount_unreadable"
    OVERFLOW = "amount_overflow"
    TIME = "time_unreadable"
    FUTURE = "row_in_future"
    DUPLICATE = "row_duplicate"
    CONTRADICTION = "row_contradicts"


REASON_TEXT: dict[Reason, tuple[str, str]] = {
    Reason.GARBLED: ("文字化けして読めません", "its characters cannot be read"),
    Reason.BLANK: ("空の行です", "the line is empty"),
    Reason.CUT: ("行が途中で切れています", "the line is cut off"),
    Reason.SHIFTED: ("列がずれています", "its cells stand in other columns"),
    Reason.MOVEMENT: ("区分が「売上」「返金」のどちらでもありません", "it is neither a sale nor a refund"),
    Reason.ID: ("交付番号が32桁の16進数ではありません", "the issuance id is not 32 hexadecimal digits"),
    Reason.KIOSK: ("端末の名前が読めません", "the kiosk's name cannot be read"),
    Reason.MUNICIPALITY: ("市区町村コードが6桁の数字ではありません", "the municipality code is not six digits"),
    Reason.MUNICIPALITY_UNKNOWN: ("その市区町村は登録されていません", "that municipality is not on file"),
    Reason.KIND: ("その種類の証明書はありません", "there is no such kind of certificate"),
    Reason.COPIES: (
        f"通数が1から{MAX_COPIES}までの数ではありません",
        f"copies are not a number from 1 to {MAX_COPIES}",
    ),
    Reason.AMOUNT: ("金額が読めません", "the amount cannot be read"),
    Reason.OVERFLOW: ("金額が欄に収まっていません", "the amount does not fit its cell"),
    Reason.TIME: ("日時が読めません", "the time cannot be read"),
    Reason.FUTURE: ("日時が受け取った時より後です", "its time is after the file was received"),
    Reason.DUPLICATE: ("同じ行がすでに取り込まれています", "the same row was taken in before"),
    Reason.CONTRADICTION: (
        "同じ交付番号の行が、別の内容ですでに取り込まれています",
        "a row of that issuance was taken in with other content",
    ),
}
"""Each reason for people, Japanese and English."""


class FileFault(enum.StrEnum):
    """What is wrong with the file as a whole; its rows are taken in all the same, each on its own."""

    NO_TOTAL = "total_missing"
    """合計行なし: the file may have been cut off."""
    COUNT = "total_count_differs"
    """件数相違."""
    YEN = "total_yen_differs"
    """金額相違."""
    TOTAL_UNREADABLE = "total_unreadable"
    """合計行が読めない."""


FAULT_TEXT: dict[FileFault, tuple[str, str]] = {
    FileFault.NO_TOTAL: (
        "合計行がありません。途中で切れたおそれがあります",
        "there is no line of totals: the file may have been cut off",
    ),
    FileFault.COUNT: ("合計行の件数が行数と一致しません", "the total's count is not the number of rows"),
    FileFault.YEN: ("合計行の金額が行の合計と一致しません", "the total's yen are not the sum of the rows"),
    FileFault.TOTAL_UNREADABLE: ("合計行が読めません", "the line of totals cannot be read"),
}
"""Each fault for people."""


class RegisterRow(msgspec.Struct, frozen=True):
    """One row as the register booked it. `fee_yen` is positive for a refund too."""

    line: int
    movement: Movement
    issuance_id: bytes
    kiosk: str
    municipality: str
    kind: Kind
    copies: int
    fee_yen: Yen
    at_ms: InstantMs
    raw: bytes = b""
    """The line as it stood there."""

    @property
    def day(self) -> dt.date:
        """Its day in Japan."""
        return to_jst(self.at_ms).date()

    @property
    def facts(self) -> tuple[object, ...]:
        """Everything but its place in a file."""
        return (self.municipality, self.kind, self.copies, self.fee_yen, self.at_ms, self.kiosk)


class ListedRow(msgspec.Struct, frozen=True):
    """A row that was not taken in, as it stood there, with its reason. Line 1 names the columns."""

    line: int
    reason: Reason
    raw: bytes


class ReadFile(NamedTuple):
    """A file's rows, each exactly once in one of both lists, and what is wrong with the whole."""

    rows: list[RegisterRow]
    listed: list[ListedRow]
    faults: list[FileFault]
    encoding: str

    @property
    def read(self) -> int:
        """How many rows there were."""
        return len(self.rows) + len(self.listed)


def read_register_file(data: bytes, municipalities: frozenset[str], now: InstantMs) -> ReadFile:
    """Reads a file received at `now`; rows of other municipalities than these are listed.

    `RegisterFileUnreadableError` if the first line does not name the columns: then nothing is known of any row.
    Repetitions within the file are listed; whether a row was taken in before is asked when it is taken in.
    """
    if len(data) > LARGEST_FILE:
        raise RegisterFileUnreadableError("larger than 1 GiB")
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    whole = lines[-1] == b""
    lines = lines[:-1] if whole else lines
    encoding = _encoding(lines[0] if lines else b"")
    body = lines[1:]
    total = _total(body[-1], encoding) if body else None
    rows: list[RegisterRow] = []
    listed: list[ListedRow] = []
    seen: dict[tuple[bytes, Movement], RegisterRow] = {}
    for number, raw in enumerate(body if total is None else body[:-1], start=2):
        cut = not whole and number == len(lines)
        row = _row(raw.removesuffix(b"\r"), number, encoding, municipalities, now)
        if cut and not isinstance(row, RegisterRow):
            row = Reason.CUT  # whatever it lacks: the file ends within it
        if isinstance(row, RegisterRow):
            first = seen.setdefault((row.issuance_id, row.movement), row)
            if first is row:
                rows.append(row)
                continue
            row = Reason.DUPLICATE if first.facts == row.facts else Reason.CONTRADICTION
        listed.append(ListedRow(number, row, raw[:LONGEST_LINE]))
    return ReadFile(rows, listed, _faults(total, rows, listed), encoding)


def write_register_file(rows: Sequence[RegisterRow], encoding: str = "utf-8") -> bytes:
    """A file of these rows, as a register writes it; their line numbers do not matter."""
    lines = [",".join(COLUMNS)]
    for row in rows:
        word = "売上" if row.movement is Movement.SALE else "返金"
        at = to_jst(row.at_ms).strftime("%Y-%m-%d %H:%M:%S")
        cells = (word, row.issuance_id.hex(), row.kiosk, row.municipality, row.kind.value, row.copies, row.fee_yen, at)
        lines.append(",".join(map(str, cells)))
    lines.append(f"{TOTAL},{len(rows)},{_net_yen(rows)}")
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def _encoding(first: bytes) -> str:
    for encoding in ("utf-8", "cp932"):
        cells = _cells(first.removesuffix(b"\r"), encoding)
        if cells is not None and tuple(cells) == COLUMNS:
            return encoding
    raise RegisterFileUnreadableError("line 1")


def _cells(raw: bytes, encoding: str) -> list[str] | None:
    """The cells of a line in compatibility form, without blanks around them; None if its characters are damaged."""
    if len(raw) > LONGEST_LINE:
        return None
    try:
        text = raw.decode(encoding)
        cells = next(csv.reader([text], strict=True), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    if any(character == "\ufffd" or unicodedata.category(character) in {"Cc", "Co", "Cn"} for character in text):
        return None
    return [unicodedata.normalize("NFKC", cell).strip() for cell in cells]


def _row(
    raw: bytes, number: int, encoding: str, municipalities: frozenset[str], now: InstantMs
) -> RegisterRow | Reason:
    if not raw.strip():
        return Reason.BLANK
    cells = _cells(raw, encoding)
    if cells is None:
        return Reason.GARBLED
    if len(cells) != len(COLUMNS):
        return Reason.SHIFTED
    read = _Cells(*cells)
    faults = read.faults()
    if len(faults) >= _SHIFTED_FROM:
        return Reason.SHIFTED
    if faults:
        return faults[0]
    at = read.instant()
    assert at is not None, "an unreadable time is a fault"
    if read.municipality not in municipalities:
        return Reason.MUNICIPALITY_UNKNOWN
    if at > now:
        return Reason.FUTURE
    return RegisterRow(
        line=number,
        movement=MOVEMENT_WORDS[read.movement],
        issuance_id=bytes.fromhex(read.issuance),
        kiosk=read.kiosk,
        municipality=read.municipality,
        kind=_KINDS[read.kind],
        copies=int(read.copies),
        fee_yen=Yen(int(read.yen.replace(",", ""))),
        at_ms=at,
        raw=raw,
    )


class _Cells(NamedTuple):
    """A row's cells, before they mean anything."""

    movement: str
    issuance: str
    kiosk: str
    municipality: str
    kind: str
    copies: str
    yen: str
    time: str

    def faults(self) -> list[Reason]:
        """What is wrong with each cell by itself, in the order of the columns."""
        amount = Reason.OVERFLOW if _OVERFLOW.fullmatch(self.yen.upper()) else Reason.AMOUNT
        readable = _YEN.fullmatch(self.yen) is not None and amount is Reason.AMOUNT
        if readable and int(self.yen.replace(",", "")) > MAX_ROW_YEN:
            readable, amount = False, Reason.OVERFLOW
        checks = (
            (self.movement in MOVEMENT_WORDS, Reason.MOVEMENT),
            (_ID.fullmatch(self.issuance.lower()) is not None, Reason.ID),
            (_KIOSK.fullmatch(self.kiosk) is not None, Reason.KIOSK),
            (_CODE.fullmatch(self.municipality) is not None, Reason.MUNICIPALITY),
            (self.kind in _KINDS, Reason.KIND),
            (_COUNT.fullmatch(self.copies) is not None and 1 <= int(self.copies) <= MAX_COPIES, Reason.COPIES),
            (readable, amount),
            (self.instant() is not None, Reason.TIME),
        )
        return [reason for fits, reason in checks if not fits]

    def instant(self) -> InstantMs | None:
        """The time in Japan as an instant; None if there is no such time."""
        found = _TIME.fullmatch(self.time.replace("/", "-"))
        try:
            moment = dt.datetime.fromisoformat(f"{found['day']}T{found['time']}") if found else None
        except ValueError:
            return None
        return None if moment is None or moment.year < 2010 else to_instant(moment.replace(tzinfo=JST))


def _total(raw: bytes, encoding: str) -> tuple[int, int] | FileFault | None:
    """The last line's count and yen; a fault if it is one of totals that cannot be read; None if it is none."""
    cells = _cells(raw.removesuffix(b"\r"), encoding)
    if not cells or cells[0] != TOTAL:
        return None
    if len(cells) != 3 or not re.fullmatch(r"[0-9]{1,10}", cells[1]) or not re.fullmatch(r"-?[0-9]{1,15}", cells[2]):
        return FileFault.TOTAL_UNREADABLE
    return int(cells[1]), int(cells[2])


def _faults(
    total: tuple[int, int] | FileFault | None, rows: Sequence[RegisterRow], listed: Sequence[ListedRow]
) -> list[FileFault]:
    if total is None:
        return [FileFault.NO_TOTAL]
    if isinstance(total, FileFault):
        return [total]
    faults = [FileFault.COUNT] if total[0] != len(rows) + len(listed) else []
    # With rows listed the sum cannot be known; that they are listed says more.
    return faults if listed or total[1] == _net_yen(rows) else [*faults, FileFault.YEN]


def _net_yen(rows: Sequence[RegisterRow]) -> int:
    return sum(int(row.fee_yen) * (1 if row.movement is Movement.SALE else -1) for row in rows)
