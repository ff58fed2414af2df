"""Databases and their users: each node logs in as itself and may touch its own database only."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from itaku.basis.errors import ItakuError
from itaku.supervisor.failures import StartError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_ITERATIONS = 4096
"""PostgreSQL's own default of `scram_iterations`; the passwords have 256 random bits, so more would protect nothing."""

OLDEST_SERVER = 150_000
"""SQL is kept to the level of PostgreSQL 15."""

T = TypeVar("T")


class DatabaseNameError(ItakuError):
    """A database or user name outside lower-case letters, digits and underscores."""

    code = "database_name_invalid"
    ja = "データベースの名前が正しくありません。"
    en = "The database name is not valid."


def scram_verifier(password: str, salt: bytes) -> str:
    """The SCRAM-SHA-256 verifier of a password (RFC 5803 form), so that the password itself is in no statement."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")

    def b64(value: bytes) -> str:
        return base64.b64encode(value).decode("ascii")

    return f"SCRAM-SHA-256${_ITERATIONS}:{b64(salt)}${b64(stored)}:{b64(server)}"


class Secrets:
    """Passwords in a 0700 directory, one 0600 file each, readable by the supervisor's own user."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, name: str) -> Path:
        """Where the password of `name` is kept."""
        return self._directory / f"{checked(name)}.password"

    def get_or_make(self, name: str) -> str:
        """The password of `name`, made at random (256 bits) at the first call."""
        path = self.path(name)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(handle)
            fresh.rename(path)
        return path.read_text(encoding="ascii")

    def forget(self, name: str) -> None:
        """Removes the password of a user that is gone."""
        self.path(name).unlink(missing_ok=True)


def checked(name: str) -> str:
    """The name, if it can stand in a statement unquoted; `DatabaseNameError` otherwise."""
    if not _NAME.match(name):
        raise DatabaseNameError(name)
    return name


def waiting_for(work: Callable[[], Awaitable[T]]) -> T:
    """Runs asynchronous work to its end from synchronous code, also inside a running event loop (own thread)."""
    result: list[T] = []
    trouble: list[BaseException] = []

    async def main() -> None:
        result.append(await work())

    def run() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 carried over to the caller's thread
            trouble.append(error)

    thread = threading.Thread(target=run, name="itaku-database", daemon=True)
    thread.start()
    thread.join()
    if trouble:
        raise trouble[0]
    return result[0]


def with_login(url: str, *, user: str, password: str, database: str, options: str = "") -> str:
    """A connection URL (several hosts allowed) with another user and database; `options` as the server takes them."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    query = parts.query
    if options:
        query += ("&" if query else "") + "options=" + quote(options, safe="")
    netloc = f"{quote(user, safe='')}:{quote(password, safe='')}@{hosts}"
    return urlunsplit((parts.scheme, netloc, "/" + database, query, ""))


class Administration:
    """Makes and drops databases and users through one administrator's connection URL.

    With the rights to create databases and users each `name` becomes a database of its own. Without them (an external
    server whose owner gave us one database) it becomes a schema in that database, reached through `search_path`.
    """

    def __init__(self, admin_url: str, passwords: Secrets) -> None:
        self._url = admin_url
        self._passwords = passwords

    def dsn(self, database: str, user: str) -> str:
        """The URL by which `user` reaches `database`; the password is in it, so it belongs in 0600 files only."""
        return with_login(
            self._url, user=checked(user), password=self._passwords.get_or_make(user), database=checked(database)
        )

    def check(self) -> int:
        """Connects and returns the server's version number; raises `StartError` if it is older than PostgreSQL 15."""

        async def ask(connection: Any) -> int:
            version = int(await connection.fetchval("SHOW server_version_num"))
            if version < OLDEST_SERVER:
                raise StartError(
                    f"the database server is version {version // 10_000}",
                    remedy_ja="PostgreSQL 15 以降を使ってください。",
                    remedy_en="Use PostgreSQL 15 or later.",
                )
            return version

        return self._asking(ask)

    def ensure_database(self, name: str, owner: str) -> str:
        """Makes the database and its owner if absent, closes it to all others, and returns the owner's URL."""
        checked(name)
        checked(owner)

        async def make(connection: Any) -> str:
            may = await connection.fetchrow(
                "SELECT rolsuper, rolsuper OR (rolcreatedb AND rolcreaterole) AS create_both FROM pg_roles"
                " WHERE rolname = current_user"
            )
            if not may["create_both"]:
                return await self._ensure_schema(connection, name)
            await self._ensure_user(connection, owner)
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                if not may["rolsuper"]:  # such an administrator must be a member of whom it hands a database to
                    await connection.execute(f"GRANT {owner} TO CURRENT_USER")
                await connection.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'")
            await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            return self.dsn(name, owner)

        return self._asking(make)

    def ensure_member(self, login: str, owner: str, database: str) -> str:
        """A second login (own name, own password) that acts as `owner` in `database`; returns its URL.

        A sequencer works on the tables of the node it serves, under its own name, so that the server's log and
        `pg_stat_activity` tell them apart and either can be shut out alone.
        """
        checked(login)
        checked(owner)
        checked(database)

        async def make(connection: Any) -> str:
            if not await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", owner):
                return await self._ensure_schema(connection, database)
            await self._ensure_user(connection, login)
            await connection.execute(f"GRANT {owner} TO {login}")
            await connection.execute(f"ALTER ROLE {login} IN DATABASE {database} SET role = '{owner}'")
            return self.dsn(database, login)

        return self._asking(make)

    def drop_database(self, name: str, owner: str) -> None:
        """Removes a database with all connections to it, its owner, and the owner's password (tests use it)."""
        checked(name)
        checked(owner)

        async def drop(connection: Any) -> None:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(f"DROP ROLE IF EXISTS {owner}")
            self._passwords.forget(owner)

        self._asking(drop)

    def close_to_strangers(self) -> None:
        """Takes PUBLIC's right to connect to the maintenance databases away (embedded server only)."""

        async def close(connection: Any) -> None:
            await connection.execute("REVOKE ALL ON DATABASE postgres FROM PUBLIC")
            await connection.execute("REVOKE ALL ON DATABASE template1 FROM PUBLIC")

        self._asking(close)

    async def _ensure_user(self, connection: Any, user: str) -> None:
        known = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", user)
        if known and self._passwords.path(user).exists():
            return
        verifier = scram_verifier(self._passwords.get_or_make(user), secrets.token_bytes(16))
        verb = "ALTER" if known else "CREATE"
        await connection.execute(
            f"{verb} ROLE {user} LOGIN NOCREATEDB NOCREATEROLE INHERIT CONNECTION LIMIT 40 PASSWORD '{verifier}'"
        )

    async def _ensure_schema(self, connection: Any, name: str) -> str:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}")
        parts = urlsplit(self._url)
        option = "options=" + quote(f"-csearch_path={name}", safe="")
        query = f"{parts.query}&{option}" if parts.query else option
        return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))

    def _asking(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        async def work() -> T:
            connection = await asyncpg.connect(self._url)
            try:
                return await ask(connection)
            finally:
                await connection.close()

        return waiting_for(work)


class ExternalPostgres:
    """A server that somebody else runs, named by ITAKU_DATABASE_URL: we connect, and never start or stop it."""

    notice = ""

    def __init__(self, url: str, directory: Path) -> None:
        self._administration = Administration(url, Secrets(directory / "secrets"))

    def start(self) -> None:
        """Checks that the server answers and is recent enough; raises `StartError` if not."""
        try:
            self._administration.check()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StartError(
                f"the database of ITAKU_DATABASE_URL does not answer: {type(error).__name__}: {error}",
                remedy_ja="ITAKU_DATABASE_URL を確かめるか、外して内蔵のデータベースを使ってください。",
                remedy_en="Check ITAKU_DATABASE_URL, or unset it to use the embedded database.",
            ) from error

    def stop(self) -> None:
        """Does nothing: the server is not ours."""

    def running(self) -> bool:
        """Always true; the nodes themselves notice a server that is away and ride it out."""
        return True

    def ensure_database(self, name: str, owner: str) -> str:
        """See `Administration.ensure_database`."""
        return self._administration.ensure_database(name, owner)

    def ensure_member(self, login: str, owner: str, database: str) -> str:
        """See `Administration.ensure_member`."""
        return self._administration.ensure_member(login, owner, database)
