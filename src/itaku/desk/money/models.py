"""What was done in the books at the desk, and what waits for a second person (二人による締め・担当者の処理)."""

from __future__ import annotations

from django.db import models

from itaku.desk.accounts.models import Person


class MonthStep(models.Model):
    """A month to be closed or reopened: who asked, why, and who decided."""

    token = models.TextField(unique=True)
    municipality = models.TextField()
    month = models.TextField()
    what = models.TextField(choices=[(each, each) for each in ("close", "reopen")])
    reason = models.TextField(blank=True, default="")
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="month_steps_asked")
    asked_at_ms = models.BigIntegerField()
    state = models.TextField(default="waiting", choices=[(each, each) for each in ("waiting", "done", "refused")])
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="month_steps_decided")
    decided_at_ms = models.BigIntegerField(null=True)
    why = models.TextField(blank=True, default="")

    class Meta:
        """One step of a month waits at a time."""

        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "month"],
                condition=models.Q(state="waiting"),
                name="month_step_waits_alone",
            ),
        )

    def __str__(self) -> str:
        return f"{self.municipality}/{self.month}/{self.what}"


class ClerkAct(models.Model):
    """A clerk's act on a month: what the form said, who did it or asked for it, and who confirmed it.

    `answer` is the key of the posting that it became, where it became one.
    """

    token = models.TextField(unique=True)
    municipality = models.TextField()
    month = models.TextField()
    what = models.TextField()
    said = models.JSONField(default=dict)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="clerk_acts_asked")
    asked_at_ms = models.BigIntegerField()
    state = models.TextField(choices=[(each, each) for each in ("waiting", "done", "refused")])
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="clerk_acts_decided")
    decided_at_ms = models.BigIntegerField(null=True)
    why = models.TextField(blank=True, default="")
    answer = models.TextField(blank=True, default="")

    class Meta:
        """The same act of a month waits once."""

        constraints = (
            models.UniqueConstraint(
                fields=["municipality", "month", "what"],
                condition=models.Q(state="waiting"),
                name="clerk_act_waits_alone",
            ),
        )

    def __str__(self) -> str:
        return f"{self.municipality}/{self.month}/{self.what}"
