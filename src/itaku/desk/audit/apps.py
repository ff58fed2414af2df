"""The audit trail as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit trail."""

    name = "itaku.desk.audit"
    label = "audit"

    def ready(self) -> None:
        """Listens to sign-ins."""
        from itaku.desk.audit import signing_in  # noqa: PLC0415 models are there only now

        signing_in.listen()
