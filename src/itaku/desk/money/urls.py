"""Addresses of money."""

from __future__ import annotations

from django.urls import path

from itaku.desk.money import case_views, clerk_views, closing_views, file_views, practice_views, views, volume_views

urlpatterns = [
    path("money/", views.books, name="money"),
    path("money/practice/", practice_views.load, name="money-practice"),
    path("money/cases/", case_views.cases, name="money-cases"),
    path("money/cases/<str:issuance>/<str:movement>/<str:side>/", case_views.case, name="money-case"),
    path("money/totals/<str:contract>/<str:month>/", views.totals, name="money-totals"),
    path("money/totals/<str:contract>/<str:month>/summary.<str:kind>", file_views.summary, name="money-summary"),
    path("money/totals/<str:contract>/<str:month>/chain.<str:kind>", file_views.chain, name="money-chain"),
    path("money/<str:municipality>/<str:month>/", views.month, name="money-month"),
    path("money/<str:municipality>/<str:month>/behind/", views.behind_a_yen, name="money-behind"),
    path("money/<str:municipality>/<str:month>/volume/", volume_views.volume, name="money-volume"),
    path("money/<str:municipality>/<str:month>/take-in", closing_views.take_in_now, name="money-take-in"),
    path("money/<str:municipality>/<str:month>/ask", closing_views.ask, name="money-ask"),
    path("money/<str:municipality>/<str:month>/decide", closing_views.decide_step, name="money-decide"),
    path("money/<str:municipality>/<str:month>/acts/", clerk_views.acts, name="money-acts"),
    path("money/<str:municipality>/<str:month>/acts/decide", clerk_views.decide_act, name="money-decide-act"),
    path("money/<str:municipality>/<str:month>/<str:name>.<str:kind>", file_views.paper, name="money-paper"),
    path("money/<str:municipality>/set/<str:issuance>/", views.issuance, name="money-issuance"),
]
