"""The desk's settings file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

SETTINGS_VARIABLE = "ITAKU_DESK_SETTINGS"
"""Environment variable with the settings file's path: how the server's workers find it."""


MailTls = Literal["starttls", "implicit", "none"]


class PasswordRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules of sign-in (パスワードの定め), as the contract's client sets them (S2-D5.2-1)."""

    shortest: int = 12
    kinds: int = 3
    """Of lower case, upper case, digits and signs, how many a password must hold."""
    tries: int = 5
    lock_minutes: int = 30
    days_valid: int = 0
    """Days until a password must be changed; 0: it need not be."""


class BooksOf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The books of one municipality's fees, and the contract whose people may see them."""

    contract: str
    municipality: str
    """Its code (団体コード), six digits."""
    ja: str
    en: str
    client: str = ""
    """The party of the contract that is this municipality; empty where its own people do not sit at the contract."""


class SealFiles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An organisation's seal (電子署名の鍵): a PEM key, and a PEM file with its certificate before those above it."""

    key: str
    certificates: str


class DeskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of the desk."""

    name: str
    dsn: str
    """A login to the database of kept contracts; the desk's own tables stand in a schema beside them."""
    secret_key: str
    """The file with the key that signs sessions."""
    code_key: str
    """The file with the key under which the keys of people's code devices lie in the database."""
    code_keys_before: tuple[str, ...] = ()
    """Files of keys that were `code_key` before: at a start everything under them is sealed anew."""
    files: str
    """The folder in which uploaded papers lie, named by their digests."""
    page_host: str = "127.0.0.1"
    page_port: int = 0
    public_url: str = ""
    """The address by which people reach the desk, for links in mails and passkeys. Default: host and port."""
    https: bool = False
    """Whether people reach it over TLS (then cookies are for TLS only)."""
    threads: int = 4
    passwords: PasswordRules = PasswordRules()
    second_factor_duties: tuple[str, ...] = ()
    """Duties whose people must show a second factor (a one-time code or a passkey) at each sign-in."""
    first_people: str | None = None
    """A JSON file with organisations and people, taken in once while there is nobody."""
    first_schedules: str | None = None
    """A JSON file with works schedules, each taken in while its contract has none."""
    seals: dict[str, SealFiles] = {}
    """Seals by organisation's name: what its people hand in is signed (PAdES)."""
    tsa_url: str = ""
    """The address of a time-stamp authority (RFC 3161); with it, nothing is sealed without a time-stamp."""
    trust_anchors: str = ""
    """A PEM file of authorities under which signatures and time-stamps of PDFs are trusted."""
    sandbox: bool = False
    """Whether this is practice: the time can be moved, mails stay in the outbox."""
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_tls: MailTls | None = None
    """How the mail server is spoken to. Default: openly on this machine; elsewhere over TLS (implicit at port 465)."""
    smtp_ca: str = ""
    """A PEM file of the authorities that vouch for the mail server. Default: those of the machine."""
    smtp_user: str = ""
    smtp_password_file: str = ""
    """The file with the password of `smtp_user`, which only its owner may read."""
    mail_from: str = "itaku@localhost"
    incident_phones: dict[str, str] = {}
    """Whom to phone in an incident, by contract: the number that the banner shows while an hour clock runs."""
    settlement_dsn: str | None = None
    """A login to the center's database, in which the books of fees stand; without it the desk shows no books."""
    books: tuple[BooksOf, ...] = ()
    """Whose books they are, and who may see them."""
    clock_file: str | None = None
    log_file: str | None = None

    @property
    def url(self) -> str:
        """The address by which people reach the desk, without a slash at its end."""
        return (self.public_url or f"http://{self.page_host}:{self.page_port}").rstrip("/")


def read_desk_settings(path: Path) -> DeskSettings:
    """Reads the file. Raises `OSError` and `msgspec.MsgspecError`."""
    return msgspec.toml.decode(path.read_bytes(), type=DeskSettings)
