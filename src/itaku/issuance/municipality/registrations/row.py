"""One registration for use as the registry municipality keeps it. The claims themselves are not kept."""

from __future__ import annotations

import datetime as dt
import enum

import msgspec

from itaku.basis.clock import InstantMs
from itaku.basis.randomness import IssuanceId


class Ground(enum.StrEnum):
    """Why an officer does not grant it."""

    NOT_IN_REGISTER = "not_in_register"
    """The card's holder is not in that register."""
    IDENTITY_UNCONFIRMED = "identity_unconfirmed"
    """Who the card's holder is could not be confirmed."""
    PROTECTED = "protected"
    """DV 等支援措置 or another reason to serve the person at the counter alone."""
    WITHDRAWN = "withdrawn"
    """The applicant took it back."""


class RegisteredPerson(msgspec.Struct, frozen=True):
    """Who in the register the card's holder is. Both must still be so at each issuance."""

    name: str
    birth_date: dt.date


class UseRow(msgspec.Struct, frozen=True, kw_only=True):
    """利用登録の台帳. The card's serial is the only tie between card and register."""

    issuance_id: IssuanceId
    kiosk: str
    state: str
    version: int = 1
    deadline_ms: InstantMs | None = None
    """When the first day of use begins, once approved; else when the card's certificate expires."""
    content: bytes
    """Hash of the request that was answered, so that a retry is told from another one."""
    digest: bytes
    card_serial: str
    card_expires_ms: InstantMs
    received_ms: InstantMs
    day: dt.date
    """The day in Japan on which it was received: tries are counted by it."""
    attempt: int
    """The so-many-th application of this card on that day."""
    register_no: str = ""
    usable_from_ms: InstantMs | None = None
    approved: bool = False
    person: RegisteredPerson | None = None
    officer: str = ""
    """Who of the municipality's staff took it up or decided."""
    decided_ms: InstantMs | None = None
    reason: str = ""
    """A code of the refusals, or an officer's ground."""
