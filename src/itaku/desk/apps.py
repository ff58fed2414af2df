"""The desk as a Django app: the frame of all pages, its template tags and its style sheet."""

from __future__ import annotations

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The frame."""

    name = "itaku.desk"
    label = "desk"
