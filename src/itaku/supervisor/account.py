"""The system user under whom the database runs, and whether it can reach a place."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from itaku.supervisor.failures import StartError
from itaku.supervisor.spawning import Identity, run_as

USER = "itaku-postgres"
"""PostgreSQL refuses to run as root; this user owns the data directory and nothing else."""

_EXISTS = 9
"""useradd's exit code when another start has just made the user."""


def database_identity() -> Identity | None:
    """The user to drop to: `None` if we are not root (then the database runs as ourselves).

    Makes the user on first use. Raises `StartError` if that is not possible.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        _make_user()
        entry = pwd.getpwnam(USER)
    return Identity(entry.pw_uid, entry.pw_gid)


def _make_user() -> None:
    useradd = shutil.which("useradd", path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin")
    said = "the program useradd was not found"
    if useradd is not None:
        done = subprocess.run(  # noqa: S603 fixed arguments
            [
                *(useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"),
                *("--shell", "/usr/sbin/nologin", USER),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode in {0, _EXISTS}:
            return
        said = done.stderr.strip()
    raise StartError(
        f"the system user {USER} could not be made: {said}",
        remedy_ja=f"root以外の利用者で動かすか、利用者 {USER} を作ってください。",
        remedy_en=f"Run as a user other than root, or create the user {USER}.",
    )


def can_enter(path: Path, identity: Identity | None) -> bool:
    """Whether that user can list and enter the directory `path` (every parent counts)."""
    return run_as(["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(path)], identity=identity).returncode == 0


def private_directory(path: Path, identity: Identity | None) -> bool:
    """Makes `path` a 0700 directory of that user; `False` if it cannot be made or the user cannot get there.

    A directory that is a symbolic link, or belongs to a third party, counts as not reachable: somebody else may have
    put it there first.
    """
    try:
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        owner = path.lstat().st_uid
        wanted = os.geteuid() if identity is None else identity.uid
        if path.is_symlink() or owner not in {os.geteuid(), wanted}:
            return False
        if owner != wanted and identity is not None:
            os.chown(path, identity.uid, identity.gid)
        path.chmod(0o700)
    except OSError:
        return False
    return can_enter(path, identity)


def short_hash(path: Path) -> str:
    """Twelve letters that stand for a directory, for places chosen in its stead."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
