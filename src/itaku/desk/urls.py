"""The desk's addresses."""

from __future__ import annotations

from django.urls import include, path

from itaku.desk import page

urlpatterns = [
    path("language/", page.choose_language, name="language"),
    path("healthz", page.healthz),
    path("", include("itaku.desk.accounts.urls")),
    path("", include("itaku.desk.today.urls")),
    path("", include("itaku.desk.acts.urls")),
    path("", include("itaku.desk.contracts.urls")),
    path("", include("itaku.desk.papers.urls")),
    path("", include("itaku.desk.audit.urls")),
    path("", include("itaku.desk.drill.urls")),
    path("", include("itaku.desk.money.urls")),
    path("", include("itaku.desk.proof.urls")),
    path("", include("itaku.desk.notices.urls")),
    path("", include("itaku.desk.lists.urls")),
]
