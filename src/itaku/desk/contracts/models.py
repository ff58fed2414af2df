"""The works schedule's content (業務工程表): its versions; the contract's events say which is in force."""

from __future__ import annotations

from typing import Any

from django.db import models

from itaku.contracts.engine.result import Result


class WorksSchedule(models.Model):
    """One version: rows of work with their days. Written once; a change is a further version."""

    contract = models.TextField()
    version = models.TextField()
    rows = models.JSONField()
    """A list of {name, first, last, done_to, milestone}: days as YYYY-MM-DD, `done_to` empty where nothing is done."""
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT)
    made_at_ms = models.BigIntegerField()

    class Meta:
        """Each version once."""

        constraints = (models.UniqueConstraint(fields=["contract", "version"], name="schedule_version_once"),)

    def __str__(self) -> str:
        return f"{self.contract}/{self.version}"


def schedule_in_force(contract: str, result: Result) -> Any:
    """The newest version that the contract's events know of; before any is submitted, the newest draft; or nothing."""
    known = [
        str(event.fields.get("version", ""))
        for event in result.events.events
        if event.kind == "schedule.submitted" and event.at <= result.as_of
    ]
    versions = {each.version: each for each in WorksSchedule.objects.filter(contract=contract).order_by("made_at_ms")}
    for version in reversed(known):
        if version in versions:
            return versions[version]
    return list(versions.values())[-1] if versions else None
