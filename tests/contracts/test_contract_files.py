"""A contract file is read whole, or every mistake in it is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from itaku.contracts.model.answers import answers
from itaku.contracts.model.formatting import formatted
from itaku.contracts.model.kinds import KINDS, kind_of
from itaku.contracts.model.loading import Source, load_contract, read_contract
from itaku.contracts.model.mistakes import ContractFileError, Mistake
from itaku.contracts.model.register import clause_of, register

HERE = Path(__file__).parent
MAIN = (HERE / "delivery.toml").read_text(encoding="utf-8")
RIDER = (HERE / "delivery-rider.toml").read_text(encoding="utf-8")


def mistakes(main: str = MAIN, rider: str = RIDER) -> list[Mistake]:
    try:
        read_contract([Source("main.toml", main.encode()), Source("rider.toml", rider.encode())])
    except ContractFileError as error:
        return list(error.mistakes)
    return []


def changed(old: str, new: str, text: str = MAIN) -> str:
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


def test_the_invented_contract_uses_every_kind_and_has_no_mistake() -> None:
    contract = load_contract(HERE / "delivery.toml")
    assert {kind_of(each) for each in contract.provisions} == {kind.__name__.lower() for kind in KINDS}
    assert contract.part_of("X1-R1") == "X1-R"
    assert contract.part_of("X1-12-2") == "X1"


def test_the_invented_contract_is_written_as_the_formatter_writes_it() -> None:
    assert formatted(MAIN) == MAIN
    assert formatted(RIDER) == RIDER


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('due.after = "10d"', 'due.aftr = "10d"', "key_unknown"),
        ('due.after = "10d"', 'due.after = "10"', "period_unreadable"),
        ('due.after = "10d"', "due.after = 10", "value_kind"),
        ('due.after = "10d"', 'due.after = "10d"\ndue.on = "term:deadline"', "due_choice"),
        ('ja = "甲は受理の日から10日以内に検査する。"\n', "", "key_missing"),
        ('kind = "power"', 'kind = "right"', "value_unknown"),
        ('discharge.event = "inspection.held"', 'discharge.event = "inspection.made"', "event_unknown"),
        ('grounds = ["X1-16-1", "X1-16-2"]', 'grounds = ["X1-16-1", "X1-16-9"]', "id_unknown"),
        ('grounds = ["X1-16-1", "X1-16-2"]', 'grounds = ["X1-16-1", "X1-0-定-甲/乙"]', "id_kind"),
        ('due.on = "term:deadline"', 'due.on = "term:dedline"', "term_unknown"),
        ('due.on = "term:deadline"', 'due.on = "term:price_yen"', "reference_misfit"),
        ("rate:mof-article-8@term:signed_on", "rate:mof-article-9@term:signed_on", "rate_unknown"),
        ("rate:mof-article-8@term:signed_on", "rate:mof-article-8", "rate_undated"),
        ("policy:X1-11-2.base", "policy:X1-11-2.bas", "policy_unknown"),
        ('value = "term:price_yen"', 'value = "term:deadline"', "reference_misfit"),
        ('paper = "late-charge-statement"', 'paper = "late-charge"', "paper_unknown"),
        ('bearer = "甲"', 'bearer = "丙"', "label_unknown"),
        ('where = {result = "pass"}', 'where = {result = "passed"}', "where_unfit"),
        ('per = ["sub_no"]\n', "", "per_missing"),
        ('per = ["term_end"]\n', "", "per_missing"),
        ('join = {sub_no = "answers"}', 'join = {sub_no = "answer"}', "key_untold"),
        ('id = "X1-2"', 'id = "X1-1"', "id_twice"),
        ('id = "X1-2"', 'id = "Y1-2"', "part_unknown"),
        ('base = "term:price_yen", share = "1/10"', 'base = "term:price_yen"', "charge_lacks"),
        ('share = "1/10"', 'share = "0.1"', "share_unreadable"),
        ('fields = {on = "date"}', 'fields = {on = "day"}', "field_type"),
        ('default = "at-signing"', 'default = "signing"', "policy_default"),
        ('value = "2027-03-31"', 'value = "令和　年　月　日"', "date_blank"),
        ('value = "2027-03-31"', 'value = "2027-02-29"', "term_value"),
        ("value = 11000000", "value = -1", "term_value"),
        ("value = 11000000", "value = 1.5", "value_kind"),
        ("[paper.completion-report]", "[papers.completion-report]", "table_unknown"),
        ('[event."work.completed"]', '[event."contract.signed"]', "event_standard"),
        ('fields = {under = "provision", until = "date"}', 'fields = {until = "date"}', "exercise_unnamed"),
        ('{do = "terminate"}', '{do = "end"}', "effect_lacks"),
        ("[contract]", "[contract", "toml_unreadable"),
        ('kind = "obligation"\n', "", "key_missing"),
    ],
)
def test_a_mistake_is_named_at_its_line(old: str, new: str, code: str) -> None:
    text = changed(old, new)
    found = [each for each in mistakes(text) if each.code == code]
    assert found, mistakes(text)
    assert all(1 <= each.line <= text.count("\n") + 1 for each in found)
    assert all(each.file == "main.toml" for each in found)


def test_the_line_is_that_of_the_wrong_key_itself() -> None:
    text = changed('due.after = "30d"', 'due.after = "30x"')
    (mistake,) = mistakes(text)
    assert text.splitlines()[mistake.line - 1] == 'due.after = "30x"'
    assert mistake.clause == "X1-13-3"


def test_all_mistakes_are_reported_in_both_files_at_once() -> None:
    text = changed('due.after = "10d"', 'due.aftr = "10d"\ndue.vor = 3')
    found = mistakes(text, changed('probe = "transport.encrypted"\n', "", RIDER))
    assert [(each.file, each.code) for each in found if each.code != "due_choice"] == [
        ("main.toml", "key_unknown"),
        ("main.toml", "key_unknown"),
        ("rider.toml", "requirement_unprovable"),
    ]


def test_a_duty_whose_bearer_accepts_its_own_performance_is_refused() -> None:
    rider = changed('[event."plan.approved"]\nja = "計画の承認"\nen = "Plan approved"\nby = "発注者"', "", RIDER)
    rider += '\n[event."plan.approved"]\nja = "承認"\nen = "approved"\nby = "受注者"\nkeys = ["device"]\n'
    rider = changed('keys = ["device"]\n\n[[provision]]\nid = "X1-R1"', '[[provision]]\nid = "X1-R1"', rider)
    assert [each.code for each in mistakes(rider=rider)] == ["bearer_accepts"]


def test_provisions_that_wait_for_one_another_are_refused() -> None:
    text = changed('any_of = ["X1-16-1"]', 'any_of = ["X1-17b"]')
    text += '\n[[provision]]\nid = "X1-17b"\nkind = "condition"\nja = "輪"\nen = "circle"\n'
    text += 'trigger.holds = "X1-17"\n'
    assert [each.code for each in mistakes(text)] == ["circular"]


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    with pytest.raises(ContractFileError) as refused:
        read_contract([Source("main.toml", b'[contract]\nid = "\xff"\n')])
    assert [(each.line, each.code) for each in refused.value.mistakes][-1] == (2, "not_utf8")


def test_a_missing_rider_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(MAIN, encoding="utf-8")
    with pytest.raises(ContractFileError) as refused:
        load_contract(tmp_path / "x.toml")
    assert refused.value.mistakes[0].code == "file_missing"


def test_an_unanswered_clause_of_a_registered_contract_is_named() -> None:
    text = '[contract]\nid = "S1"\nja = "案"\nen = "draft"\n\n[parts.S1]\nja = "本文"\nen = "main"\n'
    text += '\n[[provision]]\nid = "S1-1"\nkind = "definition"\nja = "目的"\nen = "purpose"\n'
    with pytest.raises(ContractFileError) as refused:
        read_contract([Source("s1.toml", text.encode())])
    found = {each.clause for each in refused.value.mistakes if each.code == "clause_unanswered"}
    assert len(found) == 115
    assert "S1-1" not in found
    assert len(read_contract([Source("s1.toml", text.encode())], complete=False).provisions) == 1


def test_the_register_lists_every_clause_once() -> None:
    ids = [clause for each in register().values() for clause in each]
    assert len(ids) == len(set(ids)) == 397


def test_a_clause_id_with_a_slash_of_its_own_is_not_cut() -> None:
    assert clause_of("S1-0-定-甲/乙") == "S1-0-定-甲/乙"
    assert clause_of("S1-17-1/通知") == "S1-17-1"


def test_each_clause_is_answered_by_its_kind() -> None:
    found = {each.clause: each.answer for each in answers(load_contract(HERE / "delivery.toml"))}
    assert found["X1-12-2"] == "rule"
    assert found["X1-12-1"] == "paper"
    assert found["X1-D2"] == "evidence"
    assert found["X1-23"] == "outside"


def test_the_formatter_orders_keys_and_keeps_every_comment() -> None:
    text = (
        "# top\n\n[contract]\nid='X'   # id\n\n# about it\n[[provision]]\n# why\nja='要約'\nid='X-1'\n"
        "list=[\n 1, # one\n 2]\n# last\n"
    )
    done = formatted(text)
    assert done == (
        '# top\n\n[contract]\nid = "X"  # id\n\n# about it\n[[provision]]\nid = "X-1"\n# why\nja = "要約"\n'
        "list = [\n 1, # one\n 2]\n\n# last\n"
    )
    assert formatted(done) == done
