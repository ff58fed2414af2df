"""Who a peer is: its name and role, as its certificate says and TLS has verified."""

from __future__ import annotations

import enum
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec


class Role(enum.StrEnum):
    """What a node is in the system. Who may call whom is said by each server (`server.Route`)."""

    KIOSK = "kiosk"
    SHOP = "shop"
    RELAY = "relay"
    CENTER = "center"
    MUNICIPALITY = "municipality"
    REGISTRY = "registry"
    SEQUENCER = "sequencer"
    VERIFICATION = "verification"


MAY_CALL: dict[Role, frozenset[Role]] = {
    Role.RELAY: frozenset({Role.KIOSK, Role.SHOP}),
    Role.CENTER: frozenset({Role.RELAY}),
    Role.MUNICIPALITY: frozenset({Role.CENTER}),
}
"""Who may send an issuance's messages to whom (I6): one way in, through the relay's two legs."""


class Identity(msgspec.Struct, frozen=True):
    """A peer's name and role."""

    name: str
    role: Role

    @property
    def dns_name(self) -> str:
        """The name that stands in the node's certificate, so that TLS itself checks name and role."""
        return f"{self.name}.{self.role.value}.itaku.internal"


_PREFIX = "urn:itaku:"
_ROLES = frozenset(role.value for role in Role)


def identity_of(peer_certificate: Mapping[str, Any] | None) -> Identity | None:
    """The identity in a certificate that TLS has verified; None if it names no role of this system."""
    if not peer_certificate:
        return None
    names = [value for kind, value in peer_certificate.get("subjectAltName", ()) if kind == "URI"]
    found = [name.removeprefix(_PREFIX).split(":") for name in names if name.startswith(_PREFIX)]
    if len(found) != 1 or len(found[0]) != 2 or found[0][0] not in _ROLES:
        return None
    return Identity(name=found[0][1], role=Role(found[0][0]))


def server_context(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """TLS 1.3 only; a client without a certificate of this system's CA gets no further than the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    return context


def client_context(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """TLS 1.3 only; the server's certificate must be of this system's CA and carry the expected name and role."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    return context
