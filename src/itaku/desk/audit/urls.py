"""Addresses of the audit trail."""

from __future__ import annotations

from django.urls import path

from itaku.desk.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/notes.csv", views.notes_file, name="audit-file"),
]
