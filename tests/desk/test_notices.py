"""Notices: a calendar by a secret address, and mails that leave once, however many desks run."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import datetime as dt
import email
import email.policy
import ipaddress
import os
import re
import secrets
import shutil
import smtplib
import ssl
import subprocess
import sys
import threading

import icalendar
import mornings
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from desk_under_test import DeskUnderTest, folder

from itaku.contracts.engine.events import Told
from itaku.desk.notices import posting
from itaku.desk.notices.posting import MailSettingsUnfitError, check_posting, way
from itaku.desk.settings import DeskSettings

MARATHON = "marathon-2026"
NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone


class Post:
    """A small mail server: keeps what it was sent; while `refuses`, it takes nothing.

    With `tls` it offers STARTTLS, or speaks TLS from the first byte if `implicit`; with a `password` it wants a login.
    """

    def __init__(self, tls=None, implicit=False, password=None):
        self.tls, self.implicit, self.password = tls, implicit, password
        self.got = []
        self.refuses = False
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self._run(self._open())
        self.port = self.server.sockets[0].getsockname()[1]

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def _open(self):
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls if self.implicit else None)

    async def _serve(self, reader, writer):
        async def say(text):
            writer.write(text + b"\r\n")
            await writer.drain()

        sealed, known = self.implicit, self.password is None
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await say(b"220 post")
            while line := await reader.readline():
                word = line[:4].upper().strip()
                if word == b"QUIT":
                    await say(b"221 bye")
                    break
                if word == b"MAIL" and self.refuses:
                    await say(b"451 later")
                elif word == b"EHLO":
                    await say(self._offers(sealed))
                elif word == b"STAR":
                    await say(b"220 go on")
                    await writer.start_tls(self.tls)
                    sealed = True
                elif word == b"AUTH":
                    assert sealed, "a password in the open"
                    known = base64.b64decode(line.split()[2]) == b"\0desk\0" + self.password
                    await say((b"535 unknown", b"235 known")[known])
                elif not known:
                    await say(b"530 who are you")
                elif word == b"DATA":
                    await say(b"354 go on")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    self.got.append(email.message_from_bytes(content[:-5], policy=email.policy.default))
                    await say(b"250 kept")
                else:
                    await say(b"250 fine")
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    def _offers(self, sealed):
        """What it can, as an answer to EHLO."""
        found = [b"STARTTLS"] if self.tls and not sealed else []
        found += [b"AUTH PLAIN"] if self.password else []
        return b"\r\n".join([b"250-post", *(b"250-" + each for each in found), b"250 8BITMIME"])

    def close(self):
        async def end():
            self.server.close()
            await self.server.wait_closed()

        self._run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture(scope="module")
def post():
    found = Post()
    yield found
    found.close()


@pytest.fixture(scope="module")
def office(postgres_server, post):
    """A desk that is no sandbox, with a mail server."""
    name = f"desk_{secrets.token_hex(6)}"
    place = folder()
    found = DeskUnderTest(
        postgres_server.ensure_database(name, name),
        NOW,
        place,
        sandbox=False,
        smtp_host="127.0.0.1",
        smtp_port=post.port,
        mail_from="desk@city.example.jp",
    )
    mornings.busy(found)
    yield found
    found.close()
    postgres_server.drop_database(name, name)
    shutil.rmtree(place)


def rounds(desk, count=1):
    """Makes rounds beside the serving desk, all at once."""
    command = [sys.executable, "-m", "itaku.desk", str(desk.settings_file), "notices"]
    running = [subprocess.Popen(command, env=dict(os.environ), cwd="/") for _ in range(count)]
    assert [each.wait() for each in running] == [0] * count


def until(desk, enough):
    """Rounds until something is so; a serving desk may hold the lock now and then."""
    for _ in range(20):
        rounds(desk)
        if enough():
            return
    raise AssertionError("not within twenty rounds")


def to(post, name, word=""):
    return [each for each in post.got if each["To"] == f"{name}@example.jp" and word in each["Subject"]]


def test_each_morning_everybody_gets_one_mail_of_their_own_turn_however_many_desks_run(office, post):
    rounds(office, 3)
    until(office, lambda: to(post, "ono", "本日の期限"))
    rounds(office, 2)
    (mail,) = to(post, "ono", "本日の期限")
    assert "支払" not in "".join(each.get_content() for each in to(post, "kanda", "本日の期限")), "the treasurer's"
    text = mail.get_content()
    assert "支払" in text
    assert office.url in text
    assert mail["From"] == "desk@city.example.jp"
    assert "notice-" in mail["Message-ID"]
    assert not to(post, "kuroda"), "an auditor has no turn"
    contractor = to(post, "shiraishi", "本日の期限")
    assert len(contractor) == 1
    assert "業務委託料の支払" not in contractor[0].get_content()


def test_a_receipt_is_told_at_once_to_the_other_side_and_not_to_ones_own(office, post):
    until(office, lambda: to(post, "ono", "本日の期限"))
    told = Told(
        id="n1",
        at="2026-07-02",
        kind="report.received",
        by="committee",
        fields={"sub_no": "N-1", "scope": "completion", "fy": "R8"},
    )
    office.ask(lambda keeper: keeper.append(MARATHON, told))

    def today():
        received = to(post, "shiraishi", "業務完了報告書の受理")
        return [each for each in received if "2026-07-02" in each.get_content()]

    until(office, today)
    rounds(office)
    assert len(today()) == 1
    own_side = to(post, "ono", "業務完了報告書の受理")
    assert not [each for each in own_side if "2026-07-02" in each.get_content()]
    assert not to(post, "minato", "業務完了報告書の受理"), "another contract's people"


def test_an_incident_is_told_to_both_sides(office, post):
    office.ask(lambda keeper: keeper.append(MARATHON, mornings.INCIDENT[0]))
    until(office, lambda: to(post, "morita", "侵害") and to(post, "tsuji", "侵害"))


def test_what_the_mail_server_refuses_is_sent_later_and_once(office, post):
    post.refuses = True
    told = Told(id="n2", at="2026-07-02", kind="invoice.received", by="committee", fields={
        "sub_no": "N-9", "under": "S2-13-1", "yen": 1_000,
    })  # fmt: skip
    office.ask(lambda keeper: keeper.append(MARATHON, told))
    until(office, lambda: waiting(office) > 0)

    def today():
        return [each for each in to(post, "tsuji", "請求書") if "2026-07-02" in each.get_content()]

    assert not today()
    post.refuses = False
    rounds(office)
    assert not today(), "not before its time"
    office.move_to(NOW + dt.timedelta(minutes=30))
    until(office, today)
    rounds(office)
    assert len(today()) == 1


def waiting(desk):
    """How many mails were tried and not sent."""
    question = "SELECT count(*) FROM desk.notices_mail WHERE tries > 0 AND sent_at_ms IS NULL"
    with psycopg.connect(desk.dsn) as line:
        return line.execute(question).fetchone()[0]


def test_what_is_overdue_for_long_reaches_the_second_person_once(office, post):
    visitor = office.visitor("kanda")
    page = visitor.get("/notices/")
    second = re.search(r'value="(\d+)"[^>]*>森田', page.text)[1]
    fields = {"act": "wishes", "digest": "1", "digest_hour": "8", "escalate_days": "2", "second": second}
    assert visitor.post("/notices/", fields).status == 200
    office.move_to(dt.datetime(2026, 7, 3, 9, 0))  # noqa: DTZ001 the desk's own zone
    until(office, lambda: to(post, "morita", "期限超過の知らせ"))
    rounds(office)
    subjects = [each.get_content() for each in to(post, "morita", "期限超過の知らせ")]
    assert any("検査の実施" in each for each in subjects)
    assert len(subjects) == len(set(subjects))


def test_wishes_that_make_no_sense_are_refused_beside_the_field(office):
    visitor = office.visitor("ono")
    for wrong in ({"digest_hour": "24"}, {"escalate_days": "x"}, {"second": "99999"}, {"digest_hour": "８"}):
        page = visitor.post("/notices/", {"act": "wishes", "digest_hour": "8", "escalate_days": "3"} | wrong)
        assert page.status == 400
        assert "field__error" in page.text


def address(visitor):
    page = visitor.post("/notices/", {"act": "renew"})
    return re.search(r"/calendar/[0-9a-f]{64}\.ics", page.text)[0]


def test_the_calendar_shows_ones_own_contracts_by_an_address_that_is_shown_once(office):
    visitor = office.visitor("morita")
    path = address(visitor)
    assert path not in visitor.get("/notices/").text
    answer = office.visitor().get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    uids = [str(each["uid"]) for each in icalendar.Calendar.from_ical(answer.body).walk() if "uid" in each]
    assert uids
    assert len(uids) == len(set(uids))
    again = [
        str(each["uid"])
        for each in icalendar.Calendar.from_ical(office.visitor().get(path).body).walk()
        if "uid" in each
    ]
    assert uids == again
    minato = office.visitor().get(address(office.visitor("minato"))).text
    assert "マラソン" not in minato.replace("\r\n ", "")


def test_a_renewed_or_stopped_address_and_a_guess_lead_nowhere(office):
    visitor = office.visitor("hayashi")
    first = address(visitor)
    second = address(visitor)
    assert office.visitor().get(first).status == 404
    assert office.visitor().get(second).status == 200
    visitor.post("/notices/", {"act": "stop"})
    assert office.visitor().get(second).status == 404
    for guess in ("/calendar/x.ics", f"/calendar/{'0' * 64}.ics", "/calendar/%00.ics"):
        assert office.visitor().get(guess).status == 404


def test_outside_the_sandbox_there_is_no_outbox(office):
    assert office.visitor("morita").get("/outbox/").status == 404


def test_in_the_sandbox_mails_stay_in_the_outbox_of_ones_own_organisation(desk):
    mornings.tell(desk, MARATHON, mornings.PAYMENT_DUE_TODAY)
    until(desk, lambda: "本日の期限" in desk.visitor("morita").get("/outbox/").text)
    assert "tsuji@example.jp" not in desk.visitor("morita").get("/outbox/").text


def identity(place, address="127.0.0.1"):
    """A certificate for an address that vouches for itself, and the server's side of TLS with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "post")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = place / f"{address}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = place / f"{address}.key"
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, private)
    return context, file


def letter():
    found = email.message.EmailMessage()
    found["To"], found["From"], found["Subject"] = "morita@example.jp", "desk@city.example.jp", "本日の期限"
    found.set_content("一件")
    return found


@pytest.mark.parametrize("implicit", [True, False])
def test_mails_leave_over_verified_tls_with_a_login_or_not_at_all(tmp_path, implicit):
    context, certificate = identity(tmp_path)
    stranger, strangers = identity(tmp_path, "127.0.0.2")
    secret = tmp_path / "password"
    secret.write_text("himitsu\n")
    secret.chmod(0o600)
    servers = [Post(context, implicit, b"himitsu"), Post(stranger, implicit, b"himitsu"), Post(password=b"himitsu")]
    right, other, bare = servers

    def settings(server, **changes):
        common = {"smtp_ca": str(certificate), "smtp_user": "desk", "smtp_password_file": str(secret)}
        way = "implicit" if implicit else "starttls"
        common |= {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_tls": way, **changes}
        return DeskSettings(name="d", dsn="", secret_key="k", code_key="c", files="f", **common)

    try:
        posting.post(settings(right), letter())
        assert [each["Subject"] for each in right.got] == ["本日の期限"]
        with pytest.raises(ssl.SSLCertVerificationError):  # nobody we know vouches for it
            posting.post(settings(right, smtp_ca=str(strangers)), letter())
        with pytest.raises(ssl.SSLCertVerificationError):  # vouched for, for another address
            posting.post(settings(other, smtp_ca=str(strangers)), letter())
        with pytest.raises((smtplib.SMTPNotSupportedError, ssl.SSLError)):  # somebody took the offer of TLS away
            posting.post(settings(bare), letter())
        secret.write_text("wrong")
        with pytest.raises(smtplib.SMTPAuthenticationError):
            posting.post(settings(right), letter())
        secret.chmod(0o644)
        with pytest.raises(MailSettingsUnfitError):
            posting.post(settings(right), letter())
        assert [len(each.got) for each in servers] == [1, 0, 0]
    finally:
        for each in servers:
            each.close()


def test_a_mail_server_elsewhere_is_never_spoken_to_in_the_open(office):
    def settings(**changes):
        return DeskSettings(name="d", dsn="", secret_key="k", code_key="c", files="f", **changes)

    assert way(settings(smtp_host="mail.city.example.jp")) == "starttls"
    assert way(settings(smtp_host="mail.city.example.jp", smtp_port=465)) == "implicit"
    assert way(settings(smtp_host="::1")) == way(settings(smtp_host="localhost")) == "none"
    check_posting(settings(smtp_host="127.0.0.1"))
    for wrong in (
        {"smtp_host": "mail.city.example.jp", "smtp_tls": "none"},
        {"smtp_host": "localhost.example.jp", "smtp_tls": "none"},
        {"smtp_host": "127.0.0.1", "smtp_user": "desk", "smtp_password_file": "/nowhere"},
        {"smtp_host": "mail.city.example.jp", "smtp_user": "desk"},
        {"smtp_host": "mail.city.example.jp", "smtp_ca": "/nowhere"},
        {"smtp_host": "mail.city.example.jp", "smtp_user": "desk", "smtp_password_file": "/nowhere"},
    ):
        with pytest.raises(MailSettingsUnfitError):
            check_posting(settings(**wrong))
    file = office.folder / "open.toml"
    file.write_text(
        office.settings_file.read_text().replace('"127.0.0.1"\nsmtp_port', '"192.0.2.1"\nsmtp_port')
        + 'smtp_tls = "none"\n'
    )
    done = subprocess.run(
        [sys.executable, "-m", "itaku.desk", str(file), "migrate"], capture_output=True, text=True, cwd="/", check=False
    )
    assert (done.returncode, "mail_settings_unfit" in done.stderr) == (1, True), done.stderr
