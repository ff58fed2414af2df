"""Organisations, people and seats (組織・利用者・担当)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models


class Organisation(models.Model):
    """An organisation whose people use the desk: client, contractor, operator, shop, maintenance or auditor."""

    KINDS = ("client", "contractor", "operator", "shop", "maintenance", "auditor")

    name = models.TextField(unique=True)
    name_en = models.TextField(blank=True, default="")
    kind = models.TextField(choices=[(each, each) for each in KINDS])

    def __str__(self) -> str:
        return str(self.name)


class People(BaseUserManager):
    """Makes people."""

    def make(self, sign_in_name: str, password: str | None, **facts: Any) -> Person:
        """A person who can sign in at once; without a password, not until one is set."""
        person: Person = self.model(sign_in_name=self.model.normalize_username(sign_in_name), **facts)
        person.set_password(password)
        person.save()
        return person


class Person(AbstractBaseUser):
    """Somebody who uses the desk (利用者). `is_active` ends with a stop or a deletion; the row stays for the record."""

    sign_in_name = models.TextField(unique=True)
    name = models.TextField()
    name_en = models.TextField(blank=True, default="")
    mail = models.TextField(blank=True, default="")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="people")
    office = models.TextField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    password_set_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "sign_in_name"
    REQUIRED_FIELDS = ("name",)

    objects = People()

    def __str__(self) -> str:
        return str(self.name)


class Membership(models.Model):
    """A person's seat at a contract: for which legal person of it ("" for an auditor), and with which duties."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships")
    contract = models.TextField()
    party = models.TextField(blank=True, default="")
    duties = ArrayField(models.TextField(), default=list)
    begun_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One seat for each legal person at a contract."""

        constraints = (
            models.UniqueConstraint(
                fields=["person", "contract", "party"],
                condition=models.Q(ended_at=None),
                name="one_seat_each",
            ),
        )
        indexes = (models.Index(fields=["contract"], name="membership_contract"),)

    def __str__(self) -> str:
        return f"{self.contract}/{self.party}"
