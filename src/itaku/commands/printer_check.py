"""`itaku printer-check`: what an IPPS printer lacks to print certificates, in words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from itaku.basis.errors import ItakuError
from itaku.issuance.devices.errors import PrinterUnreachableError
from itaku.issuance.devices.ipp_check import Lack, lacks
from itaku.issuance.devices.ipp_client import A4, IppClient, IppSettings
from itaku.issuance.devices.ipp_printer import IppPrinter


class PrinterAddressError(ItakuError):
    """The address or the certificate's file cannot be used."""

    code = "printer_address"
    ja = "プリンターの番地(ipps://…)か証明書ファイルが使えません。"
    en = "The printer's address (ipps://…) or its certificate's file cannot be used."


def printer_check(url: str, certificate: Path, media: str = A4) -> tuple[dict[str, Any], str, bool]:
    """Facts, text, and whether certificates can be printed; `PrinterAddressError` for what is no such address."""
    try:
        client = IppClient(IppSettings(url=url, certificate=str(certificate), media=media))
    except (OSError, ValueError) as error:
        raise PrinterAddressError(str(error)) from error
    return asyncio.run(_check(client, media))


async def _check(client: IppClient, media: str) -> tuple[dict[str, Any], str, bool]:
    found = await lacks(client, media)
    facts: dict[str, Any] = {"lacks": [msgspec.to_builtins(lack) for lack in found]}
    lines = [_line(lack) for lack in found]
    try:
        status = await IppPrinter(client).status()
    except PrinterUnreachableError:
        pass  # said above
    else:
        facts["status"] = msgspec.to_builtins(status)
        lines += [
            f"状態 status: {'準備完了 ready' if status.ready else '使えません not ready'} {' '.join(status.reasons)}"
        ]
    fit = not any(lack.fatal for lack in found)
    lines.append("証明書を印刷できます。 Fit to print certificates." if fit else "使えません。 Not fit.")
    return facts, "\n".join(lines), fit


def _line(lack: Lack) -> str:
    return f"{'✕' if lack.fatal else '△'} {lack.ja} {lack.en}"
