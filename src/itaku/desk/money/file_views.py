"""The month's files (書類の取出し): PDF, Excel and CSV, byte for byte what `itaku settle --papers` writes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from itaku.contracts.papers.pdf import pdf
from itaku.desk.access import seat_at
from itaku.desk.asking import ask_books
from itaku.desk.files import download
from itaku.desk.money.places import place_at, places_at
from itaku.desk.money.reading import all_on_paper, on_paper
from itaku.settlement import figures
from itaku.settlement.month import Month
from itaku.settlement.month_papers import chain_paper, month_papers, nation_paper
from itaku.settlement.paper_files import month_tables
from itaku.settlement.workbook import csv_text, workbook

PAPER_WORDS: dict[str, tuple[str, str]] = {
    "collection-statement": ("手数料収納計算書", "statement of fees collected"),
    "commission-statement": ("委託手数料計算書", "statement of commission"),
    "offset-statement": ("繰替使用計算書", "statement of the offset"),
    "revenue-entry": ("調定書", "revenue entry"),
    "expense-order": ("支出命令書", "expense order"),
    "remittance-slip": ("納付書", "remittance slip"),
}
"""The papers of a month by name; the wording on the paper itself is the contract's."""


@require_safe
def paper(request: HttpRequest, municipality: str, month: str, name: str, kind: str) -> HttpResponse:
    """One file of a municipality's month."""
    place, period = place_at(request, municipality), Month.parse(month)
    result, glance = ask_books(lambda connection: on_paper(connection, municipality, period))
    tables = month_tables(glance)
    if kind == "pdf" and name in PAPER_WORDS:
        drafts = month_papers(result, glance, place.books.ja)
        if name in drafts:
            return download(pdf(drafts[name]), f"{month}-{municipality}-{name}.{kind}")
    if kind == "xlsx" and name == "statement":
        return download(workbook(tables), f"{month}-{municipality}-{name}.{kind}")
    if kind == "csv":
        for table in tables:
            if table.name == name:
                return download(csv_text(table), f"{month}-{municipality}-{name}.{kind}")
    raise Http404("paper")


@require_safe
def summary(request: HttpRequest, contract: str, month: str, kind: str) -> HttpResponse:
    """総括表: the contractor's totals of a month."""
    seat_at(request, contract)
    period = Month.parse(month)
    codes = [place.books.municipality for place in places_at(request, contract)]
    glances, _ = ask_books(lambda connection: all_on_paper(connection, codes, period))
    statements = [glance.statement for glance in glances]
    table = figures.by_municipality(statements)
    if kind == "pdf":
        as_of = max(glance.as_of for glance in glances)
        return download(pdf(nation_paper(period, statements, as_of)), f"{month}-summary.{kind}")
    return _table(table, f"{month}-summary", kind)


@require_safe
def chain(request: HttpRequest, contract: str, month: str, kind: str) -> HttpResponse:
    """事業者別計算書: one chain's tills, over the contract's municipalities."""
    seat_at(request, contract)
    period, wanted = Month.parse(month), request.GET.get("chain", "")
    codes = [place.books.municipality for place in places_at(request, contract)]
    glances, rows = ask_books(lambda connection: all_on_paper(connection, codes, period))
    mine = [row for row in rows if row.chain == wanted]
    if not mine:
        raise Http404("chain")
    if kind == "pdf":
        as_of = max(glance.as_of for glance in glances)
        return download(pdf(chain_paper(period, mine, as_of)), f"{month}-chain.{kind}")
    return _table(figures.of_chain(mine), f"{month}-chain", kind)


def _table(table: figures.Figures, name: str, kind: str) -> HttpResponse:
    if kind == "xlsx":
        return download(workbook([table]), f"{name}.{kind}")
    if kind == "csv":
        return download(csv_text(table), f"{name}.{kind}")
    raise Http404("file")
