"""The municipality's settings file."""

from __future__ import annotations

from itaku.issuance.municipality.registrations.waiting import DEFAULT_POLICY, UsePolicyRow
from itaku.issuance.protocol.card_check import JPKI_USER_AUTHENTICATION_POLICY, refuse_practice_policies
from itaku.issuance.protocol.fiscal_years import FiscalYearRow
from itaku.issuance.transport.settings import NodeSettings


class MunicipalitySettings(NodeSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one municipality instance; several may share one database. Paths are absolute."""

    dsn: str
    instances: tuple[str, ...] = ()
    """Names of all instances over this database, the founder first; empty: this one alone (`store.cluster`)."""
    code: str
    """全国地方公共団体コード, six digits."""
    name_ja: str
    mayor_title: str
    mayor_name: str
    seal_image: str
    """The seal image (公印), PNG."""
    signer_socket: str | None = None
    """Unix socket of the signer, a process of its own that holds the key: how it is run."""
    document_key: str | None = None
    """Instead of a signer, for a machine of one program: the key itself (PEM). Then this process holds it."""
    document_certificate: str
    document_chain: str
    """PEM bundle of the certificates between the signer's and the published anchor."""
    code_public_key: str | None = None
    """Public half (PEM) of the signer's P-256 key for the 2-D codes: how it is run."""
    code_key: str | None = None
    """Instead of that, for a machine of one program: the key itself (PEM). Then this process holds it."""
    code_key_id: str
    """Name of that key in the codes."""
    card_anchors: str
    card_crl: str
    card_crl_urls: tuple[str, ...] = ()
    """Where the revocation lists are published; fetched into that directory."""
    card_crl_every_s: float = 3600.0
    card_policies: tuple[str, ...] = (JPKI_USER_AUTHENTICATION_POLICY,)
    card_status_required: bool = False
    """Whether an application must bring an answer of the card CA's responder that the center asked (`card_ocsp_url`
    there); else a revocation list in force must cover the card."""
    center_challenge_public_key: str
    """The center's public Ed25519 key (PEM)."""
    resident_key_secret: str
    """32 secret bytes from which the opaque resident keys are made."""
    claims_secret: str | None = None
    """32 secret bytes of the key to which claims are sealed (利用登録申請); without them no application is received."""
    use_policy: tuple[UsePolicyRow, ...] = DEFAULT_POLICY
    """From which day on how many office days a registration for use waits, and how often a card may apply."""
    fiscal_years: tuple[FiscalYearRow, ...] = ()
    """From which day on which year's tax certificates are issued."""
    freshness_limit_s: int = 300
    """How old the replica may be."""
    pool_size: int = 12

    def __post_init__(self) -> None:
        refuse_practice_policies(self.card_policies, self.clock_file)
