"""Addresses of the drill. Outside the sandbox they answer as if they were not there."""

from __future__ import annotations

from django.urls import path

from itaku.desk.drill import views

urlpatterns = [path("drill/", views.drill, name="drill")]
