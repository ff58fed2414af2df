"""Addresses of telling events."""

from __future__ import annotations

from django.urls import path

from itaku.desk.acts import confirming_views, recorded_views, telling_views, views

urlpatterns = [
    path("acts/", views.contracts, name="acts"),
    path("acts/<str:contract>/", views.offered, name="acts-of"),
    path("acts/<str:contract>/flows", views.flows, name="acts-flows"),
    path("acts/<str:contract>/told", views.told, name="acts-told"),
    path("acts/<str:contract>/done/<str:token>", recorded_views.done, name="act-done"),
    path("acts/<str:contract>/pending/<str:token>", confirming_views.pending, name="act-pending"),
    path("acts/<str:contract>/void/<str:event_id>", recorded_views.void, name="act-void"),
    path("acts/<str:contract>/<str:kind>/", telling_views.tell, name="act"),
]
