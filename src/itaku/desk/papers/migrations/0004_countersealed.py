"""The seal of the second of two sides that sign a paper."""

from __future__ import annotations

from django.db import migrations, models

_WHATS = ("submit", "withdraw", "receive", "approve", "send_back", "supersede", "countersign")


class Migration(migrations.Migration):
    """A column for it, and its step."""

    dependencies = [("papers", "0003_awaits")]

    operations = [
        migrations.AddField(model_name="version", name="countersealed", field=models.JSONField(default=dict)),
        migrations.AlterField(
            model_name="step", name="what", field=models.TextField(choices=[(each, each) for each in _WHATS])
        ),
    ]
