"""The first screen's addresses."""

from __future__ import annotations

from django.urls import path

from itaku.desk.today import views

urlpatterns = [
    path("", views.today, name="today"),
    path("why/<str:contract>/<path:instance>", views.why_panel, name="why"),
]
