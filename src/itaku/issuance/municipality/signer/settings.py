"""The signer's settings file."""

from __future__ import annotations

import msgspec


class HsmSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A key in a hardware security module, reached through PKCS#11. Needs the optional extra `hsm`."""

    module: str
    """The vendor's PKCS#11 library."""
    token: str
    """Label of the token."""
    key: str
    """Label of the key pair on it: P-256, or RSA of 2048 bits and more."""
    pin_file: str
    """File with the token's user PIN, open to its owner only."""
    softhsm2_conf: str | None = None
    """SoftHSM only: its configuration file, which the library takes from the environment."""


class CodeKeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The key (P-256) that signs the 2-D codes: either in a PEM file, or by its label on the token of `hsm`."""

    municipality: str
    """The code of the municipality whose fronts alone it signs."""
    key_id: str
    """The key's name in the codes."""
    key: str | None = None
    hsm_key: str | None = None


class SignerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one signer; all instances of a municipality on this machine share it. Paths are absolute.

    Either `document_key` (a PEM file) or `hsm` says where the key is.
    """

    name: str
    socket: str
    """Unix socket, mode 0600: only processes of the same user may ask."""
    document_certificate: str
    document_chain: str
    """PEM bundle of the certificates between the signer's and the published anchor."""
    document_key: str | None = None
    hsm: HsmSettings | None = None
    code: CodeKeySettings | None = None
    """The key for 2-D codes; without it this signer signs none."""
    log_file: str | None = None
