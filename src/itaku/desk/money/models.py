"""What waits for a second person (二人による締め): asked for by a treasurer, carried out when another confirms."""

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
