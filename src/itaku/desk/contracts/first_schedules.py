"""The first works schedules of a desk (最初の業務工程表), from a file; versions that people make come after them."""

from __future__ import annotations

from pathlib import Path

import msgspec

from itaku.desk.accounts.models import Membership
from itaku.desk.asking import clock
from itaku.desk.contracts.models import WorksSchedule
from itaku.desk.schedules_file import FirstSchedule


def take_in_schedules(file: Path) -> int:
    """Keeps each schedule whose contract has none, as its contractor's first person made it. How many.

    Raises `OSError`, `MsgspecError`.
    """
    count = 0
    for each in msgspec.json.decode(file.read_bytes(), type=list[FirstSchedule]):
        seat = Membership.objects.filter(contract=each.contract, party="contractor").order_by("pk").first()
        if seat is None or WorksSchedule.objects.filter(contract=each.contract).exists():
            continue
        WorksSchedule.objects.create(
            contract=each.contract,
            version=each.version,
            rows=each.rows,
            made_by=seat.person,
            made_at_ms=int(clock().now()),
        )
        count += 1
    return count
