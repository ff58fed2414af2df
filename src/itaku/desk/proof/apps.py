"""The app's name."""

from __future__ import annotations

from django.apps import AppConfig


class ProofConfig(AppConfig):
    """Bundles of proof."""

    name = "itaku.desk.proof"
    label = "proof"
