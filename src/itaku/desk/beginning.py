"""What the desk does before it serves: its tables, and the first people where there is nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from itaku.contracts.keeping.schema import prepare
from itaku.desk.accounts.code_devices import give_up, seal_anew
from itaku.desk.accounts.code_keys import code_keys
from itaku.desk.accounts.first_people import take_in
from itaku.desk.accounts.models import Person
from itaku.desk.contracts.first_schedules import take_in_schedules
from itaku.desk.notices.posting import check_posting
from itaku.desk.settings import DeskSettings
from itaku.store.postgres import open_pool

_LOCK = 0x6974616B75
"""The advisory lock under which one of several desks renews the tables."""


def begin(settings: DeskSettings, *, codes_lost: bool = False) -> None:
    """Brings the tables up to date, one desk at a time, and takes in the first people.

    With `codes_lost`, code devices whose key is lost for good are given up. Raises `CodeKeyMissingError`: without a fit
    key nothing is done at all, and nothing is served while people's devices lie under a key that this desk lacks.
    """
    keys = code_keys()
    check_posting(settings)
    asyncio.run(_contracts(settings.dsn))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            cursor.execute("SELECT current_schemas(false), current_setting('search_path')")
            _, path = cursor.fetchone()
            schema = path.split(",")[0].strip()
            cursor.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            call_command("migrate", interactive=False, verbosity=0)
            if codes_lost:
                give_up(keys)
            seal_anew(keys)
            if settings.first_people and not Person.objects.exists():
                with transaction.atomic():
                    take_in(Path(settings.first_people))
            if settings.first_schedules:
                with transaction.atomic():
                    take_in_schedules(Path(settings.first_schedules))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    connection.close()


async def _contracts(dsn: str) -> None:
    pool = await open_pool(dsn, max_size=1, application_name="itaku desk")
    try:
        await prepare(pool)
    finally:
        await pool.close()
