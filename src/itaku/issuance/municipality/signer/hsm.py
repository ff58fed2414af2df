"""A signing key that stays in a hardware security module (PKCS#11).

python-pkcs11 initialises the library without locks, and two threads in SoftHSM crash it: one process, one thread, and
nobody else. Two processes that open one token at the same moment fail too, which is why opening is tried again.
"""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pkcs11
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.ec import encode_ec_public_key

from itaku.basis.errors import ItakuError, Temper
from itaku.issuance.municipality.signer.settings import HsmSettings

_TRIES = 5
_AGAIN_S = 0.2


class HsmUnusableError(ItakuError):
    """Library, token, PIN or key are not as the settings say, or the token does not work now."""

    code = "hsm_unusable"
    temper = Temper.RETRYABLE
    ja = "署名用のHSMを使えません。設定と装置を確かめてください。"
    en = "The HSM with the signing key cannot be used. Check its settings and the device."


class HsmKey:
    """One key pair on one token, logged in until `close`. `HsmUnusableError` if it cannot be opened or used."""

    def __init__(self, settings: HsmSettings, session: Any = None) -> None:
        if settings.softhsm2_conf is not None:
            os.environ["SOFTHSM2_CONF"] = settings.softhsm2_conf
        self._settings = settings
        self._session = session or self._opened()
        try:
            public = self._session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=settings.key)
            self._private = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=settings.key)
            if self._private[pkcs11.Attribute.EXTRACTABLE]:
                raise HsmUnusableError("the key may leave the token")
            self._public = _supported(_public_key(public))
        except pkcs11.PKCS11Error as error:
            raise HsmUnusableError(type(error).__name__) from error

    def public_key(self) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
        """The pair's public half."""
        return self._public

    def sign_message(self, message: bytes) -> bytes:
        """ECDSA (DER) or RSA PKCS#1 v1.5, each with SHA-256."""
        try:
            if isinstance(self._public, ec.EllipticCurvePublicKey):
                raw = self._private.sign(hashlib.sha256(message).digest(), mechanism=pkcs11.Mechanism.ECDSA)
                half = len(raw) // 2
                return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
            signature: bytes = self._private.sign(message, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
        except pkcs11.PKCS11Error as error:
            raise HsmUnusableError(type(error).__name__) from error
        return signature

    def beside(self, label: str) -> HsmKey:
        """Another key pair on the same token, by the same login: a token takes one."""
        return HsmKey(msgspec.structs.replace(self._settings, key=label), self._session)

    def close(self) -> None:
        """Logs out."""
        self._session.close()

    def _opened(self) -> Any:
        for turn in range(_TRIES):
            try:
                token = pkcs11.lib(self._settings.module).get_token(token_label=self._settings.token)
                return token.open(user_pin=_pin(Path(self._settings.pin_file)))
            except pkcs11.PinIncorrect as error:
                # Never a second time: tokens count wrong PINs as cards do.
                raise HsmUnusableError("the PIN is not correct") from error
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                if turn == _TRIES - 1:
                    raise HsmUnusableError(type(error).__name__) from error
                time.sleep(_AGAIN_S)
        raise AssertionError("the last turn returns or raises")


def _pin(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise HsmUnusableError(f"{path} is open to others")
    return path.read_text(encoding="ascii").strip()


def _public_key(public: Any) -> object:
    if public.key_type == pkcs11.KeyType.EC:
        return load_der_public_key(encode_ec_public_key(public))
    exponent = int.from_bytes(public[pkcs11.Attribute.PUBLIC_EXPONENT], "big")
    return rsa.RSAPublicNumbers(exponent, int.from_bytes(public[pkcs11.Attribute.MODULUS], "big")).public_key()


def _supported(public: object) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    if isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1):
        return public
    if isinstance(public, rsa.RSAPublicKey) and public.key_size >= 2048:
        return public
    raise HsmUnusableError("neither P-256 nor RSA of 2048 bits")
