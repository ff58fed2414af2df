"""Key files: made once, mode 0600, durable before they are used, and never overwritten."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from itaku.basis.randomness import SystemRandomness
from itaku.store.device_key import make_device_key, read_device_key, sync_directory
from itaku.store.errors import DeviceKeyUnfitError
from itaku.supervisor.failures import StartError


def private_folder(path: Path) -> Path:
    """Makes a 0700 directory for keys."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Puts a file in place whole and durable, or not at all: a start that is killed leaves no half file."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    fresh.rename(path)
    sync_directory(path.parent)


def p256_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The P-256 key in `path` (PEM, PKCS#8), made if there is none; `StartError` if what is there is no such key."""
    key = _kept(path, lambda: ec.generate_private_key(ec.SECP256R1()))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise _unfit(path, "not a P-256 key")
    return key


def ed25519_key(path: Path) -> ed25519.Ed25519PrivateKey:
    """The Ed25519 key in `path` (PEM, PKCS#8), made if there is none; `StartError` if what is there is no such key."""
    key = _kept(path, ed25519.Ed25519PrivateKey.generate)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _unfit(path, "not an Ed25519 key")
    return key


def public_part(path: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Path:
    """Writes the public key (PEM) to `path`, as it may be given to others; returns the path."""
    content = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content, 0o644)
    return path


def random_secret(path: Path) -> Path:
    """A file of 32 random bytes, made if there is none; `StartError` if what is there is not fit."""
    try:
        if path.exists():
            read_device_key(path)
        else:
            make_device_key(path, SystemRandomness())
    except DeviceKeyUnfitError as error:
        raise _unfit(path, error.detail) from error
    return path


def _kept(path: Path, make: Callable[[], ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey]) -> object:
    if not path.exists():
        fresh = make()
        write_whole(path, fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
        return fresh
    if path.stat().st_mode & 0o077:
        raise _unfit(path, "readable by others")
    try:
        return load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise _unfit(path, "damaged") from error


def _unfit(path: Path, why: str) -> StartError:
    return StartError(
        f"the key {path} cannot be used: {why}",
        remedy_ja="控えから戻してください。控えがなければ、別の場所(--state)で新しく始めてください。鍵は上書きしません。",
        remedy_en="Restore it from a copy, or start afresh elsewhere (--state). Keys are never overwritten.",
    )
