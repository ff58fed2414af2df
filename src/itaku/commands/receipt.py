"""`itaku receipt`: an erasure receipt (消去の証) as a file of its own, verified with no server and no database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from cryptography import x509

from itaku.basis.clock import InstantMs, to_jst
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import IssuanceId
from itaku.commands.databases import CENTER, database
from itaku.issuance.center.row import CenterRow
from itaku.issuance.protocol.messages import Receipt
from itaku.issuance.protocol.receipts import ReceiptRefusedError, check_receipt

_ID_BYTES = 16


class ReceiptUnreadableError(ItakuError):
    """The file is no erasure receipt, or the other one no certificate of a CA."""

    code = "receipt_unreadable"
    ja = "消去の証、または証明書のファイルとして読めません。"
    en = "This cannot be read as an erasure receipt, or as a CA's certificate."


class NoReceiptError(ItakuError):
    """The center holds no receipt for this issuance: unknown, under way, or ended before anything had to be erased."""

    code = "receipt_unknown"
    ja = "この交付の消去の証はありません。"
    en = "There is no erasure receipt for this issuance."


class ErasureReceiptFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A receipt with what it speaks of. Bytes are base64 in JSON. It names nobody."""

    issuance_id: IssuanceId
    kiosk: str
    session_key_sha256: bytes
    """Digest of the session's public key as the application named it, which the resident's card signed."""
    receipt: Receipt


class Verdict(msgspec.Struct, frozen=True):
    """What a receipt proves, or why it proves nothing."""

    good: bool
    issuance_id: str
    kiosk: str
    erased_ms: int
    why_not: str = ""


def export(state: Path | None, issuance: str, file: Path) -> tuple[Any, str]:
    """Writes the receipt of one issuance as the center holds it. Raises `NoReceiptError`."""
    try:
        issuance_id = IssuanceId(bytes.fromhex(issuance))
    except ValueError as error:
        raise NoReceiptError(issuance[:40]) from error
    if len(issuance_id) != _ID_BYTES:
        raise NoReceiptError(issuance[:40])
    with database(state, CENTER) as dsn:
        body = asyncio.run(_row(dsn, issuance_id))
    row = None if body is None else msgspec.msgpack.decode(body, type=CenterRow)
    if row is None or row.receipt is None:
        raise NoReceiptError(issuance)
    held = ErasureReceiptFile(
        issuance_id=row.issuance_id,
        kiosk=row.kiosk,
        session_key_sha256=row.session_key_sha256,
        receipt=row.receipt,
    )
    file.write_bytes(msgspec.json.format(msgspec.json.encode(held), indent=2) + b"\n")
    return {"file": str(file), "issuance_id": issuance}, str(file)


def verify(file: Path, ca: Path) -> tuple[Verdict, str]:
    """Whether the kiosk, certified by this CA of the nodes, signed the erasure of exactly this session."""
    try:
        held = msgspec.json.decode(file.read_bytes(), type=ErasureReceiptFile)
        authority = x509.load_pem_x509_certificate(ca.read_bytes())
        moment = to_jst(InstantMs(held.receipt.erased_ms))
    except (OSError, ValueError, OverflowError) as error:
        raise ReceiptUnreadableError(type(error).__name__) from error
    try:
        check_receipt(held.receipt, held.issuance_id, held.kiosk, held.session_key_sha256, authority)
        why_not = ""
    except ReceiptRefusedError as refused:
        why_not = str(refused)
    verdict = Verdict(not why_not, held.issuance_id.hex(), held.kiosk, held.receipt.erased_ms, why_not)
    if verdict.good:
        text = (
            f"✓ {verdict.kiosk} が {moment:%Y-%m-%d %H:%M:%S} に鍵と文書を消去したと署名しています。\n"
            f"  {verdict.kiosk} signed that key and document of {verdict.issuance_id} were erased then (JST)."
        )
    else:
        text = f"✗ 消去の証になりません。\n  This proves no erasure: {why_not}."
    return verdict, text


async def _row(dsn: str, issuance_id: IssuanceId) -> bytes | None:
    connection = await asyncpg.connect(dsn)
    try:
        body: bytes | None = await connection.fetchval("SELECT body FROM issuance WHERE issuance_id = $1", issuance_id)
        return body
    finally:
        await connection.close()
