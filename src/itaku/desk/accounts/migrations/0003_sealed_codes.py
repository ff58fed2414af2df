"""Seals the keys of code devices that lay open until now, and keeps recovery codes as digests alone."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from itaku.desk.accounts.code_keys import code_keys
from itaku.desk.accounts.recovery_codes import kept_form
from itaku.desk.asking import randomness


def seal(apps: Any, editor: Any) -> None:
    """Every row, in one transaction: nothing of it stays open."""
    del editor
    keys = code_keys()
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.all():
        device.key = keys.seal(device.user_id, bytes.fromhex(device.key), randomness())
        device.save(update_fields=["key"])
    for token in apps.get_model("otp_static", "StaticToken").objects.select_related("device"):
        token.token = kept_form(token.device.user_id, token.token)
        token.save(update_fields=["token"])


class Migration(migrations.Migration):
    """The tables are written anew at the end, so that no row as it was stays in their files."""

    atomic = False

    dependencies = [
        ("accounts", "0002_own_accounts"),
        ("otp_totp", "0003_add_timestamps"),
        ("otp_static", "0003_add_timestamps"),
    ]

    operations = [
        migrations.CreateModel(
            name="CodeDevice",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.RunPython(seal, atomic=True),
        migrations.RunSQL("VACUUM FULL otp_totp_totpdevice"),
        migrations.RunSQL("VACUUM FULL otp_static_statictoken"),
    ]
