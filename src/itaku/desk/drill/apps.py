"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class DrillConfig(AppConfig):
    """Moving practice time."""

    name = "itaku.desk.drill"
    label = "drill"
