"""Duties (役割): what people do at a contract, each from a clause that names it or from the desk's own needs."""

from __future__ import annotations

from typing import NamedTuple


class Duty(NamedTuple):
    """A duty for people, and the clause that names it ("" where the desk alone needs it)."""

    ja: str
    en: str
    clause: str


DUTIES = {
    "officer": Duty("契約担当", "contract officer", ""),
    "inspector": Duty("検査員", "inspector", "S2-12-2"),
    "treasurer": Duty("出納", "treasurer", "S2-13-3"),
    "manager": Duty("業務管理者", "contractor's manager", ""),
    "chief_engineer": Duty("業務主任技術者", "chief engineer", "S2-4-1"),
    "personal_data_manager": Duty("個人情報取扱責任者", "personal data manager", "S2-P3-1"),
    "data_handling_manager": Duty("データ取扱責任者", "data handling manager", "S2-D4.1-1"),
    "store_staff": Duty("店舗担当", "store staff", ""),
    "maintenance": Duty("保守担当", "maintenance staff", ""),
    "operator": Duty("コンビニ事業者担当", "store operator's staff", ""),
    "auditor": Duty("監査", "auditor", ""),
    "administrator": Duty("利用者管理", "account administrator", ""),
}
"""All duties by name."""
