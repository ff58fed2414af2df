"""Papers as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class PapersConfig(AppConfig):
    """Papers."""

    name = "itaku.desk.papers"
    label = "papers"
