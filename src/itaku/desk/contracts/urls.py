"""Addresses of contracts."""

from __future__ import annotations

from django.urls import path

from itaku.desk.contracts import schedule_views, views, what_if_views

urlpatterns = [
    path("contracts/", views.contracts, name="contracts"),
    path("contracts/<str:contract>/", views.contract_page, name="contract"),
    path("contracts/<str:contract>/what-if/", what_if_views.what_if, name="what-if"),
    path("contracts/<str:contract>/schedule/", schedule_views.schedule, name="schedule"),
    path("contracts/<str:contract>/schedule.xlsx", schedule_views.schedule_file, name="schedule-file"),
]
