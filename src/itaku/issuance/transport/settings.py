"""What every node's settings file (TOML) holds, and how it is read: typed, complete, nothing unknown."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from pathlib import Path
from typing import TypeVar

import msgspec

from itaku.basis.clock import Clock, clock_from
from itaku.basis.errors import ItakuError
from itaku.issuance.transport.client import PeerClient
from itaku.issuance.transport.identity import client_context, server_context


class SettingsError(ItakuError):
    """A settings file is missing, unreadable, or says something that it may not."""

    code = "settings"
    ja = "設定ファイルを読めません。示された項目を直してください。"
    en = "The settings file cannot be used. Please correct the item that is named."


class Peer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a peer listens and the name that its certificate must carry (`relay-1.relay.itaku.internal`)."""

    url: str
    peer_name: str


class NodeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part that all nodes have in common. Paths are absolute."""

    name: str
    role: str
    certificate: str
    key: str
    ca: str
    listen_host: str = "127.0.0.1"
    listen_port: int = 0
    clock_file: str | None = None
    """The sandbox's shared clock; absent everywhere else."""
    log_file: str | None = None

    @property
    def clock(self) -> Clock:
        """The clock of this node."""
        return clock_from(Path(self.clock_file) if self.clock_file else None)

    @property
    def log_path(self) -> Path | None:
        """Where the log goes; None means standard error."""
        return Path(self.log_file) if self.log_file else None

    def server_tls(self) -> ssl.SSLContext:
        """TLS as a server, with this node's certificate."""
        return server_context(Path(self.certificate), Path(self.key), Path(self.ca))

    def client(self, peer: Peer, connections: int = 64, approved_builds: Collection[str] | None = None) -> PeerClient:
        """A client to a peer, with this node's certificate; with `approved_builds` it takes no other's answers."""
        tls = client_context(Path(self.certificate), Path(self.key), Path(self.ca))
        return PeerClient(peer.url, peer.peer_name, tls, connections=connections, approved_builds=approved_builds)


Settings = TypeVar("Settings", bound=msgspec.Struct)


def read_settings(path: Path, kind: type[Settings]) -> Settings:
    """The settings in a TOML file; `SettingsError` names what is wrong and where."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
