"""Why a paper is not drafted: every refusal of this room."""

from __future__ import annotations

from itaku.basis.errors import ItakuError


class PaperError(ItakuError):
    """Base of the room's errors."""


class PaperUnknownError(PaperError):
    """The contract has no paper of that name."""

    code = "paper_unknown"
    ja = "その名前の書類はこの契約にありません。itaku contract papers で一覧を見てください。"
    en = "The contract has no paper of that name. `itaku contract papers` lists them."


class PaperInstanceError(PaperError):
    """The instance does not exist, or is none of those for which the paper is made; or several fit and none is named.

    `detail` lists those that fit.
    """

    code = "paper_instance"
    ja = "どの義務・権利についての書類かが決まりません。--instance で一つを指定してください。"
    en = "It is not clear which duty or right the paper is about. Name one with --instance."


class PaperEntryError(PaperError):
    """Something entered names no blank of the paper, does not fit its type, or would replace what is computed."""

    code = "paper_entry"
    ja = "記入が書類の欄に合いません。欄の名前と形を確かめてください。計算された値は書き換えられません。"
    en = "What was entered does not fit the paper's blanks. Computed values cannot be overwritten."


class PaperNotMadeError(PaperError):
    """The typesetter could not make the pages."""

    code = "paper_not_made"
    ja = "書類を組版できませんでした。"
    en = "The paper could not be typeset."
