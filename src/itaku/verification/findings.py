"""What an examination says: what is proved, what is refuted, what stays open, each in plain words."""

from __future__ import annotations

import enum

import msgspec


class State(enum.StrEnum):
    """How one question stands."""

    PROVED = "proved"
    REFUTED = "refuted"
    OPEN = "open"


class Verdict(enum.StrEnum):
    """The whole in a word."""

    PROVED = "proved"
    """Issuer and content are proved, of every sheet that was handed in."""
    PARTLY = "partly"
    """A code is genuine, but what else stands on the paper was not compared."""
    REFUTED = "refuted"
    """Something contradicts the issuer's signature."""
    VOID = "void"
    """The issuer says that the set was refunded and is void, whatever else is proved of the paper (S1-8-1)."""
    NOT_DELIVERED = "not_delivered"
    """The issuer says that no certificate with this number was delivered."""
    NOTHING = "nothing"
    """No code of a known issuer was found: that proves nothing, neither way."""


class Check(msgspec.Struct, frozen=True):
    """One question, how it stands, and the words for it."""

    name: str
    state: State
    ja: str
    en: str


CHECKS: dict[str, tuple[State, str, str]] = {
    "code_genuine": (
        State.PROVED,
        "二次元コードは、{issuer}が発行したものです。",
        "The 2-D code was made by {issuer_en}.",
    ),
    "code_out_of_time": (
        State.REFUTED,
        "二次元コードの鍵は、この発行日には使われていません。",
        "The code's key was not in use on that day.",
    ),
    "code_other_issuer": (
        State.REFUTED,
        "二次元コードに書かれた市区町村と、署名した市区町村が違います。",
        "The code names another municipality than the one that signed it.",
    ),
    "code_forged": (
        State.REFUTED,
        "二次元コードの署名が正しくありません。偽造か、書き換えの疑いがあります。",
        "The code's signature does not hold: it may be forged or altered.",
    ),
    "code_unknown_issuer": (
        State.OPEN,
        "二次元コードの発行者の鍵が、この鍵の一覧にありません。確かめられません。",
        "The code's issuer is not among the published keys used here, so it cannot be verified.",
    ),
    "code_missing": (
        State.OPEN,
        "証明書の二次元コードが見つかりません。表の左下を、影なく、大きく写してください。",
        "No certificate code was found. Show the lower left of the front, large and without shadow.",
    ),
    "file_genuine": (
        State.PROVED,
        "PDFファイルは発行者の署名のとおりで、1文字も変わっていません。",
        "The PDF is as the issuer signed it, to the last byte.",
    ),
    "file_altered": (
        State.REFUTED,
        "PDFファイルの署名が正しくありません。書き換えられたか、発行者のものではありません。",
        "The PDF's signature does not hold: it was altered, or is not the issuer's.",
    ),
    "file_unsigned": (
        State.OPEN,
        "署名のないPDFなので、紙を読み取った画像として調べました。",
        "The PDF bears no signature; it was examined as pictures of paper.",
    ),
    "back_genuine": (
        State.PROVED,
        "裏面の画像は、この表のために発行者が署名したものです。下に、発行されたときの表を示します。",
        "The back was signed by the issuer for this very front. The front as issued is shown below.",
    ),
    "back_missing": (
        State.OPEN,
        "裏面がないため、二次元コードにない記載(住所など)は確かめられません。裏面も読み取ってください。",
        "Without the back, what is not in the code (such as the address) cannot be verified. Scan the back as well.",
    ),
    "back_unreadable": (
        State.OPEN,
        "裏面を読み取れません。折り目や影がないようにして、300dpiで読み取ってください。",
        "The back cannot be read. Scan it flat at 300 dpi.",
    ),
    "front_same": (
        State.PROVED,
        "読み取った表は、発行されたときの表と同じです(枠の中を比べました)。",
        "The scanned front is the same as the issued one (compared inside the frames).",
    ),
    "front_different": (
        State.REFUTED,
        "読み取った表に、発行されたときの表と違うところがあります。赤い枠のところを目で確かめてください。",
        "The scanned front differs from the issued one. Look at the places framed in red.",
    ),
    "front_not_compared": (
        State.OPEN,
        "表を重ねて比べられませんでした。下の「発行されたときの表」と、紙を目で比べてください。",
        "The fronts could not be laid over each other. Compare the paper with the front as issued, shown below.",
    ),
    "front_too_coarse": (
        State.OPEN,
        "読み取りが粗いので、表が同じかどうかは決められません。300dpiで読み取るか、下の二つを目で比べてください。",
        "The scan is too coarse to tell whether the fronts are the same. Scan at 300 dpi, or compare the two by eye.",
    ),
    "sheets_missing": (
        State.OPEN,
        "{pages}枚のうち{found}枚だけです。証明書は全部そろって1通です。",
        "Only {found} of {pages} sheets. A certificate is all of its sheets together.",
    ),
    "print_first": (
        State.OPEN,
        "裏面の検出模様は、初めて印刷されたときの様子です(目安であり、証明ではありません)。",
        "The detection pattern looks as first printed (a hint, no proof).",
    ),
    "print_copy": (
        State.OPEN,
        "裏面の検出模様から見ると、これは複写(コピー)のようです。原本を求めてください。",
        "Judging by the detection pattern this is a photocopy. Ask for the original.",
    ),
    "void_offline": (
        State.OPEN,
        "返金などにより無効になったかどうかは、ここでは分かりません(通信して発行者に尋ねたときだけ分かります)。",
        "Whether it was voided (after a refund, for example) is not known here: void or not is answered online only.",
    ),
    "void_no": (
        State.PROVED,
        "発行者に尋ねました({at}): 番号{number}は交付されていて、取り消されていません。",
        "The issuer was asked ({at}): number {number} was delivered, and is not void.",
    ),
    "void_yes": (
        State.REFUTED,
        "発行者に尋ねました({at}): 番号{number}は返金済・無効です。この証明書は使えません。",
        "The issuer was asked ({at}): number {number} was refunded and is void. It does not count.",
    ),
    "void_never_delivered": (
        State.REFUTED,
        "発行者に尋ねました({at}): 番号{number}は、交付の記録がありません。交付の直後なら、数分後にお試しください。",
        "The issuer was asked ({at}): no record that {number} was delivered. If just issued, try again soon.",
    ),
    "void_unknown_number": (
        State.REFUTED,
        "発行者に尋ねました({at}): 番号{number}の証明書は、発行者の記録にありません。発行者に問い合わせてください。",
        "The issuer was asked ({at}): it has no certificate with number {number}. Please ask the issuer.",
    ),
    "void_unasked": (
        State.OPEN,
        "番号{number}: 取消しの有無は確認できませんでした(発行者から答えがありません)。後でもう一度お試しください。",
        "Number {number}: whether it was voided could not be confirmed (no answer from the issuer). Try again later.",
    ),
}
"""Every check with its state and words; words in braces are filled in."""


def check(name: str, **words: object) -> Check:
    """The check of this name, its words filled in."""
    state, ja, en = CHECKS[name]
    return Check(name, state, ja.format(**words), en.format(**words))


class PersonShown(msgspec.Struct, frozen=True):
    """A person as the code names them."""

    name: str
    birth_date: str
    """ISO date."""


class SheetFinding(msgspec.Struct, frozen=True):
    """One sheet whose code is genuine."""

    issuer: str
    issuer_en: str
    municipality: str
    kind: str
    kind_ja: str
    kind_en: str
    issued_on: str
    """ISO date."""
    serial_number: str
    page: int
    pages: int
    people: tuple[PersonShown, ...]
    checks: tuple[Check, ...]
    text: str = ""
    """All text of the front as issued, without white space; empty without its back."""
    issued_png: bytes = b""
    """The front as issued; empty without its back."""
    uploaded_png: bytes = b""
    """The uploaded front laid straight, differences framed."""


class Examination(msgspec.Struct, frozen=True):
    """The result for everything that was handed in together."""

    verdict: Verdict
    checks: tuple[Check, ...]
    """What concerns no single sheet."""
    sheets: tuple[SheetFinding, ...]


VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.PROVED: (
        "発行者と記載内容が確かめられました",
        "Issuer and content are proved",
    ),
    Verdict.PARTLY: (
        "二次元コードは本物です。ただし、紙のほかの記載は確かめていません",
        "The code is genuine, but the rest of the paper was not verified",
    ),
    Verdict.REFUTED: (
        "発行されたものと違います",
        "This is not as it was issued",
    ),
    Verdict.VOID: (
        "返金済・無効の証明書です。使えません",
        "Refunded and void: this certificate does not count",
    ),
    Verdict.NOT_DELIVERED: (
        "交付された記録のない証明書です",
        "There is no record that this certificate was delivered",
    ),
    Verdict.NOTHING: (
        "確かめられませんでした",
        "Nothing could be verified",
    ),
}
"""The verdict in a line."""


def verdict_of(checks: tuple[Check, ...], sheets: tuple[SheetFinding, ...], *, complete: bool) -> Verdict:
    """The whole from its parts: one contradiction refutes, and only what was compared throughout is proved."""
    every = [*checks, *(one for sheet in sheets for one in sheet.checks)]
    if any(one.state is State.REFUTED for one in every):
        return Verdict.REFUTED
    if not sheets:
        return Verdict.NOTHING
    file_proved = any(one.name == "file_genuine" for one in checks)
    compared = all(any(one.name == "front_same" for one in sheet.checks) for sheet in sheets)
    return Verdict.PROVED if complete and (file_proved or compared) else Verdict.PARTLY


def with_standings(examination: Examination, told: tuple[Check, ...]) -> Examination:
    """The examination with the issuers' answers in the place of `void_offline`.

    What contradicts the signature stays first: an answer about a number says nothing of an altered paper. Nothing turns
    better by an answer, and one certificate that is void or was never delivered decides for all that were handed in.
    """
    names = {one.name for one in told}
    verdict = examination.verdict
    if verdict is not Verdict.REFUTED:
        if "void_yes" in names:
            verdict = Verdict.VOID
        elif names & {"void_never_delivered", "void_unknown_number"}:
            verdict = Verdict.NOT_DELIVERED
    kept = tuple(one for one in examination.checks if one.name != "void_offline")
    return msgspec.structs.replace(examination, verdict=verdict, checks=(*kept, *told))
