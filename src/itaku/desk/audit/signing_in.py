"""Sign-ins in the audit trail (サインインの記録)."""

from __future__ import annotations

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from itaku.desk.accounts.models import Person
from itaku.desk.audit.noting import write


def listen() -> None:
    """Connects the signals. What a stranger typed is not kept: it may be a password."""
    user_logged_in.connect(_signed_in, dispatch_uid="itaku-audit")
    user_logged_out.connect(_signed_out, dispatch_uid="itaku-audit")
    user_login_failed.connect(_refused, dispatch_uid="itaku-audit")
    user_locked_out.connect(_locked, dispatch_uid="itaku-audit")


def _signed_in(sender: Any, request: HttpRequest, user: Person, **_: Any) -> None:
    del sender, request
    write(user, "signed-in", page="sign-in")


def _signed_out(sender: Any, request: HttpRequest, user: Person | None, **_: Any) -> None:
    del sender, request
    if user is not None:
        write(user, "signed-out", page="sign-out")


def _refused(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    del sender
    write(_named(credentials.get("username") or credentials.get("sign_in_name")), "sign-in-refused", page="sign-in")


def _locked(sender: Any, username: str = "", **_: Any) -> None:
    del sender
    write(_named(username), "locked-out", page="sign-in")


def _named(name: Any) -> Person | None:
    return Person.objects.filter(sign_in_name=str(name or "")).first()
