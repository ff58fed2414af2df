"""Passkeys (パスキー): registering one, and signing in with it; the device itself checks who holds it.

A challenge is random, kept in the session and good for one answer. A passkey is bound to the desk's host name, so a
desk that is reached by a bare address has none.
"""

from __future__ import annotations

import ipaddress
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import webauthn
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from itaku.desk.accounts.errors import PasskeyRefusedError
from itaku.desk.accounts.models import Passkey, Person
from itaku.desk.accounts.moments import moment
from itaku.desk.asking import randomness
from itaku.desk.configuration import desk_settings

_CHALLENGE = "itaku_challenge"
_LONGEST_ANSWER = 20_000
_LONGEST_NAME = 60


class Site(NamedTuple):
    """Whose passkeys these are: the host's name, and the address that a browser says it is at."""

    host: str
    origin: str


def site_of(request: HttpRequest) -> Site | None:
    """The desk as passkeys know it; None at a bare address, where browsers make none."""
    settings = desk_settings()
    scheme = "https" if settings.https else "http"
    origin = settings.url if settings.public_url else f"{scheme}://{request.get_host()}"
    parts = urlsplit(origin)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Site(host, f"{parts.scheme}://{parts.netloc}")
    return None


def registration(request: HttpRequest) -> str:
    """What the browser needs to make a passkey, as JSON. `PasskeyRefusedError` at a bare address."""
    site, person = _site(request), request.user
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name="itaku",
        user_id=str(person.pk).encode(),
        user_name=person.sign_in_name,
        user_display_name=person.name,
        challenge=_new_challenge(request),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes(each.credential)) for each in person.passkeys.all()
        ],
    )
    return webauthn.options_to_json(options)


def register(request: HttpRequest, answer: str, name: str) -> Passkey:
    """Keeps the passkey that a browser made for the person of the request. `PasskeyRefusedError`."""
    site, challenge = _site(request), _spent_challenge(request)
    try:
        found = webauthn.verify_registration_response(
            credential=_plain(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        with transaction.atomic():
            return Passkey.objects.create(
                person=Person.objects.get(pk=request.user.pk),
                credential=found.credential_id,
                public_key=found.credential_public_key,
                uses=found.sign_count,
                name=name.strip()[:_LONGEST_NAME],
                made_at=moment(),
            )
    except (WebAuthnException, IntegrityError, ValueError, KeyError, TypeError) as error:
        raise PasskeyRefusedError from error


def signing_in(request: HttpRequest) -> str:
    """What the browser needs to show a passkey, as JSON; it offers those that it has for this host."""
    options = webauthn.generate_authentication_options(
        rp_id=_site(request).host,
        challenge=_new_challenge(request),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def person_shown(request: HttpRequest, answer: str) -> Person:
    """Whose passkey the browser showed. A count that goes back is a copy. `PasskeyRefusedError`."""
    site, challenge = _site(request), _spent_challenge(request)
    try:
        given = _plain(answer)
        with transaction.atomic():
            key = (
                Passkey.objects.select_for_update(of=("self",))
                .select_related("person")
                .get(credential=base64url_to_bytes(given["id"]), person__is_active=True)
            )
            found = webauthn.verify_authentication_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=bytes(key.public_key),
                credential_current_sign_count=key.uses,
                require_user_verification=True,
            )
            said = given["response"].get("userHandle")
            if said and said != bytes_to_base64url(str(key.person_id).encode()):
                raise PasskeyRefusedError
            key.uses, key.used_at = found.new_sign_count, moment()
            key.save(update_fields=["uses", "used_at"])
    except (WebAuthnException, Passkey.DoesNotExist, ValueError, KeyError, TypeError, AttributeError) as error:
        raise PasskeyRefusedError from error
    return key.person


def _site(request: HttpRequest) -> Site:
    site = site_of(request)
    if site is None:
        raise PasskeyRefusedError
    return site


def _new_challenge(request: HttpRequest) -> bytes:
    challenge = randomness().token(32)
    request.session[_CHALLENGE] = challenge.hex()
    return challenge


def _spent_challenge(request: HttpRequest) -> bytes:
    kept = request.session.pop(_CHALLENGE, None)
    if kept is None:
        raise PasskeyRefusedError
    return bytes.fromhex(kept)


def _plain(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise PasskeyRefusedError
    given = json.loads(answer)
    if not isinstance(given, dict) or not isinstance(given.get("response"), dict):
        raise PasskeyRefusedError
    return given
