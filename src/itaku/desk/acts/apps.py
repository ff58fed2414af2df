"""Acts as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ActsConfig(AppConfig):
    """Telling events."""

    name = "itaku.desk.acts"
    label = "acts"
