"""Errors of the books of settlement at the desk."""

from __future__ import annotations

from itaku.basis.errors import ItakuError


class BooksAbsentError(ItakuError):
    """The desk was given no way to the books."""

    code = "books_absent"
    ja = "この机には、手数料の帳簿がつながっていません。運用の担当に知らせてください。"
    en = "No books of fees are connected to this desk. Tell your operator."
