"""Addresses of lists."""

from __future__ import annotations

from django.urls import path

from itaku.desk.lists import views

urlpatterns = [
    path("lists/<str:contract>/", views.lists, name="lists"),
    path("lists/<str:contract>/<str:name>.xlsx", views.as_workbook, name="list-workbook"),
    path("lists/<str:contract>/<str:name>.csv", views.as_csv, name="list-csv"),
    path("lists/<str:contract>/<str:name>/", views.brought, name="list-brought"),
]
