"""What the center's machine is handed in a running node: keys, card trust, calendar, admission."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import Randomness
from itaku.issuance.center.admission import Admission
from itaku.issuance.center.calendar import ServiceCalendar
from itaku.issuance.center.machine import MunicipalityFacts, OpenRefusedError
from itaku.issuance.center.row import CenterRow
from itaku.issuance.protocol import messages as m
from itaku.issuance.protocol.card_check import CardRefusedError, CardTrust, check_card
from itaku.issuance.protocol.card_status import CardStatuses
from itaku.issuance.protocol.challenges import ChallengeFacts, sign_challenge
from itaku.issuance.protocol.receipts import ReceiptRefusedError, check_receipt, check_void_receipt
from itaku.issuance.protocol.sealing import is_session_key


class Directory(Protocol):
    """In which municipality a card's holder lives."""

    def get(self, serial: str, /) -> str | None:
        """The municipality's code; None if it is not known."""
        ...


class CenterPolicy:
    """The policy of a running center. `record_writable` answers from memory; the node asks the database."""

    def __init__(
        self,
        *,
        municipalities: Mapping[str, MunicipalityFacts],
        trust: Callable[[], CardTrust],
        challenge_key: Ed25519PrivateKey,
        approved_builds: frozenset[str],
        kiosks: frozenset[str],
        node_ca: x509.Certificate,
        randomness: Randomness,
        admission: Admission,
        shop_of: Mapping[str, str],
        statuses: CardStatuses | None = None,
        registries: Collection[str] = (),
    ) -> None:
        self._registries = frozenset(registries)
        self._named = {code: m.Place(code, facts.name_ja, facts.name_en) for code, facts in municipalities.items()}
        self._municipalities = {code: self._with_elsewhere(facts) for code, facts in municipalities.items()}
        self._trust = trust
        self._challenge_key = challenge_key
        self._approved_builds = approved_builds
        self._kiosks = kiosks
        self._node_ca = node_ca
        self._randomness = randomness
        self.admission = admission
        self._shop_of = shop_of
        self._statuses = statuses
        self.record_writable = True
        self.directory: Directory = {}
        """Card serial to municipality code, where more than one municipality takes part."""

    def admit(self, request: m.Open, now: InstantMs) -> MunicipalityFacts:
        """Checks build, session key, record, load and card, and finds the municipality; raises `OpenRefusedError`."""
        if request.kiosk not in self._kiosks:
            raise OpenRefusedError("not_allowed")
        if request.build not in self._approved_builds:
            raise OpenRefusedError("build_not_approved")
        if not is_session_key(request.session_key):
            raise OpenRefusedError("malformed")
        if not self.record_writable:
            raise OpenRefusedError("record_unavailable")
        if not self.admission.admits(request.kiosk, now):
            raise OpenRefusedError("busy")
        try:
            card = check_card(request.card_certificate, self._trust(), now, self._statuses)
        except CardRefusedError as refused:
            raise OpenRefusedError(refused.code) from refused
        municipality = self._municipality_of(card.serial_hex, request.municipality)
        if not self.admission.pace(municipality.code).admits(request.issuance_id, now):
            raise OpenRefusedError("busy")
        return municipality

    def municipality(self, code: str) -> MunicipalityFacts | None:
        """A municipality by its code."""
        return self._municipalities.get(code)

    def take_calendars(self, calendars: Mapping[str, ServiceCalendar]) -> None:
        """Puts calendars in the place of the ones in force; sessions under way meet them at their next step."""
        self._municipalities = {
            code: msgspec.structs.replace(facts, calendar=calendars.get(code, facts.calendar))
            for code, facts in self._municipalities.items()
        }

    @property
    def calendars(self) -> dict[str, ServiceCalendar]:
        """Each municipality's calendar in force."""
        return {code: facts.calendar for code, facts in self._municipalities.items()}

    def challenge(self) -> bytes:
        """32 fresh random bytes."""
        return self._randomness.token(32)

    def sign_challenge(self, facts: ChallengeFacts) -> bytes:
        """The challenge's token, signed with the center's own key."""
        return sign_challenge(facts, self._challenge_key)

    def receipt_holds(self, receipt: m.Receipt, row: CenterRow) -> bool:
        """Whether this kiosk signed the erasure of this session's key."""
        try:
            check_receipt(receipt, row.issuance_id, row.kiosk, row.session_key_sha256, self._node_ca)
        except ReceiptRefusedError:
            return False
        return True

    def void_holds(self, request: m.Void) -> bool:
        """Whether the kiosk stands in the shop that asks, and that shop itself signed that the set is void."""
        if self._shop_of.get(request.kiosk) != request.shop:
            return False
        try:
            check_void_receipt(request.receipt, request.issuance_id, request.kiosk, request.shop, self._node_ca)
        except ReceiptRefusedError:
            return False
        return True

    def _with_elsewhere(self, facts: MunicipalityFacts) -> MunicipalityFacts:
        others = tuple(place for code, place in self._named.items() if code in self._registries and code != facts.code)
        return msgspec.structs.replace(facts, elsewhere=others)

    def _municipality_of(self, serial: str, registry: str | None) -> MunicipalityFacts:
        """The registry municipality that was asked for, if it takes registrations for use; else the holder's own."""
        if registry is not None:
            if registry not in self._registries or registry not in self._municipalities:
                raise OpenRefusedError("municipality_unknown")
            return self._municipalities[registry]
        if len(self._municipalities) == 1:
            return next(iter(self._municipalities.values()))
        code = self.directory.get(serial)
        if code is None or code not in self._municipalities:
            raise OpenRefusedError("municipality_unknown")
        return self._municipalities[code]
