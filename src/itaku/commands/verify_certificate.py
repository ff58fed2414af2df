"""`itaku verify-certificate`: what a PDF, or scans of a certificate's sides, prove, without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from itaku.basis.errors import ItakuError
from itaku.verification.examination import examine
from itaku.verification.findings import VERDICTS, Check, Examination, State
from itaku.verification.keys import read_keys
from itaku.verification.settings import PUBLISHED_KEYS

_SIGNS = {State.PROVED: "○", State.REFUTED: "×", State.OPEN: "―"}


class FileNotReadError(ItakuError):
    """A file that was named cannot be read."""

    code = "file_not_read"
    ja = "ファイルを読めません。"
    en = "The file cannot be read."


class Verified(msgspec.Struct, frozen=True):
    """The result for the command line: the examination without its pictures, and where these were written."""

    verdict: str
    checks: tuple[Check, ...]
    sheets: tuple[dict[str, object], ...]
    pictures: tuple[str, ...]


def verify_certificate(files: Sequence[Path], keys: Path | None, state: Path, *, pictures: Path | None) -> Verified:
    """Examines the files; raises `BadKeysError`, `FileNotReadError` or a subclass of `UploadRefusedError`."""
    try:
        contents = [path.read_bytes() for path in files]
    except OSError as error:
        raise FileNotReadError(str(error.filename)) from error
    examination = examine(contents, read_keys(keys or state / PUBLISHED_KEYS))
    written = () if pictures is None else _written(examination, pictures)
    sheets = tuple(
        {name: getattr(sheet, name) for name in sheet.__struct_fields__ if name not in {"issued_png", "uploaded_png"}}
        for sheet in examination.sheets
    )
    return Verified(examination.verdict.value, examination.checks, sheets, written)


def _written(examination: Examination, folder: Path) -> tuple[str, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sheet in examination.sheets:
        for name, png in (("issued", sheet.issued_png), ("handed-in", sheet.uploaded_png)):
            if png:
                path = folder / f"{sheet.serial_number}-{sheet.page}-{name}.png"
                path.write_bytes(png)
                written.append(str(path))
    return tuple(written)


def said(result: Verified) -> str:
    """The result in words."""
    ja, en = next(words for verdict, words in VERDICTS.items() if verdict == result.verdict)
    lines = [f"{ja}\n{en}\n"]
    for sheet in result.sheets:
        people = "、".join(f"{person.name}({person.birth_date})" for person in sheet["people"])  # type: ignore[attr-defined]  # a tuple of people
        lines.append(f"{sheet['issuer']} {sheet['kind_ja']} / {sheet['issuer_en']}, {sheet['kind_en']}")
        lines.append(
            f"発行日 {sheet['issued_on']}  発行番号 {sheet['serial_number']}  {sheet['page']}/{sheet['pages']}"
        )
        lines.append(people)
        lines += _check_lines(sheet["checks"])  # type: ignore[arg-type]  # a tuple of checks
        lines.append("")
    lines += _check_lines(result.checks)
    lines += [f"→ {path}" for path in result.pictures]
    return "\n".join(lines)


def _check_lines(checks: Sequence[Check]) -> list[str]:
    return [f"{_SIGNS[one.state]} {one.ja}\n  {one.en}" for one in checks]
