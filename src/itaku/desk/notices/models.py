"""Calendar feeds, a person's wishes, and mails (予定表・通知の設定・メール)."""

from __future__ import annotations

from django.db import models


class Feed(models.Model):
    """A person's calendar by secret address. Only the secret's digest is kept: the address is shown once."""

    person = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, related_name="feed")
    secret_sha256 = models.TextField(unique=True)
    made_at_ms = models.BigIntegerField()

    def __str__(self) -> str:
        return f"feed of {self.person_id}"


class Wishes(models.Model):
    """What a person wants to be told by mail. Without a row: what the fields' defaults say."""

    person = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, related_name="wishes")
    digest = models.BooleanField(default=True)
    digest_hour = models.IntegerField(default=8)
    at_once = models.BooleanField(default=True)
    escalate_days = models.IntegerField(default=3)
    """Days overdue after which the second person is told; 0: never."""
    second = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)

    def __str__(self) -> str:
        return f"wishes of {self.person_id}"


class Mail(models.Model):
    """A mail, once: `key` says what it is about and to whom, so that no second one of it can be made."""

    key = models.TextField(unique=True)
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="mails")
    address = models.TextField()
    sort = models.TextField()
    subject = models.TextField()
    body = models.TextField()
    made_at_ms = models.BigIntegerField()
    sent_at_ms = models.BigIntegerField(null=True)
    tries = models.IntegerField(default=0)
    next_try_at_ms = models.BigIntegerField(default=0)
    trouble = models.TextField(blank=True, default="")

    class Meta:
        """What waits is asked for most."""

        indexes = (
            models.Index(fields=["next_try_at_ms"], condition=models.Q(sent_at_ms=None), name="mail_waits"),
            models.Index(fields=["person", "-id"], name="mail_person"),
        )

    def __str__(self) -> str:
        return str(self.key)


class Reached(models.Model):
    """Up to which event of a contract people were told."""

    contract = models.TextField(primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.contract}: {self.seq}"
