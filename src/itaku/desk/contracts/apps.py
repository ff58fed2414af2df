"""Contract pages as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    """Contract pages."""

    name = "itaku.desk.contracts"
    label = "contracts"
