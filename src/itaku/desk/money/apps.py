"""Money as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class MoneyConfig(AppConfig):
    """Pages of settlement."""

    name = "itaku.desk.money"
    label = "money"
