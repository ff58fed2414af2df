"""The second factor: one-time codes, recovery codes, passkeys in a real browser; duties that need one."""

from __future__ import annotations

import base64
import datetime as dt
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time

import msgspec
import psycopg
import pytest
from desk_under_test import PASSWORD, DeskUnderTest, folder, text_of
from django_otp.oath import TOTP

from itaku.basis.randomness import SystemRandomness
from itaku.desk.settings import PasswordRules
from itaku.store.device_key import make_device_key
from itaku.supervisor.settings import plain, write_settings

NOW = dt.datetime(2026, 7, 2, 8, 42)  # noqa: DTZ001 the desk's own zone
RULES = PasswordRules(tries=4, days_valid=90)


@pytest.fixture(scope="module")
def strict(postgres_server):
    """A desk at which the treasurer needs a second factor and a password is good for 90 days."""
    name = f"desk_{secrets.token_hex(6)}"
    place = folder()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    found = DeskUnderTest(
        postgres_server.ensure_database(name, name),
        NOW,
        place,
        page_port=port,
        second_factor_duties=("treasurer",),
        passwords=RULES,
    )
    yield found
    found.close()
    postgres_server.drop_database(name, name)
    shutil.rmtree(place)


class Authenticator:
    """An authenticator app, by the key that the page shows for typing. It gives each code once."""

    def __init__(self, page) -> None:
        key = re.search(r'class="typed">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
        self._totp = TOTP(base64.b32decode(key))
        self._moment = time.time() - 30

    def again(self) -> None:
        """From the start."""
        self._moment = time.time() - 30

    def code(self) -> str:
        """A code that was not given yet: of half a minute ago, of now, of half a minute ahead."""
        self._totp.time = self._moment
        self._moment += 30
        return f"{self._totp.token():06d}"


def entered(desk, name, password=PASSWORD, onward="/"):
    visitor = desk.visitor()
    return visitor, visitor.post("/sign-in/", {"sign_in_name": name, "password": password, "next": onward})


def set_up(visitor) -> tuple[Authenticator, list[str]]:
    page = visitor.post("/account/second-factor/", {"step": "begin", "password": PASSWORD})
    app = Authenticator(page)
    page = visitor.post("/account/second-factor/", {"step": "confirm", "code": app.code()})
    assert page.status == 200, text_of(page.text)
    return app, re.findall(r"<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>", page.text)


def test_a_code_of_the_device_is_asked_for_after_the_password_and_works_once(strict):
    visitor, _ = entered(strict, "morita")
    app, codes = set_up(visitor)
    assert len(set(codes)) == 10
    other, page = entered(strict, "morita")
    assert page.path == "/sign-in/code/"
    assert other.get("/contracts/").path.startswith("/sign-in/")
    code = app.code()
    assert other.post("/sign-in/code/", {"code": code}).path == "/"
    third, _ = entered(strict, "morita")
    assert third.post("/sign-in/code/", {"code": code}).status == 401


def test_a_recovery_code_works_once_when_the_device_is_lost(strict):
    visitor, _ = entered(strict, "kanda")
    _, codes = set_up(visitor)
    lost, _ = entered(strict, "kanda")
    assert lost.post("/sign-in/code/", {"code": codes[0].upper()}).path == "/"
    again, _ = entered(strict, "kanda")
    assert again.post("/sign-in/code/", {"code": codes[0]}).status == 401


def rows(desk, question, *given):
    with psycopg.connect(desk.dsn) as line:
        done = line.execute(question, given)
        return done.fetchall() if done.description else []


def beginning(desk, step):
    """Begins beside the serving desk: the return code, and what it said."""
    command = [sys.executable, "-m", "itaku.desk", str(desk.settings_file), step]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    return done.returncode, done.stderr


def settle(desk, **changes):
    write_settings(desk.settings_file, plain(msgspec.structs.replace(desk.settings, **changes)))


KEYS = "SELECT d.key FROM desk.otp_totp_totpdevice d JOIN desk.accounts_person p ON p.id = d.user_id"


def test_keys_of_devices_lie_sealed_for_their_person_under_a_key_that_changes_and_is_missed(strict):
    for table in ("otp_totp_totpdevice", "otp_static_statictoken", "otp_static_staticdevice"):
        rows(strict, f"DELETE FROM desk.{table}")
    visitor, _ = entered(strict, "morita")
    page = visitor.post("/account/second-factor/", {"step": "begin", "password": PASSWORD})
    app = Authenticator(page)
    plain_hex = base64.b32decode(re.search(r'class="typed">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")).hex()
    page = visitor.post("/account/second-factor/", {"step": "confirm", "code": app.code()})
    codes = re.findall(r"<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>", page.text)
    everything = str(rows(strict, KEYS)) + str(rows(strict, "SELECT token FROM desk.otp_static_statictoken"))
    assert plain_hex not in everything
    assert not any(code.replace("-", "") in everything for code in codes)
    ((sealed,),) = rows(strict, KEYS + " WHERE p.sign_in_name = 'morita'")

    # a row that is copied to another person opens nothing for them
    other, _ = entered(strict, "kanda")
    set_up(other)
    change = (
        "UPDATE desk.otp_totp_totpdevice SET key = %s, last_t = -1 WHERE user_id ="
        " (SELECT id FROM desk.accounts_person WHERE sign_in_name = %s)"
    )
    rows(strict, change, sealed, "kanda")
    thief, _ = entered(strict, "kanda")
    assert thief.post("/sign-in/code/", {"code": app.code()}).status == 401
    app.again()

    # what lay open before is sealed at the next start, and still works
    rows(strict, change, plain_hex, "morita")
    rows(strict, "DELETE FROM desk.otp_totp_totpdevice WHERE key <> %s", plain_hex)
    rows(strict, "DELETE FROM desk.otp_static_statictoken")
    put = (
        "INSERT INTO desk.otp_static_statictoken (device_id, token) SELECT d.id, %s FROM desk.otp_static_staticdevice d"
    )
    rows(strict, put + " JOIN desk.accounts_person p ON p.id = d.user_id WHERE p.sign_in_name = 'morita'", "a" * 16)
    rows(strict, "DELETE FROM desk.django_migrations WHERE app = 'accounts' AND name = '0003_sealed_codes'")
    assert beginning(strict, "migrate") == (0, "")
    assert plain_hex not in str(rows(strict, KEYS))
    assert rows(strict, "SELECT count(*) FROM desk.otp_static_statictoken WHERE token = %s", "a" * 16) == [(0,)]
    back, _ = entered(strict, "morita")
    assert back.post("/sign-in/code/", {"code": app.code()}).path == "/"
    back, _ = entered(strict, "morita")
    assert back.post("/sign-in/code/", {"code": "a" * 16}).path == "/"

    # another key with the old one beside it: everything is sealed anew; without the old one it is refused
    make_device_key(strict.folder / "next-key", SystemRandomness())
    settle(strict, code_key=str(strict.folder / "next-key"))
    code, said = beginning(strict, "migrate")
    assert code == 1
    assert "code_key_missing" in said
    settle(strict, code_key=str(strict.folder / "nowhere"))
    assert beginning(strict, "migrate")[0] == 1
    settle(strict, code_key=str(strict.folder / "next-key"), code_keys_before=(str(strict.folder / "code-key"),))
    strict.stop()
    strict.start()
    settle(strict, code_key=str(strict.folder / "next-key"))
    assert beginning(strict, "migrate") == (0, ""), "the old key is needed no more"
    app.again()
    rows(strict, "UPDATE desk.otp_totp_totpdevice SET last_t = -1")
    back, _ = entered(strict, "morita")
    assert back.post("/sign-in/code/", {"code": app.code()}).path == "/"

    # a key that is lost for good: people are still asked for a code, and no code fits
    settle(strict)
    assert beginning(strict, "migrate")[0] == 1
    assert beginning(strict, "codes-lost")[0] == 0
    left, page = entered(strict, "morita")
    assert page.path == "/sign-in/code/"
    assert left.post("/sign-in/code/", {"code": app.code()}).status == 401


def test_guessing_codes_locks_the_account_as_guessing_passwords_does(strict):
    visitor, _ = entered(strict, "sakai")
    set_up(visitor)
    guesser, _ = entered(strict, "sakai")
    for _ in range(RULES.tries):
        page = guesser.post("/sign-in/code/", {"code": "000000"})
    assert page.status == 403
    assert "しばらくサインインできません" in page.text
    assert entered(strict, "sakai")[1].status == 403


def test_the_picture_on_the_page_holds_the_device_key(strict):
    import zxingcpp
    from PIL import Image, ImageDraw

    visitor, _ = entered(strict, "tsuji")
    page = visitor.post("/account/second-factor/", {"step": "begin", "password": PASSWORD})
    key = re.search(r'class="typed">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")
    drawn = re.search(r'<svg role="img".*?</svg>', page.text, re.DOTALL)[0]
    side = int(re.search(r'viewBox="0 0 (\d+)', drawn)[1])
    image = Image.new("L", (side * 8, side * 8), 255)
    pen = ImageDraw.Draw(image)
    for x, y, width, height in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)", drawn):
        left, top = int(x) * 8, int(y) * 8
        pen.rectangle((left, top, left + int(width) * 8 - 1, top + int(height) * 8 - 1), fill=0)
    read = zxingcpp.read_barcode(image)
    assert read.text.startswith("otpauth://totp/itaku")
    assert f"secret={key}" in read.text
    assert "style=" not in drawn


def test_who_finds_an_open_desk_changes_no_second_factor_without_the_password(strict):
    visitor, _ = entered(strict, "shiraishi")
    page = visitor.post("/account/second-factor/", {"step": "begin", "password": "wrong"})
    assert page.status == 400
    assert "いまのパスワードがちがいます" in page.text
    assert 'class="typed"' not in page.text


def test_a_duty_that_needs_a_second_factor_sees_nothing_until_there_is_one_and_then_goes_on(strict):
    visitor, page = entered(strict, "ono", onward="/contracts/marathon-2026/")
    assert page.path == "/account/second-factor/"
    assert visitor.get("/contracts/marathon-2026/").path == "/account/second-factor/"
    assert visitor.post("/account/second-factor/", {"step": "onward"}).path == "/account/second-factor/"
    assert visitor.get("/").path == "/account/second-factor/"
    app, _ = set_up(visitor)
    assert visitor.post("/account/second-factor/", {"step": "onward"}).path == "/contracts/marathon-2026/"
    page = visitor.post("/account/second-factor/", {"step": "remove", "which": "codes", "password": PASSWORD})
    assert page.status == 409
    assert "second_factor_needed" in page.text
    other, _ = entered(strict, "ono")
    assert other.post("/sign-in/code/", {"code": app.code()}).path == "/"


def test_the_session_key_changes_at_the_password_and_again_at_the_code(strict):
    def key(visitor):
        return {cookie.name: cookie.value for cookie in visitor.jar}["itaku_desk"]

    visitor, _ = entered(strict, "hayashi")
    app, _ = set_up(visitor)
    other, _ = entered(strict, "hayashi")
    half = key(other)
    other.post("/sign-in/code/", {"code": app.code()})
    assert key(other) != half


def test_a_form_that_was_open_too_long_survives_the_password_and_the_code(strict):
    visitor, _ = entered(strict, "minato")
    app, _ = set_up(visitor)
    late = strict.visitor()
    page = late.post("/contracts/certificates-2026/what-if/", {"reason": "書きかけの文"})
    kept = re.search(r'name="kept" value="([^"]*)"', page.text)[1].replace("&quot;", '"')
    fields = {"sign_in_name": "minato", "password": PASSWORD, "kept": kept, "next": "/contracts/certificates-2026/"}
    assert late.post("/sign-in/", fields).path == "/sign-in/code/"
    assert "書きかけの文" in late.post("/sign-in/code/", {"code": app.code()}).text


def test_a_password_whose_days_are_over_is_changed_before_anything_else(strict):
    try:
        strict.move_to(NOW + dt.timedelta(days=91))
        visitor, page = entered(strict, "kuroda", onward="/audit/")
        assert page.path == "/account/password/"
        assert visitor.get("/contracts/").path == "/account/password/"
        chosen = "Kansa-no-umi-2026"
        fields = {"password": PASSWORD, "new_password": chosen, "again": chosen}
        assert visitor.post("/account/password/", fields).path == "/audit/"
    finally:
        strict.move_to(NOW)


def test_a_passkey_is_registered_and_signs_in_alone_in_a_real_browser(strict, browser):
    origin = strict.url.replace("127.0.0.1", "localhost")
    context = browser.new_context()
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    handle = wire.send("WebAuthn.addVirtualAuthenticator", {"options": device})["authenticatorId"]
    page.goto(f"{origin}/sign-in/")
    page.fill("[name=sign_in_name]", "shiraishi")
    page.fill("[name=password]", PASSWORD)
    page.click("button:has-text('サインインする') >> nth=0")
    page.goto(f"{origin}/account/second-factor/")
    page.fill("form[data-passkey] [name=name]", "事務所のパソコン")
    page.click("form[data-passkey] button")
    page.wait_for_selector("text=このパスキーを外す")
    assert "事務所のパソコン" in page.content()
    page.click("text=サインアウト")
    page.click("text=パスキーでサインインする")
    page.wait_for_url(f"{origin}/")
    assert "白石 航" in page.content()
    page.click("text=サインアウト")
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": handle, "isUserVerified": False})
    page.click("text=パスキーでサインインする")
    page.wait_for_selector("[data-trouble]:visible")
    assert page.url.startswith(f"{origin}/sign-in/")
    context.close()


def test_a_made_up_passkey_lets_nobody_in(strict):
    visitor = strict.visitor()
    for answer in (
        "",
        "{}",
        "[]",
        '{"id": "AAAA", "response": {}}',
        '{"id": 5, "response": {"userHandle": "MQ"}}',
        "x" * 30000,
    ):
        page = visitor.post("/sign-in/passkey/", {"credential": answer})
        assert page.status == 401, answer[:60]
    assert visitor.get("/account/").path.startswith("/sign-in/")


def test_no_person_removes_the_passkey_of_another(strict):
    page = entered(strict, "tsuji")[0].post(
        "/account/second-factor/", {"step": "remove", "which": "1", "password": PASSWORD}
    )
    assert page.status == 404
