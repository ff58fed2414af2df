"""The second factor (二つ目の確認): one-time codes from a device, recovery codes on paper, passkeys."""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

import zxingcpp
from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from itaku.desk.accounts.code_keys import code_keys
from itaku.desk.accounts.models import CodeDevice, Membership, Passkey, Person
from itaku.desk.accounts.recovery_codes import fresh_codes, kept_form
from itaku.desk.accounts.sessions import end_all
from itaku.desk.asking import randomness
from itaku.desk.configuration import desk_settings

_KEY_BYTES = 20
"""A device's key: as long as the digest of its codes (RFC 4226)."""
_SIX_DIGITS = re.compile(r"[0-9]{6}")


class Factors(NamedTuple):
    """What a person has: a device with codes, passkeys, and how many recovery codes are left."""

    device: CodeDevice | None
    passkeys: list[Passkey]
    recovery_left: int

    @property
    def any(self) -> bool:
        """Whether there is a second factor at all. Recovery codes alone are none."""
        return self.device is not None or bool(self.passkeys)


def factors_of(person: Person) -> Factors:
    """A person's second factors."""
    return Factors(
        CodeDevice.objects.filter(user=person, confirmed=True).first(),
        list(person.passkeys.order_by("pk")),
        StaticToken.objects.filter(device__user=person, device__confirmed=True).count(),
    )


def is_needed(person: Person) -> bool:
    """Whether a duty of the person needs one, by the desk's settings."""
    duties = desk_settings().second_factor_duties
    if not duties:
        return False
    return bool(Membership.objects.filter(person=person, ended_at=None, duties__overlap=list(duties)).exists())


def ask_again_where_needed(person: Person) -> None:
    """Ends the sessions of somebody whose new duties need a second factor: at the next sign-in it is asked for."""
    if is_needed(person):
        end_all(person)


def check_code(person: Person, typed: str) -> bool:
    """Whether a typed code is the device's present one, or a recovery code, which is spent by it.

    A wrong one makes the next try wait, longer each time.
    """
    code = re.sub(r"[\s-]", "", typed).lower()[:32]
    kind, asked = (CodeDevice, code) if _SIX_DIGITS.fullmatch(code) else (StaticDevice, kept_form(person.pk, code))
    with transaction.atomic():
        devices = kind.objects.select_for_update().filter(user=person, confirmed=True)
        return any(device.verify_token(asked) for device in devices)


def device_to_come(person: Person) -> CodeDevice:
    """The device that is being set up: its key stays until a first code confirms it."""
    found = CodeDevice.objects.filter(user=person, confirmed=False).first()
    sealed = code_keys().seal(person.pk, randomness().token(_KEY_BYTES), randomness())
    return found or CodeDevice.objects.create(user=person, confirmed=False, name="codes", key=sealed)


def confirm_device(person: Person, typed: str) -> bool:
    """Takes the device into use if the code is its own. One that was in use before is gone."""
    with transaction.atomic():
        device = CodeDevice.objects.select_for_update().filter(user=person, confirmed=False).first()
        code = re.sub(r"\s", "", typed)
        if device is None or not _SIX_DIGITS.fullmatch(code) or not device.verify_token(code):
            return False
        CodeDevice.objects.filter(user=person, confirmed=True).delete()
        device.confirmed = True
        device.save()
    return True


def new_recovery_codes(person: Person) -> list[str]:
    """Fresh recovery codes, to be shown once; older ones are void."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=person).delete()
        device = StaticDevice.objects.create(user=person, name="recovery", confirmed=True)
        codes = fresh_codes(randomness())
        StaticToken.objects.bulk_create(StaticToken(device=device, token=kept_form(person.pk, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def picture(device: CodeDevice) -> str:
    """The device's key as a QR code: the SVG element alone, to stand in a page."""
    drawn = zxingcpp.write_barcode_to_svg(
        zxingcpp.create_barcode(device.config_url, zxingcpp.BarcodeFormat.QRCode, ec_level="M"), scale=1
    )
    element = re.sub(r"<desc>.*?</desc>", "", str(drawn[drawn.index("<svg") :]), flags=re.DOTALL)
    size = re.search(r'width="(\d+)"', element)
    side = size.group(1) if size else "0"
    return element.replace("<svg", f'<svg role="img" aria-label="QR" class="qr" viewBox="0 0 {side} {side}"', 1)


def typed_key(device: CodeDevice) -> str:
    """The device's key for typing, in groups of four."""
    key = base64.b32encode(device.bin_key).decode()
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
