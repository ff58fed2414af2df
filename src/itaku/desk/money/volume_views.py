"""Charts of volume (通数のグラフ): by hour, kind and place, each with its table beside."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itaku.desk.asking import ask_books
from itaku.desk.money.charts import lying, standing
from itaku.desk.money.places import place_at
from itaku.issuance.protocol.kinds import KIND_TITLE, Kind
from itaku.settlement.month import Month
from itaku.settlement.volumes import volumes


@require_safe
def volume(request: HttpRequest, municipality: str, month: str) -> HttpResponse:
    """A month's volume, as the center delivered it."""
    place, period = place_at(request, municipality), Month.parse(month)
    found = ask_books(lambda connection: volumes(connection, municipality, period))
    language = 1 if getattr(request, "lang", "ja") == "en" else 0
    kinds = [(KIND_TITLE[Kind(each.name)][language], each) for each in found.by_kind]
    context = {
        "place": place,
        "books": place.books,
        "month": period,
        "hours": standing([(each.name, each.copies) for each in found.by_hour]),
        "hour_rows": found.by_hour,
        "kinds": lying([(name, each.copies) for name, each in kinds]),
        "kind_rows": kinds,
        "kiosks": lying([(each.name, each.copies) for each in found.by_place]),
        "kiosk_rows": found.by_place,
    }
    return render(request, "money/volume.html", context)
