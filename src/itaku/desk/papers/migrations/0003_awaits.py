"""Which event a received paper awaits; papers that were received before are looked at once."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column, and an index of those that wait."""

    dependencies = [("papers", "0002_attachments")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="awaits",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                fields=["contract", "changed_at_ms"],
                condition=models.Q(state__in=["received", "approved"]) & ~models.Q(awaits=""),
                name="document_awaits",
            ),
        ),
        migrations.RunSQL(
            "UPDATE papers_document SET awaits = '?' WHERE state IN ('received', 'approved') AND addressee <> ''",
            migrations.RunSQL.noop,
        ),
    ]
