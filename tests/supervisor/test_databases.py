"""A database server of somebody else: databases where we may make them, schemas where we may not."""

from __future__ import annotations

import asyncpg
import pytest

from itaku.supervisor.databases import DatabaseNameError, ExternalPostgres, scram_verifier, with_login


@pytest.fixture
async def tenant(postgres_server):
    """Makes a login with the rights given, and answers the URL of its own database."""
    made = []

    async def make(rights):
        dsn = postgres_server.ensure_database("tenant", "tenant")
        admin = await asyncpg.connect(postgres_server.dsn("postgres"))
        await admin.execute(f"ALTER ROLE tenant {rights}")
        await admin.close()
        made.append(dsn)
        return dsn

    yield make
    for name in ("city", "tenant"):
        postgres_server.drop_database(name, name)


async def test_with_the_right_to_make_databases_each_node_gets_its_own(tenant, tmp_path):
    server = ExternalPostgres(await tenant("CREATEDB CREATEROLE"), tmp_path)
    server.start()
    dsn = server.ensure_database("city", "city")
    assert server.ensure_database("city", "city") == dsn
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT current_database() || '/' || current_user") == "city/city"
    await connection.execute("CREATE TABLE t (n int)")
    await connection.close()
    assert server.running()
    server.stop()


async def test_without_that_right_each_node_gets_a_schema(tenant, tmp_path):
    server = ExternalPostgres(await tenant("NOCREATEDB"), tmp_path)
    server.start()
    city, center = server.ensure_database("city", "city"), server.ensure_database("center", "center")
    assert server.ensure_member("city_sequencer", "city", "city") == city
    for dsn in (city, center):
        connection = await asyncpg.connect(dsn)
        await connection.execute("CREATE TABLE t (n int)")  # the same name in both: they do not meet
        await connection.close()
    connection = await asyncpg.connect(city)
    assert await connection.fetchval("SELECT current_schema()") == "city"
    await connection.close()


async def test_a_lost_password_file_is_made_anew_and_holds(postgres_server):
    dsn = postgres_server.ensure_database("tenant", "tenant")
    postgres_server._passwords.forget("tenant")
    renewed = postgres_server.ensure_database("tenant", "tenant")
    assert renewed != dsn
    await (await asyncpg.connect(renewed)).close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(dsn)
    postgres_server.drop_database("tenant", "tenant")


def test_a_url_with_several_hosts_keeps_them_under_another_login():
    url = "postgresql://admin:a@db1:5432,db2:5433/postgres?target_session_attrs=read-write"
    assert with_login(url, user="city", password="p/w", database="city") == (
        "postgresql://city:p%2Fw@db1:5432,db2:5433/city?target_session_attrs=read-write"
    )


def test_the_verifier_is_that_of_rfc_7677():
    # The example of RFC 7677 has this salt and iteration count; its server signature key follows from the password.
    import base64

    verifier = scram_verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    assert verifier == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY="
        ":wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


@pytest.mark.parametrize("name", ["", "City", "a-b", "a; DROP", "x" * 64])
def test_a_name_that_would_need_quoting_is_refused(postgres_server, name):
    with pytest.raises(DatabaseNameError):
        postgres_server.ensure_database(name, "owner")
