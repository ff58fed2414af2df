"""Handing a mail to the mail server (メールの引き渡し): over verified TLS, or not at all.

Only a server on this very machine may be spoken to in the open, and a password never is.
"""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
import stat
from email.message import EmailMessage
from pathlib import Path

from itaku.basis.errors import ItakuError
from itaku.desk.settings import DeskSettings, MailTls

TIMEOUT_S = 20
_IMPLICIT_PORT = 465
"""Where mail servers speak TLS from the first byte (RFC 8314)."""


class MailSettingsUnfitError(ItakuError):
    """The settings would send mails or a password in the open, or name a file that cannot be used."""

    code = "mail_settings_unfit"
    ja = (
        "メールの設定が使えません。外のメールサーバーには証明書を確かめたTLSが要ります。"
        "パスワードのファイルは、所有者だけが読めるものにしてください。"
    )
    en = (
        "The mail settings cannot be used. A mail server elsewhere needs TLS with a verified certificate,"
        " and only its owner may read the password's file."
    )


def check_posting(settings: DeskSettings) -> None:
    """Raises `MailSettingsUnfitError` for settings by which nothing could be sent safely."""
    if not settings.smtp_host:
        return
    open_ = way(settings) == "none"
    if open_ and not _is_here(settings.smtp_host):
        raise MailSettingsUnfitError("smtp_tls")
    if bool(settings.smtp_user) != bool(settings.smtp_password_file):
        raise MailSettingsUnfitError("smtp_user and smtp_password_file")
    if settings.smtp_user and open_:
        raise MailSettingsUnfitError("smtp_user without TLS")
    if settings.smtp_user:
        _password(settings)
    if not open_:
        _trust(settings)


def way(settings: DeskSettings) -> MailTls:
    """How the server is spoken to: as the settings say, else in the open on this machine and over TLS elsewhere."""
    if settings.smtp_tls is not None:
        return settings.smtp_tls
    if _is_here(settings.smtp_host):
        return "none"
    return "implicit" if settings.smtp_port == _IMPLICIT_PORT else "starttls"


def post(settings: DeskSettings, message: EmailMessage) -> None:
    """Hands one mail over. Raises `MailSettingsUnfitError`, `smtplib.SMTPException`, `OSError` (`ssl.SSLError` too)."""
    check_posting(settings)
    with _line(settings) as line:
        if way(settings) == "starttls":
            line.starttls(context=_trust(settings))
        if settings.smtp_user:
            line.login(settings.smtp_user, _password(settings))
        line.send_message(message)


def _line(settings: DeskSettings) -> smtplib.SMTP:
    if way(settings) == "implicit":
        return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S, context=_trust(settings))
    return smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S)


def _trust(settings: DeskSettings) -> ssl.SSLContext:
    """Certificates for the server's own name, by the authorities of `smtp_ca` alone, or by those of the machine."""
    try:
        return ssl.create_default_context(cafile=settings.smtp_ca or None)
    except (OSError, ssl.SSLError) as error:
        raise MailSettingsUnfitError("smtp_ca") from error


def _password(settings: DeskSettings) -> str:
    """The password in its file, read anew each time: it changes without a restart."""
    path = Path(settings.smtp_password_file)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise MailSettingsUnfitError("smtp_password_file: readable by others")
        found = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise MailSettingsUnfitError("smtp_password_file") from error
    if not found:
        raise MailSettingsUnfitError("smtp_password_file: empty")
    return found


def _is_here(host: str) -> bool:
    """Whether a host is this machine, by its name or address alone: no other machine is asked."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
