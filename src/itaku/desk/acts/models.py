"""What people told at the desk (記録の控え): who told it, for whom, why in arrears, and who confirmed it."""

from __future__ import annotations

from django.db import models

from itaku.desk.accounts.models import Person


class Act(models.Model):
    """A telling. `token` is the event's id, so that a form sent twice tells once; the event stands in the contract.

    `state`: "waiting" for a second person, "telling" (between this row and the contract's), "recorded", "withdrawn".
    """

    STATES = ("waiting", "telling", "recorded", "withdrawn")

    token = models.TextField(primary_key=True)
    contract = models.TextField()
    kind = models.TextField()
    at = models.TextField(blank=True, default="")
    fields = models.JSONField(default=dict)
    party = models.TextField()
    corrects = models.TextField(blank=True, default="")
    voids = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="told")
    told_at = models.DateTimeField()
    confirms = models.JSONField(default=list)
    confirmer = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="confirmed")
    confirmed_at = models.DateTimeField(null=True)
    state = models.TextField(choices=[(each, each) for each in STATES])
    refusal = models.TextField(blank=True, default="")
    seq = models.IntegerField(null=True)

    class Meta:
        """The list of one contract is asked for most."""

        indexes = (models.Index(fields=["contract", "state"], name="act_contract_state"),)

    def __str__(self) -> str:
        return f"{self.contract}/{self.kind}/{self.token}"
