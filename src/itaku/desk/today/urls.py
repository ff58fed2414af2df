"""The first screen's addresses."""

from __future__ import annotations

from django.urls import path

from itaku.desk.today import lists, views

urlpatterns = [
    path("", views.today, name="today"),
    path("lists/due.xlsx", lists.due_workbook, name="due-workbook"),
    path("lists/due.csv", lists.due_csv, name="due-csv"),
    path("why/<str:contract>/<path:instance>", views.why_panel, name="why"),
]
