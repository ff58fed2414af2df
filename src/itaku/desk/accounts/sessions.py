"""Where a person is signed in (サインインの一覧): each browser, ended one by one or all at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from itaku.desk.accounts.models import Person, SignIn
from itaku.desk.accounts.moments import moment
from itaku.desk.audit.models import Note

SECOND = "itaku_second"
"""The session's own mark that a second factor was shown."""

LAST = "itaku_last"
"""In the session until a page has shown it: the sign-in before this one."""

_LONGEST_BROWSER = 200


def listen() -> None:
    """Connects Django's signals."""
    user_logged_in.connect(_begun, dispatch_uid="itaku-sign-ins")
    user_logged_out.connect(_ended, dispatch_uid="itaku-sign-ins")


def open_ones(person: Person) -> list[SignIn]:
    """Where the person is signed in now, newest first. A session that ran out is marked as ended on the way."""
    rows = list(SignIn.objects.filter(person=person, ended_at=None).order_by("-pk"))
    alive = set(
        Session.objects.filter(session_key__in=[row.session for row in rows]).values_list("session_key", flat=True)
    )
    gone = [row.pk for row in rows if row.session not in alive]
    SignIn.objects.filter(pk__in=gone).update(ended_at=moment())
    return [row for row in rows if row.session in alive]


def before(request: HttpRequest) -> tuple[SignIn | None, int]:
    """The person's sign-in before this session's, and how many wrong tries came between the two."""
    this = SignIn.objects.filter(person=request.user, session=request.session.session_key or "").first()
    rows = SignIn.objects.filter(person=request.user)
    tries = Note.objects.filter(person=request.user, kind="sign-in-refused")
    if this is not None:
        rows = rows.filter(pk__lt=this.pk)
        tries = tries.filter(at_ms__lte=_ms(this.begun_at))
    last = rows.order_by("-pk").first()
    if last is not None:
        tries = tries.filter(at_ms__gte=_ms(last.begun_at))
    return last, tries.count()


def remember_last(request: HttpRequest) -> None:
    """Keeps for the next page what `before` says: whoever signs in sees whether somebody else did."""
    last, tries = before(request)
    if last is not None or tries:
        request.session[LAST] = {"at": 0 if last is None else _ms(last.begun_at), "tries": tries}


def _ms(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


def end(rows: list[SignIn]) -> None:
    """Ends these sessions at once."""
    Session.objects.filter(session_key__in=[row.session for row in rows]).delete()
    SignIn.objects.filter(pk__in=[row.pk for row in rows], ended_at=None).update(ended_at=moment())


def end_all(person: Person, but: str | None = None) -> int:
    """Ends every session of a person, but the one with this key. How many."""
    rows = [row for row in SignIn.objects.filter(person=person, ended_at=None) if row.session != but]
    end(rows)
    return len(rows)


def follow(request: HttpRequest, old: str | None) -> None:
    """The session's key was renewed: its row follows."""
    SignIn.objects.filter(person=request.user, session=old or "").update(session=request.session.session_key or "")


def _begun(sender: Any, request: HttpRequest, user: Person, **_: Any) -> None:
    del sender
    SignIn.objects.create(
        person=user,
        session=request.session.session_key or "",
        browser=request.headers.get("User-Agent", "")[:_LONGEST_BROWSER],
        with_second=bool(request.session.get(SECOND)),
        begun_at=moment(),
    )


def _ended(sender: Any, request: HttpRequest, user: Person | None, **_: Any) -> None:
    del sender
    if user is not None:
        SignIn.objects.filter(person=user, session=request.session.session_key or "").update(ended_at=moment())
