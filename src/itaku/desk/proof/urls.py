"""Addresses of proof."""

from __future__ import annotations

from django.urls import path

from itaku.desk.proof import views

urlpatterns = [path("proof/<str:contract>/", views.proof, name="proof")]
