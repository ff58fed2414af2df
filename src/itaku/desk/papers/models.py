"""Papers as the desk keeps them (書類の控え): a paper, its versions, every step of each, and what is attached."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """A paper of a contract (書類). Its state is that of its newest version; steps say how it came there."""

    STATES = ("draft", "submitted", "received", "approved", "sent_back", "withdrawn")

    token = models.TextField(primary_key=True)
    contract = models.TextField()
    paper = models.TextField()
    instance = models.TextField(blank=True, default="")
    title_ja = models.TextField()
    title_en = models.TextField()
    drafter = models.TextField()
    """The legal person who writes it."""
    addressee = models.TextField(blank=True, default="")
    """The legal person who receives it; empty where it stays with the drafter's own files."""
    approver = models.TextField(blank=True, default="")
    state = models.TextField(choices=[(each, each) for each in STATES], default="draft")
    number = models.IntegerField(default=1)
    """The newest version's number."""
    changed_at_ms = models.BigIntegerField()
    awaits = models.TextField(blank=True, default="")
    """Not empty while a received paper may await its event (papers/untold.py asks which)."""

    class Meta:
        """Lists go by contract and by what changed last."""

        indexes = (
            models.Index(fields=["contract", "-changed_at_ms"], name="document_contract_changed"),
            models.Index(fields=["contract", "paper", "instance"], name="document_about"),
            models.Index(fields=["-changed_at_ms", "token"], name="document_changed"),
            models.Index(
                fields=["contract", "changed_at_ms"],
                condition=models.Q(state__in=["received", "approved"]) & ~models.Q(awaits=""),
                name="document_awaits",
            ),
        )

    def __str__(self) -> str:
        return f"{self.contract}/{self.paper}/{self.token}"


class Version(models.Model):
    """One version. `entered` are the blanks that people filled, `edits` how often it was saved; then frozen."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    entered = models.JSONField(default=dict)
    edits = models.IntegerField(default=0)
    made_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    made_at_ms = models.BigIntegerField()
    saved_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)
    sha256 = models.TextField(blank=True, default="")
    """The digest of the PDF that was handed in; empty while it is a draft."""
    sealed = models.JSONField(default=dict)
    """Whose seal the PDF bears, and when it was time-stamped; empty where no seal is set up."""
    countersealed = models.JSONField(default=dict)
    """The same of the other side's seal, with the digest (`sha256`) of the file that bears both; empty without."""

    class Meta:
        """Each number once."""

        constraints = (models.UniqueConstraint(fields=["document", "number"], name="version_once"),)

    def __str__(self) -> str:
        return f"{self.document_id}/{self.number}"


class Step(models.Model):
    """A step of a version: who did what, when, and why. `token` is the form's, so that it is done once."""

    WHATS = ("submit", "withdraw", "receive", "approve", "send_back", "supersede", "countersign")

    token = models.TextField(unique=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="steps")
    number = models.IntegerField()
    what = models.TextField(choices=[(each, each) for each in WHATS])
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    at_ms = models.BigIntegerField()
    reason = models.TextField(blank=True, default="")

    class Meta:
        """Read by paper, in order."""

        indexes = (models.Index(fields=["document", "id"], name="step_document"),)

    def __str__(self) -> str:
        return f"{self.document_id}/{self.number}/{self.what}"


class Quorum(models.Model):
    """How many people of the approving side must approve a paper of a contract (承認の人数). Without a row: one.

    More people is anybody's to ask for; fewer waits in `asked` until a second person of that side confirms it.
    """

    contract = models.TextField()
    paper = models.TextField()
    people = models.IntegerField(default=1)
    asked = models.IntegerField(null=True)
    asked_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)
    set_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        """One row for each paper."""

        constraints = (models.UniqueConstraint(fields=["contract", "paper"], name="quorum_once"),)

    def __str__(self) -> str:
        return f"{self.contract}/{self.paper}: {self.people}"


class Attachment(models.Model):
    """A file attached to a version (添付): kept byte for byte, its type told from its content, never from its name.

    `facts` is what could be read out of it: a picture's time and size, the signatures of a PDF and what they prove.
    """

    token = models.TextField(unique=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="attachments")
    number = models.IntegerField()
    name = models.TextField()
    sha256 = models.TextField()
    mime = models.TextField()
    size = models.IntegerField()
    facts = models.JSONField(default=dict)
    added_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    added_at_ms = models.BigIntegerField()
    removed_at_ms = models.BigIntegerField(null=True)
    """When it was taken off the draft again; the row stays."""

    class Meta:
        """The same content once on a version."""

        constraints = (
            models.UniqueConstraint(
                fields=["document", "number", "sha256"],
                condition=models.Q(removed_at_ms=None),
                name="attachment_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.document_id}/{self.number}/{self.sha256[:12]}"
