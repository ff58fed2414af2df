"""A round of notices (通知の一巡): what is to be said is written down once, then sent; one desk of several does it."""

from __future__ import annotations

import datetime as dt
import smtplib
import threading
import time
from email.message import EmailMessage
from email.utils import formatdate

from django.db import close_old_connections, connection, transaction

from itaku.basis.clock import to_jst
from itaku.desk.access import Seat, seats_of
from itaku.desk.accounts.models import Membership, Person
from itaku.desk.asking import ask, clock
from itaku.desk.configuration import desk_settings
from itaku.desk.notices import composing
from itaku.desk.notices.models import Mail, Reached, Wishes
from itaku.desk.notices.posting import MailSettingsUnfitError, post
from itaku.desk.today.filters import Filters
from itaku.desk.today.matters import Row
from itaku.desk.today.views import look

LOCK = 0x6E6F7469
"""The advisory lock of whoever makes the round."""
EVERY_S = 30
MOST_MINUTES = 60
"""The longest wait between two tries of a mail."""

_TOLD_AT_ONCE = (".received", ".approved", ".consented", ".reviewed", ".first-reported")
_ALARMS = ("data-incident.", "accident.", "leak.", "violation.", "bad-traffic.", "termination.", "demand.")


def keep_going() -> None:
    """Makes a round every half minute, for as long as the process lives. A failed round is tried again."""
    while True:
        try:
            one_round()
        except Exception:  # noqa: BLE001, S110 the database is away: the next round finds what this one left
            pass
        finally:
            close_old_connections()
        time.sleep(EVERY_S)


def start_thread() -> None:
    """The rounds of a serving desk."""
    threading.Thread(target=keep_going, name="itaku-notices", daemon=True).start()


def one_round() -> int:
    """Writes and sends what is due now; how many were sent. Nothing where another desk is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        try:
            _write_digests()
            _write_what_was_told()
            return _send()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def wishes_of(person: Person) -> Wishes:
    """What a person wants; the defaults where nothing was said."""
    return Wishes.objects.filter(person=person).first() or Wishes(person=person)


def _write_digests() -> None:
    """The day's mail of everybody whose hour has come, and word to second persons of what waits too long."""
    now = clock().now()
    here = to_jst(now)
    wanting = Person.objects.filter(is_active=True, memberships__ended_at=None).exclude(mail="").distinct()
    done = set(Mail.objects.filter(key__endswith=f"/{here.date()}", sort="digest").values_list("person_id", flat=True))
    for person in wanting.exclude(pk__in=done):
        wishes = wishes_of(person)
        seats = {name: seat for name, seat in seats_of(person).items() if not seat.reads_only}
        if not seats or here.hour < wishes.digest_hour:
            continue
        screen = look(Filters(own=True), seats, now, first=0, limit=200)
        if wishes.digest and screen.total:
            subject, body = composing.digest(screen.rows, screen.total, here.date())
            _write(f"digest/{person.pk}/{here.date()}", person, "digest", subject, body)
        if wishes.escalate_days and wishes.second is not None and wishes.second.is_active:
            _write_escalations(person, wishes, screen.rows)


def _write_escalations(person: Person, wishes: Wishes, rows: tuple[Row, ...]) -> None:
    """One mail for each matter that is overdue for long enough: only of contracts that the second person may see."""
    second = wishes.second
    assert second is not None, "asked before"
    visible = seats_of(second)
    for row in rows:
        late = row.band == "overdue" and row.days_left is not None and -row.days_left >= wishes.escalate_days
        if late and row.line.contract in visible and second.mail:
            subject, body = composing.escalation((row,), person.name)
            key = f"escalation/{person.pk}/{second.pk}/{row.line.contract}/{row.line.instance}/{row.day}"
            _write(key, second, "escalation", subject, body)


def _write_what_was_told() -> None:
    """Word of what was told since the last round. Of a contract that is new here, nothing of before is said."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, last_seq FROM contract")
        numbers = dict(cursor.fetchall())
    reached = dict(Reached.objects.values_list("contract", "seq"))
    fresh = [Reached(contract=name, seq=seq) for name, seq in numbers.items() if name not in reached]
    Reached.objects.bulk_create(fresh, ignore_conflicts=True)
    for name, seq in numbers.items():
        if reached.get(name, seq) < seq:
            with transaction.atomic():
                _tell_of(name, reached[name])
                Reached.objects.filter(contract=name).update(seq=seq)


def _tell_of(contract: str, since: int) -> None:
    result = ask(lambda keeper: keeper.at(contract))
    rows = Membership.objects.filter(contract=contract, ended_at=None).exclude(party="")
    people = {row.person for row in rows.select_related("person") if row.person.is_active and row.person.mail}
    for event in result.events.events:
        alarm = event.kind.startswith(_ALARMS)
        if event.seq <= since or not (alarm or event.kind.endswith(_TOLD_AT_ONCE)):
            continue
        subject, body = composing.at_once(result, contract, event)
        for person in people:
            seat = seats_of(person).get(contract)
            if seat is not None and _hears(seat, event.by, alarm=alarm) and wishes_of(person).at_once:
                _write(f"event/{person.pk}/{contract}/{event.id}", person, "at-once", subject, body)


def _hears(seat: Seat, teller: str | None, *, alarm: bool) -> bool:
    """The other side hears of what was told; of an alarm, one's own side too."""
    return not seat.reads_only and (alarm or teller not in seat.parties)


def _write(key: str, person: Person, sort: str, subject: str, body: str) -> None:
    Mail.objects.get_or_create(
        key=key,
        defaults={
            "person": person,
            "address": person.mail,
            "sort": sort,
            "subject": subject,
            "body": body,
            "made_at_ms": int(clock().now()),
        },
    )


def _send() -> int:
    """Sends what waits. In the sandbox nothing leaves: mails lie in the outbox. A failure is tried again, later."""
    settings, now = desk_settings(), int(clock().now())
    if settings.sandbox or not settings.smtp_host:
        return 0
    sent = 0
    for mail in Mail.objects.filter(sent_at_ms=None, next_try_at_ms__lte=now).order_by("pk")[:200]:
        mail.tries += 1
        try:
            post(settings, _message(mail))
        except (MailSettingsUnfitError, smtplib.SMTPException, OSError, ValueError) as error:
            minutes = min(2 ** min(mail.tries, 10), MOST_MINUTES)
            mail.next_try_at_ms, mail.trouble = now + minutes * 60_000, type(error).__name__
        else:
            mail.sent_at_ms, mail.trouble = now, ""
            sent += 1
        mail.save(update_fields=["tries", "next_try_at_ms", "trouble", "sent_at_ms"])
    return sent


def _message(mail: Mail) -> EmailMessage:
    """The mail as it travels. Its id rests on its row, so that one that was sent twice after a crash is known."""
    settings = desk_settings()
    message = EmailMessage()
    message["Subject"] = mail.subject
    message["From"] = settings.mail_from
    message["To"] = mail.address
    message["Date"] = formatdate(dt.datetime.fromtimestamp(mail.made_at_ms / 1000, dt.UTC).timestamp())
    message["Message-ID"] = f"<notice-{mail.pk}.{mail.made_at_ms}@{settings.mail_from.rpartition('@')[2] or 'itaku'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message
