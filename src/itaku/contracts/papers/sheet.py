"""How a draft is arranged on paper (紙面): its numbered parts in order, the same for the PDF and for the Word file."""

from __future__ import annotations

import msgspec

from itaku.basis.clock import to_jst
from itaku.basis.eras import era_date
from itaku.basis.rounding import Rounding
from itaku.basis.working import Line, moment_ja
from itaku.contracts.papers.content import Entry, PaperDraft, Person, Table, Working

DRAFT = "案"


class Cell(msgspec.Struct, frozen=True):
    """A cell of a list: Japanese, with English under it; a figure stands to the right."""

    ja: str
    en: str = ""
    figure: bool = False


class Part(msgspec.Struct, frozen=True):
    """A numbered part under the form: workings, or a list with a header. `columns` are mm, 0 what is left."""

    ja: str
    en: str
    lead: str = ""
    workings: tuple[Working, ...] = ()
    columns: tuple[int, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()


def parts(draft: PaperDraft) -> tuple[Part, ...]:
    """Everything under the form, without the parts that have nothing to say."""
    found = (
        *(_table(each) for each in draft.tables),
        Part("計算と期限の根拠", "Working", workings=draft.workings),
        _changes(draft),
        _grounds(draft),
        _readings(draft),
        _clauses(draft),
        _notes(draft),
        _waiting(draft),
        _handling(draft),
    )
    return tuple(each for each in found if each.workings or each.rows)


def _table(table: Table) -> Part:
    rows = tuple(tuple(Cell(cell.ja, cell.en, cell.figure) for cell in row) for row in table.rows)
    return Part(table.ja, table.en, table.lead, columns=table.columns, header=table.header, rows=rows)


def _changes(draft: PaperDraft) -> Part:
    return Part(
        "この書面が効力を生じたときの変更",
        "What would change",
        "この契約を、この書面のとおりになったものとして再計算し、今と比べた結果。",
        columns=(0, 46, 46),
        header=("項目", "現在", "変更後"),
        rows=tuple((Cell(each.ja, each.en), Cell(each.before), Cell(each.after)) for each in draft.changes),
    )


def _grounds(draft: PaperDraft) -> Part:
    rows = tuple(
        (
            Cell(each.role_ja, each.role_en),
            Cell(each.ja, each.en),
            Cell("当たる" if each.holds else "当たらない", "so" if each.holds else "not so"),
            Cell(each.clause),
        )
        for each in draft.grounds
    )
    header = ("区分", "条件（要約）", "現在", "条項")
    return Part("事由・前提・例外", "Grounds", columns=(16, 0, 20, 32), header=header, rows=rows)


def _readings(draft: PaperDraft) -> Part:
    rows = tuple(
        (
            Cell(each.ja, each.en),
            Cell(each.option_ja + ("（既定）" if each.default else "（選択）"), each.option_en),
            Cell(each.name),
        )
        for each in draft.readings
    )
    header = ("解釈方針", "採った読み方", "方針の名")
    return Part("採用した解釈方針", "Readings chosen", columns=(0, 62, 34), header=header, rows=rows)


def _clauses(draft: PaperDraft) -> Part:
    rows = tuple((Cell(each.place, each.id), Cell(each.ja, each.en)) for each in draft.clauses)
    lead = "要約であり、条文そのものではない。"
    return Part("関係する条項", "Clauses, summarised", lead, columns=(46, 0), header=("条項", "要約"), rows=rows)


def _notes(draft: PaperDraft) -> Part:
    rows = tuple((Cell(each.clause), Cell(each.ja, each.en)) for each in draft.notes)
    return Part("契約文の注意", "Notes on the text", columns=(34, 0), header=("条項", "注意"), rows=rows)


def _waiting(draft: PaperDraft) -> Part:
    rows = tuple((Cell(each.ja, each.en), Cell(each.why_ja, each.why_en), Cell(each.clause)) for each in draft.waiting)
    header = ("記入を待つ欄", "理由", "待っている条項")
    return Part("記入を待つ欄", "Blanks", columns=(50, 0, 34), header=header, rows=rows)


def _handling(draft: PaperDraft) -> Part:
    """Who makes and approves the paper, why it is still a draft, and every digest in full."""
    made = draft.provenance
    rows = [
        (Cell("作成", "Drafted by"), Cell(draft.drafter)),
        (Cell("承認", "Approved by"), Cell(draft.approver or "要しない", "" if draft.approver else "not required")),
        (Cell("部数", "Copies"), Cell(f"{draft.copies}通")),
        (
            Cell("状態", "State"),
            Cell(
                f"登録済（出来事 {draft.filed}）" if not is_draft(draft) else DRAFT,
                "filed" if not is_draft(draft) else "draft",
            ),
        ),
        *_reasons(draft),
        (Cell("基準日時", "As of"), Cell(f"{_as_of(draft)}\n出来事の番号 seq {made.seq}、計算の版 {made.engine}")),
        (Cell("契約ファイル（SHA-256）", "Contract file"), Cell(made.contract_sha256)),
        (Cell("率の表（SHA-256）", "Rates"), Cell(made.rates_sha256)),
        (Cell("休日の暦（SHA-256）", "Calendar"), Cell(made.calendar_sha256)),
        (Cell("方針の選択（SHA-256）", "Policies chosen"), Cell(made.policies_sha256)),
    ]
    ja, en = "取扱いと出所", "Handling and provenance"
    return Part(ja, en, columns=(46, 0), header=("項目", "内容"), rows=tuple(rows))


def _reasons(draft: PaperDraft) -> list[tuple[Cell, Cell]]:
    if not draft.unsettled:
        return []
    ja, en = (each.ja for each in draft.unsettled), (each.en for each in draft.unsettled)
    return [(Cell("案である理由", "Why a draft"), Cell("\n".join(ja), "; ".join(en)))]


def is_draft(draft: PaperDraft) -> bool:
    """Whether it must be marked as a draft: anything is unsettled."""
    return bool(draft.unsettled)


def draft_label(draft: PaperDraft) -> str:
    """What stands at the head of every sheet."""
    return f"{DRAFT}　{draft.unsettled[0].ja}" if is_draft(draft) else f"登録済　出来事 {draft.filed}"


def running(draft: PaperDraft) -> str:
    """Title and subject, at the head of every sheet."""
    return "　".join(each for each in (draft.title_ja, draft.instance or place_of(draft)) if each)


def place_of(draft: PaperDraft) -> str:
    """The clause under which a paper without a subject stands."""
    return draft.clauses[0].id if draft.clauses else draft.contract


def footer(draft: PaperDraft) -> tuple[str, ...]:
    """As-of, seq and the digests, shortened; in full they stand in the last part."""
    made = draft.provenance
    rest = f"方針 {made.policies_sha256[:16]}　計算 {made.engine}"
    return (
        f"{draft.contract_ja}（{draft.contract}）　基準 {_as_of(draft)}　seq {made.seq}",
        f"契約 {made.contract_sha256[:16]}　率 {made.rates_sha256[:16]}　暦 {made.calendar_sha256[:16]}　{rest}",
    )


def _as_of(draft: PaperDraft) -> str:
    instant = draft.provenance.as_of
    return f"{era_date(to_jst(instant).date())}（{moment_ja(instant)}）"


def honorific(person: Person) -> str:
    """様 for a name; あて for a body of which only the contract's word stands there."""
    return "様" if person.blank is not None or person.name != person.known_as else "あて"


def blank_text(entry: Entry) -> str:
    """What stands small in a blank: that it is one, the clause that waits, and why."""
    assert entry.blank is not None, "asked of blanks only"
    return f"未記入　{entry.blank.clause}　{entry.blank.why_ja}"


def basis(line: Line) -> str:
    """On what a line of working rests, in words where it is a rule of the product and no clause."""
    text = line.clause
    for rule in Rounding:
        text = text.replace(rule.value, "端数処理の規則")
    return _BASES.get(text, text)


_BASES = {"asof": "基準日"}
