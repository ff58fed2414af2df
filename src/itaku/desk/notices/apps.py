"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """Calendar feeds and mails."""

    name = "itaku.desk.notices"
    label = "notices"
