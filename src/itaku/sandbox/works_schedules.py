"""The demonstration's works schedules (見本の業務工程表): the marathon's, from its signing to its last paper."""

from __future__ import annotations

from typing import Any

import msgspec

from itaku.desk.schedules_file import FirstSchedule
from itaku.sandbox.desk_people import MARATHON

_MARATHON = (
    ("業務計画書の作成", "2025-11-04", "2025-11-28", "2025-11-27", False),
    ("データ管理計画書の作成と承認", "2025-11-10", "2025-11-18", "2025-11-18", False),
    ("コース・交通規制の計画", "2025-12-01", "2026-03-13", "2026-03-12", False),
    ("令和7年度の業務完了報告", "2026-03-25", "2026-03-25", "2026-03-25", True),
    ("計測業者の選定と再委託", "2026-01-13", "2026-02-02", "2026-02-02", False),
    ("参加者の募集と申込受付", "2026-04-13", "2026-06-30", "2026-06-30", False),
    ("ボランティアの募集と研修", "2026-05-11", "2026-10-16", "", False),
    ("参加賞・物品の調達", "2026-06-15", "2026-09-30", "", False),
    ("ナンバーカードの発送", "2026-09-14", "2026-10-09", "", False),
    ("会場の設営", "2026-11-02", "2026-11-07", "", False),
    ("大会当日", "2026-11-08", "2026-11-08", "", True),
    ("撤去・記録証の発送", "2026-11-09", "2026-12-18", "", False),
    ("データの返却・抹消", "2027-01-12", "2027-02-26", "", False),
    ("業務完了報告", "2027-03-15", "2027-03-15", "", True),
)
"""Each work: its name, first and last day, the day to which it is done, whether it is a milestone."""


def schedules() -> bytes:
    """The file of first schedules."""
    names = ("name", "first", "last", "done_to", "milestone")
    rows: list[dict[str, Any]] = [dict(zip(names, each, strict=True)) for each in _MARATHON]
    return msgspec.json.encode([FirstSchedule(MARATHON, "1", rows)])
