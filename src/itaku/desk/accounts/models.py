"""Organisations, people and seats (組織・利用者・担当)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from itaku.desk.accounts.code_keys import code_keys
from itaku.desk.accounts.errors import CodeKeyMissingError


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
    deleted_at = models.DateTimeField(null=True)

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


class FirstPasswordLink(models.Model):
    """A one-time address at which a person sets a password. Only the digest of its secret is kept."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="links")
    sha256 = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class SignIn(models.Model):
    """A time that a person was signed in, from a browser; `session` is Django's key and is never shown."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sign_ins")
    session = models.TextField()
    browser = models.TextField(blank=True, default="")
    with_second = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Asked for by person, newest first."""

        indexes = (models.Index(fields=["person", "-id"], name="sign_in_person"),)

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


class Passkey(models.Model):
    """A passkey (パスキー): the public half, and the count that shows copies."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="passkeys")
    credential = models.BinaryField(max_length=1024, unique=True)
    public_key = models.BinaryField()
    uses = models.BigIntegerField(default=0)
    name = models.TextField(blank=True, default="")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"passkey {self.pk}"


class CodeDevice(TOTPDevice):
    """A device for one-time codes (ワンタイムコードの端末). Its `key` is sealed for its person (code_keys.py)."""

    class Meta:
        """The rows are django-otp's own; what they hold in `key` is ours."""

        proxy = True

    @property
    def key_id(self) -> str:
        """Of the key under which it is sealed."""
        return str(self.key).partition(":")[0]

    @property
    def bin_key(self) -> bytes:
        """The device's key. Raises `CodeKeyMissingError` where there is none that opens it."""
        found = code_keys().open(self.user_id, self.key)
        if found is None:
            raise CodeKeyMissingError(self.key_id)
        return found

    def verify_token(self, token: str) -> bool:
        """Whether a code is the device's present one; it is spent by it. No code fits a row that does not open."""
        if code_keys().open(self.user_id, self.key) is None:
            self.throttle_increment()
            return False
        return bool(super().verify_token(token))


class PrivilegedAct(models.Model):
    """What one person asked for and a second must confirm (二人による操作). `token` makes a form sent twice one act."""

    STATES = ("waiting", "done", "refused", "withdrawn")

    token = models.TextField(unique=True)
    kind = models.TextField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    contract = models.TextField(blank=True, default="")
    party = models.TextField(blank=True, default="")
    subject = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.TextField(choices=[(each, each) for each in STATES], default="waiting")
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    why = models.TextField(blank=True, default="")

    class Meta:
        """Those that wait are asked for most."""

        indexes = (models.Index(fields=["organisation", "state"], name="privileged_waiting"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
