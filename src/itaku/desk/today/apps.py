"""The first screen as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class TodayConfig(AppConfig):
    """The first screen."""

    name = "itaku.desk.today"
    label = "today"
