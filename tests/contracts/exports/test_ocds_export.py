"""A contract as OCDS: the official checker accepts it, and nothing in it is invented."""

from __future__ import annotations

import json
from typing import Any

import pytest
from exported_lives import instant, lived
from ocds_standard import check

from itaku.contracts.engine.result import Result, replay
from itaku.contracts.exports.ocds import Publication, release_package
from itaku.contracts.exports.whole import whole
from itaku.contracts.shelf import form


def package(result: Result, **more: Any) -> dict[str, Any]:
    publication = Publication(
        contract_id="C-1", published_at=instant("2026-11-24"), publisher="汐見市", prefix="ocds-a1b2c3", **more
    )
    return json.loads(json.dumps(release_package(result, publication)))


def release(result: Result, **more: Any) -> dict[str, Any]:
    (found,) = package(result, **more)["releases"]
    return found


def milestones(result: Result) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in release(result)["contracts"][0]["implementation"]["milestones"]}


def faults(found: dict[str, Any]) -> dict[str, Any]:
    """What the checker has to say beyond how much it read."""
    said = ("validation_errors", "additional_fields", "additional_closed_codelist_values", "additional_checks")
    return {name: found[name] for name in (*said, "deprecated_fields", "conformance_errors") if found.get(name)}


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("certificates", "2026-11-24"),
        ("marathon", "2026-11-24"),
        ("marathon", "2027-06-01"),
        ("marathon", "2025-11-04"),
    ],
)
def test_the_official_checker_accepts_a_contract_on_any_day(name: str, day: str) -> None:
    report = check(package(lived(name, day)))
    assert faults(report) == {}
    assert report["version_used"] == "1.1"


def test_an_unsigned_contract_of_which_nothing_was_told_is_accepted_too() -> None:
    empty = replay(form("marathon"), [], instant("2026-01-05"))
    found = package(empty)
    assert faults(check(found)) == {}
    contract = found["releases"][0]["contracts"][0]
    assert contract["status"] == "pending"
    assert not {"value", "dateSigned", "implementation", "amendments"} & set(contract)


def test_the_checker_would_refuse_a_status_that_is_not_in_the_list() -> None:
    found = package(lived("marathon", "2026-11-24"))
    found["releases"][0]["contracts"][0]["implementation"]["milestones"][0]["status"] = "late"
    del found["releases"][0]["ocid"]
    report = check(found)
    assert [each["path"] for each in report["validation_errors"]] == ["releases/0"]
    assert [each["values"] for each in report["additional_closed_codelist_values"].values()] == [["late"]]


def test_a_duty_is_a_milestone_with_its_clause_its_day_and_what_became_of_it() -> None:
    found = milestones(lived("certificates", "2026-11-24"))
    paid = found["S1-12-2[month=2026-09]"]
    assert (paid["status"], paid["dueDate"], paid["dateMet"]) == (
        "met",
        "2026-10-30T23:59:59+09:00",
        "2026-10-30T00:00:00+09:00",
    )
    late = found["S1-12-2[month=2026-08]"]
    assert (late["status"], late["dateMet"]) == ("met", "2026-10-19T00:00:00+09:00")
    assert "2026-10-01" in late["description"]
    waiting = found["S1-12-2[month=2026-10]"]
    assert (waiting["status"], waiting["code"]) == ("scheduled", "S1-12-2")
    assert "dateMet" not in waiting


def test_what_was_not_done_is_not_met_and_what_was_paid_in_part_partially() -> None:
    part = ("2026-11-30", "fees.received", {"month": "2026-10", "yen": 500_000})
    assert milestones(lived("certificates", "2026-12-02"))["S1-12-2[month=2026-10]"]["status"] == "met"
    # The history pays October on its day; the day before, a part is there.
    early = ("2026-11-20", *part[1:])
    assert (
        milestones(lived("certificates", "2026-11-24", [early]))["S1-12-2[month=2026-10]"]["status"] == "partiallyMet"
    )
    unreported = lived(
        "marathon",
        "2027-03-14",
        [("2026-11-01", "inquiry.made", {"inquiry": "X", "sort": "report", "answer_by": "2026-11-20"})],
    )
    open_duties = [each for each in milestones(unreported).values() if each["status"] == "notMet"]
    assert open_duties
    assert all("dateMet" not in each for each in open_duties)


def test_money_flows_as_it_was_told_once_for_each_payment() -> None:
    found = release(lived("marathon", "2027-06-01"))
    transactions = found["contracts"][0]["implementation"]["transactions"]
    assert [(each["date"][:10], each["value"]) for each in transactions] == [
        ("2026-05-18", {"amount": 23_760_000, "currency": "JPY"}),
        ("2027-04-16", {"amount": 67_540_000, "currency": "JPY"}),
    ]
    assert {(each["payer"]["id"], each["payee"]["id"]) for each in transactions} == {("committee", "contractor")}
    assert sum(each["value"]["amount"] for each in transactions) == found["contracts"][0]["value"]["amount"]


def test_the_remittance_goes_to_the_client_and_the_commission_to_the_contractor() -> None:
    found = release(lived("certificates", "2026-06-01"))
    flows = {
        (each["payer"]["id"], each["payee"]["id"], each["value"]["amount"])
        for each in found["contracts"][0]["implementation"]["transactions"]
    }
    copies = 1_842
    assert flows == {("contractor", "client", (300 - 123) * copies), ("client", "contractor", 123 * copies)}
    roles = {each["id"]: set(each["roles"]) for each in found["parties"]}
    assert roles == {
        "client": {"buyer", "procuringEntity", "payer", "payee"},
        "contractor": {"supplier", "payer", "payee"},
    }


def test_a_changed_term_is_an_amendment_and_a_filled_blank_is_none() -> None:
    before = release(lived("marathon", "2026-06-21"))
    after = release(lived("marathon", "2026-11-24"), amends_release="C-1-46-0")
    assert "amendments" not in before["contracts"][0]
    assert "contractAmendment" not in before["tag"]
    amended = {each["id"].partition(":")[0]: each for each in after["contracts"][0]["amendments"]}
    assert set(amended) == {"price_yen", "price_tax_yen"}
    price = amended["price_yen"]
    assert (price["date"], price["rationale"]) == ("2026-06-22T00:00:00+09:00", "変更契約の締結")
    assert price["amendsReleaseID"] == "C-1-46-0"
    assert "88000000 → 91300000" in price["description"]
    assert "contractAmendment" in after["tag"]


def test_papers_are_documents_with_the_codes_of_the_standard() -> None:
    contract = release(lived("marathon", "2026-11-24"))["contracts"][0]
    own = {each["documentType"] for each in contract["documents"]}
    reports = {each["documentType"] for each in contract["implementation"]["documents"]}
    assert own == {"contractSigned", "contractSchedule", "contractAnnexe"}
    assert reports == {"physicalProgressReport", "completionCertificate"}


def test_every_date_lies_in_japan_and_every_release_has_an_id_of_its_own() -> None:
    first, second = (release(lived("marathon", day)) for day in ("2026-06-21", "2026-06-22"))
    assert first["id"] != second["id"]
    assert first["ocid"] == second["ocid"] == "ocds-a1b2c3-C-1"
    assert first["date"] == "2026-06-21T10:00:00+09:00"
    assert first["contracts"][0]["period"] == {
        "startDate": "2025-11-04T00:00:00+09:00",
        "endDate": "2027-03-31T23:59:59+09:00",
    }


def test_a_contract_that_ran_out_is_closed() -> None:
    found = release(lived("marathon", "2027-06-01"))
    assert found["contracts"][0]["status"] == "terminated"
    assert "contractTermination" in found["tag"]


def test_our_own_form_holds_every_instance_with_its_working_and_every_event() -> None:
    result = lived("marathon", "2026-11-24")
    found = json.loads(json.dumps(whole(result, "marathon-2026")))
    assert [each["id"] for each in found["instances"]] == list(result.views)
    assert [each["id"] for each in found["events"]] == [each.id for each in result.events.events]
    assert all(each["why"] for each in found["instances"])
    assert found["terms"]["price_yen"][-1]["value"] == 91_300_000
    assert found["file_sha256"] == result.fold.contract.sha256.hex()
