"""Addresses of notices."""

from __future__ import annotations

from django.urls import path

from itaku.desk.notices import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("outbox/", views.outbox, name="outbox"),
    path("calendar/<str:secret>.ics", views.feed, name="calendar-feed"),
]
