"""Lives of the marathon contract for its riders' scenarios: signing, endings, set days and payments, in a line each."""

from __future__ import annotations

from contracts_lives import Life

from itaku.contracts.engine.result import View
from itaku.contracts.shelf import form

MARATHON = form("marathon")
PRICE_YEN = 11_000_000


def signed(price_yen: int | None = PRICE_YEN) -> Life:
    """The contract signed on 4 November 2025, its price filled in unless it stays blank."""
    life = Life(MARATHON, "2025-11-04")
    if price_yen is not None:
        life.tell("2025-11-04", "term.set", term="price_yen", yen=price_yen)
    return life


def found(life: Life, day: str, on: str, *, result: bool = True, instance: str | None = None) -> None:
    """An official finds that a condition holds, or not, in general or for one instance."""
    about = {} if instance is None else {"instance": instance}
    life.tell(day, "finding.made", on=on, result=result, person="担当者", reason="調べた結果", **about)


def proved(life: Life, day: str, instance: str, *slots: str, expires_on: str | None = None) -> None:
    """Documents go into slots of one instance."""
    stated = {} if expires_on is None else {"expires_on": expires_on}
    for slot in slots:
        under = instance.partition("[")[0]
        life.tell(day, "evidence.filed", under=under, slot=slot, sha256="00" * 32, instance=instance, **stated)


def chosen(life: Life, day: str, policy: str, option: str) -> None:
    """The parties' reading of a disputed clause."""
    life.tell(day, "policy.chosen", policy=policy, option=option)


def terminated(life: Life, day: str, *under: str, case: str = "T1", by: str | None = "prefecture") -> None:
    """Notice of termination under one or several provisions, by one client or (None) by both together."""
    life.tell(day, "termination.notified", case=case, under=list(under), told_by=by)


def day_set(life: Life, day: str, instance: str, until: str) -> None:
    """The client names the day by which a duty is to be performed."""
    life.tell(day, "date.set", under=instance.partition("[")[0], date=until, instance=instance)


def paid(life: Life, day: str, instance: str, yen: int) -> None:
    """Money paid on one debt."""
    life.tell(day, "payment.made", under=instance.partition("[")[0], instance=instance, yen=yen)


def of(life: Life, day: str, provision: str) -> View:
    """The one instance of a provision on a day."""
    names = [name for name, view in life.on(day).views.items() if view.provision == provision]
    assert len(names) == 1, names
    return life.view(day, names[0])
