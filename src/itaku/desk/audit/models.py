"""A note of the audit trail (操作の記録の一行)."""

from __future__ import annotations

from django.db import models


class Note(models.Model):
    """Who did or saw what, when. Rows are only ever added; the record holds each note's digest (`entry_id`)."""

    at_ms = models.BigIntegerField()
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, null=True, related_name="notes")
    kind = models.TextField()
    """viewed, done, refused, signed-in, signed-out, sign-in-refused, locked-out, or what an app names."""
    contract = models.TextField(blank=True, default="")
    page = models.TextField(blank=True, default="")
    """The page's name among the desk's addresses."""
    path = models.TextField(blank=True, default="")
    facts = models.JSONField(default=dict)
    entry_id = models.BinaryField(max_length=16)

    class Meta:
        """Searched by contract, person and time."""

        indexes = (
            models.Index(fields=["contract", "-id"], name="note_contract"),
            models.Index(fields=["person", "-id"], name="note_person"),
            models.Index(fields=["-at_ms"], name="note_at"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.page}"
