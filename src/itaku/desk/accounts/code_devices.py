"""Keeping people's code devices sealed (ワンタイムコードの鍵の入れ替え): anew under the present key, or given up."""

from __future__ import annotations

from collections import Counter

from django.db import transaction

from itaku.desk.accounts.code_keys import VOID, CodeKeys
from itaku.desk.accounts.errors import CodeKeyMissingError
from itaku.desk.accounts.models import CodeDevice
from itaku.desk.asking import randomness


def seal_anew(keys: CodeKeys) -> int:
    """Seals what lies under an older key under the present one; how many.

    Raises `CodeKeyMissingError` if something lies under a key that this desk does not have: then nothing was changed.
    """
    with transaction.atomic():
        rows = [
            row
            for row in CodeDevice.objects.select_for_update().order_by("pk")
            if row.key_id != keys.present and row.key != VOID
        ]
        missing = Counter(row.key_id for row in rows if row.key_id not in keys.by_id)
        if missing:
            raise CodeKeyMissingError(", ".join(f"{name}: {count}" for name, count in sorted(missing.items())))
        for row in rows:
            key = keys.open(row.user_id, row.key)
            row.key = VOID if key is None else keys.seal(row.user_id, key, randomness())
            row.save(update_fields=["key"])
    return len(rows)


def give_up(keys: CodeKeys) -> int:
    """Gives up the devices whose key is lost for good; how many.

    Their people are still asked for a code: a recovery code or a passkey lets them in, or two administrators remove
    the device.
    """
    with transaction.atomic():
        rows = [
            row for row in CodeDevice.objects.select_for_update() if row.key_id not in keys.by_id and row.key != VOID
        ]
        for row in rows:
            row.key = VOID
            row.save(update_fields=["key"])
    return len(rows)
