"""The center's settings file."""

from __future__ import annotations

from typing import Annotated

import msgspec

from itaku.issuance.center.admission import Limits
from itaku.issuance.center.calendar import ServiceCalendar
from itaku.issuance.center.machine import MunicipalityFacts
from itaku.issuance.center.pace import TARGET_MS
from itaku.issuance.center.shops import Shop
from itaku.issuance.protocol.card_check import JPKI_USER_AUTHENTICATION_POLICY, refuse_practice_policies
from itaku.issuance.transport.settings import NodeSettings, Peer


class MunicipalitySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One municipality that takes part: where it is, its calendar and its fees."""

    code: str
    name_ja: str
    name_en: str
    url: str
    peer_name: str
    calendar: ServiceCalendar
    takes_registrations: bool = False
    """It issues family register certificates to residents of other municipalities too (利用登録)."""

    @property
    def peer(self) -> Peer:
        """How to reach it."""
        return Peer(url=self.url, peer_name=self.peer_name)

    @property
    def facts(self) -> MunicipalityFacts:
        """What the machine needs to know of it."""
        return MunicipalityFacts(code=self.code, name_ja=self.name_ja, name_en=self.name_en, calendar=self.calendar)


class CenterSettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one center instance; several may share one database."""

    dsn: str
    instances: tuple[str, ...] = ()
    """Names of all instances over this database, the founder first; empty: this one alone (`store.cluster`)."""
    municipalities: tuple[MunicipalitySettings, ...]
    residences: str | None = None
    """Which card's holder lives where (`residence`), needed where more than one municipality takes part."""
    card_anchors: str
    """Directory of the card CAs' certificates (PEM), several generations under one name."""
    card_policies: tuple[str, ...] = (JPKI_USER_AUTHENTICATION_POLICY,)
    """Accepted certificate policies; production names the one of JPKI alone, and so never takes a practice card."""
    card_crl: str
    """Directory of the card CAs' revocation lists (DER), read again when one changes."""
    card_crl_urls: tuple[str, ...] = ()
    """Where the lists are published; fetched into that directory."""
    card_crl_every_s: float = 3600.0
    card_ocsp_url: str | None = None
    """The card CAs' responder; without one the lists alone decide."""
    challenge_key: str
    """Ed25519 private key (PEM) that signs challenges."""
    approved_builds: tuple[str, ...]
    kiosks: tuple[str, ...]
    """Registered kiosks; no other is served."""
    shops: tuple[Shop, ...]
    """The shops that take part and the kiosks that stand in each."""
    limits: Limits = Limits()
    """Admission: new sessions beyond this are politely refused, and none later. Operations may set other limits."""
    target_prepare_ms: Annotated[int, msgspec.Meta(ge=50, le=10_000)] = TARGET_MS
    """When half of a municipality's documents take longer than this, fewer of its new sessions are let in."""
    pool_size: int = 16

    def __post_init__(self) -> None:
        refuse_practice_policies(self.card_policies, self.clock_file)
