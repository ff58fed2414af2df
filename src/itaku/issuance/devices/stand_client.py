"""A kiosk's client of its device stand: the three device contracts over HTTP on a unix socket."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
import msgspec

from itaku.basis.yen import Yen
from itaku.issuance.devices import stand_wire as wire
from itaku.issuance.devices.contracts import CashStatus, JobStatus, PrinterStatus
from itaku.issuance.devices.errors import (
    CardReaderUnreachableError,
    CashUnitUnreachableError,
    DeviceError,
    DeviceUnreachableError,
    PrinterUnreachableError,
)

T = TypeVar("T")


class DeviceClient:
    """`reader`, `printer` and `cash` of one stand. Use as an async context manager, or call `close`.

    Every call raises its device's `DeviceUnreachableError` if no answer came within `timeout_s`: what was asked may
    have been done. Connections are made as calls need them, so a stand that comes back is found again. A request that
    the stand calls malformed is a fault of the program: a bare `DeviceError`, not to be repeated.
    """

    def __init__(self, socket: Path, timeout_s: float = 10.0) -> None:
        self._socket = socket
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None
        self.reader = StandReader(self)
        self.printer = StandPrinter(self)
        self.cash = StandCashUnit(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(
        self,
        request: tuple[str, str],
        answer: type[T],
        unreachable: type[DeviceUnreachableError],
        body: msgspec.Struct | bytes | None = None,
    ) -> T:
        """One request (method, path) and its answer, parsed; errors of the stand are raised as what they are."""
        if self._session is None:
            connector = aiohttp.UnixConnector(str(self._socket))
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        try:
            async with self._session.request(request[0], "http://stand" + request[1], data=data) as response:
                received, status = await response.read(), response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            # Only the kind of failure: a connection's error text is no place for what was being sent.
            raise unreachable(type(error).__name__) from None
        try:
            if status >= 400:
                failed = msgspec.json.decode(received, type=wire.Failed)
                raise wire.DEVICE_ERRORS.get(failed.kind, DeviceError)(failed.detail or failed.kind)
            return msgspec.json.decode(received or b"null", type=answer)
        except msgspec.DecodeError:
            raise unreachable(f"status {status}, not understood") from None


class StandReader:
    """The stand's card reader; keeps `contracts.CardReader`."""

    def __init__(self, client: DeviceClient) -> None:
        self._client = client
        self._session = 0

    async def wait_for_card(self) -> None:
        """See the contract. Asks again as long as nobody lays a card down."""
        while True:
            opened = await self._client.call(("POST", "/reader/open"), wire.Session, CardReaderUnreachableError)
            if opened.session is not None:
                self._session = opened.session
                return

    async def transmit(self, apdu: bytes) -> bytes:
        """See the contract."""
        command = wire.Command(self._session, apdu)
        request = ("POST", "/reader/transmit")
        return (await self._client.call(request, wire.CardAnswer, CardReaderUnreachableError, command)).data

    async def release(self) -> None:
        """See the contract."""
        await self._client.call(("POST", "/reader/release"), object, CardReaderUnreachableError)


class StandPrinter:
    """The stand's printer; keeps `contracts.Printer`."""

    def __init__(self, client: DeviceClient) -> None:
        self._client = client

    async def status(self) -> PrinterStatus:
        """See the contract."""
        return await self._client.call(("GET", "/printer"), PrinterStatus, PrinterUnreachableError)

    async def submit(self, job: str, part: int, pdf: bytes, copies: int) -> None:
        """See the contract."""
        request = ("POST", f"/printer/jobs/{job}/{part}?copies={copies}")
        await self._client.call(request, object, PrinterUnreachableError, pdf)

    async def job(self, job: str, part: int) -> JobStatus:
        """See the contract."""
        return await self._client.call(("GET", f"/printer/jobs/{job}/{part}"), JobStatus, PrinterUnreachableError)

    async def cancel(self, job: str, part: int) -> JobStatus:
        """See the contract."""
        return await self._client.call(("DELETE", f"/printer/jobs/{job}/{part}"), JobStatus, PrinterUnreachableError)


class StandCashUnit:
    """The stand's cash unit; keeps `contracts.CashUnit`."""

    def __init__(self, client: DeviceClient) -> None:
        self._client = client

    async def take(self, id: bytes, yen: Yen) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        request = ("POST", f"/cash/{id.hex()}/take")
        return await self._client.call(request, CashStatus, CashUnitUnreachableError, wire.Fee(yen))

    async def status(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._client.call(("GET", f"/cash/{id.hex()}"), CashStatus, CashUnitUnreachableError)

    async def cancel(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._client.call(("POST", f"/cash/{id.hex()}/cancel"), CashStatus, CashUnitUnreachableError)

    async def refund(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._client.call(("POST", f"/cash/{id.hex()}/refund"), CashStatus, CashUnitUnreachableError)

    async def bank(self, id: bytes) -> CashStatus:  # noqa: A002 the contract's own word
        """See the contract."""
        return await self._client.call(("POST", f"/cash/{id.hex()}/bank"), CashStatus, CashUnitUnreachableError)
