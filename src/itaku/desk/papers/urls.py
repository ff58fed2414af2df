"""Addresses of papers."""

from __future__ import annotations

from django.urls import path

from itaku.desk.papers import attachment_views, filled_views, quorum_views, views

urlpatterns = [
    path("papers/", views.papers, name="papers"),
    path("papers/<str:contract>/", views.papers_of, name="papers-of"),
    path("papers/<str:contract>/quorum", quorum_views.setting, name="papers-quorum"),
    path("papers/<str:contract>/<str:paper>/new", views.new, name="paper-new"),
    path("papers/<str:contract>/sheet/<str:token>/", views.sheet, name="paper"),
    path("papers/<str:contract>/sheet/<str:token>/step", views.take_step, name="paper-step"),
    path("papers/<str:contract>/sheet/<str:token>/filled", filled_views.read_back, name="paper-filled"),
    path("papers/<str:contract>/sheet/<str:token>/filled/take", filled_views.take, name="paper-filled-take"),
    path("papers/<str:contract>/sheet/<str:token>/files", attachment_views.put_on, name="paper-attach"),
    path(
        "papers/<str:contract>/sheet/<str:token>/files/<str:attachment>",
        attachment_views.content,
        name="paper-attachment",
    ),
    path("papers/<str:contract>/sheet/<str:token>/files/<str:attachment>/off", attachment_views.off, name="paper-off"),
    path("papers/<str:contract>/sheet/<str:token>/<int:number>.<str:kind>", views.file, name="paper-file"),
]
