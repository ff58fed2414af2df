"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class ListsConfig(AppConfig):
    """Lists out and in."""

    name = "itaku.desk.lists"
    label = "lists"
