"""Accounts as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "itaku.desk.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Follows where people are signed in, and says what two persons do."""
        from itaku.desk.accounts import privileged, sessions  # noqa: PLC0415 models are there only now

        sessions.listen()
        privileged.register_kinds()
