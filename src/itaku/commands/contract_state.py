"""`itaku contracts`, `itaku contract show`, `itaku contract why`: contracts as they stand, each date explained."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from itaku.basis.clock import JST, Clock, FixedClock, InstantMs, PracticeClock, SystemClock, to_instant
from itaku.basis.errors import ItakuError
from itaku.basis.randomness import SystemRandomness
from itaku.basis.working import Line, lines_text, moment_ja
from itaku.basis.written_dates import read_written
from itaku.commands.databases import NothingRunsError, kept_contracts
from itaku.commands.json_lines import LONGEST_LINE, LineUnreadableError, parse
from itaku.contracts.engine.events import Event, Told, check_appendable, read_event
from itaku.contracts.engine.instance import DueState
from itaku.contracts.engine.result import Result, Sum, View, replay
from itaku.contracts.engine.why import find, why
from itaku.contracts.keeping.keeping import ContractUnknownError, Keeper
from itaku.contracts.model.answers import answers
from itaku.contracts.model.contract import Contract
from itaku.contracts.model.kinds import Calculation
from itaku.contracts.shelf import form, forms
from itaku.store.postgres import open_pool

T = TypeVar("T")


class InstanceUnknownError(ItakuError):
    """The contract has no instance, and no provision with instances, of that name."""

    code = "instance_unknown"
    ja = "その名前の義務・権利は、その日にはありません。itaku contract show で一覧を見てください。"
    en = "There is no duty or right of that name on that day. `itaku contract show` lists them."


class Where(NamedTuple):
    """Where a contract's events lie: a file of JSON lines, or a database (`dsn`); neither: nothing was told.

    `clock` says what now is there.
    """

    events: Path | None
    dsn: str | None
    clock: Clock


def where(events: Path | None, dsn: str | None, state: Path | None) -> Where:
    """The file or database that is named, by the arguments or $ITAKU_CONTRACTS_DSN; else what runs in the state.

    Raises `NothingRunsError` where nothing is named and nothing runs.
    """
    if events is not None:
        return Where(events, None, SystemClock())
    named = dsn or os.environ.get("ITAKU_CONTRACTS_DSN")
    if named is not None:
        return Where(None, named, SystemClock())
    kept = kept_contracts(state)
    if kept.clock_path is None:
        return Where(None, kept.dsn, SystemClock())
    with contextlib.closing(PracticeClock(kept.clock_path)) as clock:
        return Where(None, kept.dsn, FixedClock(clock.now()))  # a command happens at one moment


def contracts(dsn: str | None, state: Path | None) -> tuple[list[dict[str, Any]], str]:
    """The contract files on the shelf, and the contracts that are kept where something runs."""
    found: list[dict[str, Any]] = []
    for name in forms():
        contract = form(name)
        found.append(
            {
                "form": name,
                "id": contract.head.id,
                "ja": contract.head.ja,
                "en": contract.head.en,
                "provisions": len(contract.provisions),
                "clauses": len(answers(contract)),
            }
        )
    lines = [f"{each['form']} ({each['id']})  {each['ja']}  条項 {each['clauses']} / clauses" for each in found]
    try:
        place = where(None, dsn, state)
    except NothingRunsError as error:
        lines.append(f"{error.ja}\n{error.en}")
        return found, "\n".join(lines)
    for name, result in asking(place, _all_kept):
        head = result.fold.contract.head
        found.append({"contract": name, "form": head.id, "status": result.status, "seq": result.seq})
        lines.append(f"{name}  [{_STATUS[result.status]}]  {head.ja}  seq {result.seq}")
    return found, "\n".join(lines)


def asking(place: Where, ask: Callable[[Keeper], Awaitable[T]]) -> T:
    """Asks the keeper of the contracts of a database."""
    dsn = place.dsn
    assert dsn is not None, "a file of events has no keeper"

    async def work() -> T:
        pool = await open_pool(dsn, max_size=1, application_name="itaku")
        try:
            return await ask(Keeper(pool, form, place.clock, SystemRandomness()))
        finally:
            await pool.close()

    return asyncio.run(work())


async def _all_kept(keeper: Keeper) -> list[tuple[str, Result]]:
    return [(name, await keeper.at(name)) for name in await keeper.contracts()]


def where_of(name: str, events: Path | None, dsn: str | None, state: Path | None) -> Where:
    """As `where`; a form of the shelf of which nothing is named is a contract of which nothing was told."""
    named = events is not None or dsn is not None or "ITAKU_CONTRACTS_DSN" in os.environ
    if not named and any(name in {each, form(each).head.id} for each in forms()):
        return Where(None, None, SystemClock())
    return where(events, dsn, state)


def state(name: str, as_of: str | None, place: Where) -> Result:
    """A contract at an instant. Raises `FormUnknownError`, `ContractUnknownError` and the errors of what was told."""
    instant = place.clock.now() if as_of is None else _instant(as_of)
    if place.dsn is not None:
        return asking(place, lambda keeper: keeper.at(name, instant))
    contract = form(name)
    events = [] if place.events is None else told_in(contract, place.events)
    return replay(contract, events, instant)


def _instant(text: str) -> InstantMs:
    """A day stands for its end: what is due on it can still be done until midnight."""
    written = read_written(text, "--as-of")
    moment = written.moment or dt.datetime.combine(written.day, dt.time(23, 59, 59, 999000), JST)
    return to_instant(moment)


def told_in(contract: Contract, path: Path) -> list[Event]:
    """The events of a file, one JSON object a line, numbered as they stand."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ContractUnknownError(path.name) from error
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise LineUnreadableError(f"{path.name}:{number}: too long")
        event = read_event(contract, parse(line, Told), number)
        check_appendable(events, event)
        events.append(event)
    return events


def show(result: Result) -> tuple[dict[str, Any], str]:
    """Everything that stands: instances in the order of the articles, sums, terms, policies, flags."""
    contract = result.fold.contract
    sums = {name: found for name in result.views if (found := result.money(name)) is not None}
    facts = {
        "contract": contract.head.id,
        "status": result.status,
        "as_of": moment_ja(result.as_of),
        "seq": result.seq,
        "file_sha256": contract.sha256.hex(),
        "terms": {name: str(history[-1].value) for name, history in result.fold.terms.items()},
        "policies": {name: result.fold.choices.option(name) for name in contract.policies},
        "instances": [_plain(view) for view in result.views.values()],
        "sums": {
            name: {
                "yen": each.yen,
                "unpaid_yen": each.unpaid_yen,
                "grows": each.grows,
                "waits": None if each.blank is None else each.blank.waits,
                "last_confirmed_on": each.last_confirmed_on,
            }
            for name, each in sums.items()
        },
        "flags": [msgspec.to_builtins(flag) for flag in result.flags],
    }
    head = (
        f"{contract.head.ja}\n{contract.head.en}\n{_STATUS[result.status]}  {moment_ja(result.as_of)}  seq {result.seq}"
    )
    lines = [head, ""]
    for name, view in result.views.items():
        money = sums.get(name)
        amount = (
            ""
            if money is None
            else f"  {money.yen:,}円"
            if money.yen is not None
            else f"  額は未定（{_waits(money.blank)}）"
        )
        breach = f"  違反 {view.breached_on}" if view.breached_on else ""
        lines.append(f"{name}  [{_state(result, view, money)}]{_due(view.due)}{amount}{breach}{_about(result, view)}")
    lines += [f"! {flag.day} {flag.ja} / {flag.en} ({flag.about})" for flag in result.flags]
    return facts, "\n".join(lines)


def _about(result: Result, view: View) -> str:
    """Who owes whom, and the provision in short."""
    contract = result.fold.contract
    people = [contract.parties[each].ja for each in (view.bearer, view.counterparty) if each in contract.parties]
    return "\n    " + "：".join(
        (*((" → ".join(people),) if people else ()), result.fold.instances[view.id].rule.text.ja)
    )


def _state(result: Result, view: View, money: Sum | None) -> str:
    """The state for people. What is only a figure, and a sum of nothing, are no debts that stand open."""
    if view.state == "in_effect" and money is not None and money.yen == 0 and not money.grows:
        return "負担なし nothing owed"
    rule = result.fold.instances[view.id].rule.text
    if isinstance(rule, Calculation) and rule.discharge is None:
        return "計算値 figure"
    return f"{_STATES.get(view.state, view.state)} {view.state}"


def explain(result: Result, name: str) -> tuple[dict[str, Any], str]:
    """Why an instance, or each instance of a provision, stands as it does. `InstanceUnknownError`."""
    found = find(result, name)
    if not found:
        raise InstanceUnknownError(ascii(name[:80]))
    workings: dict[str, tuple[Line, ...]] = {each: why(result, each) for each in found}
    text = "\n\n".join(f"{each}\n{lines_text(lines)}" for each, lines in workings.items())
    return {each: msgspec.to_builtins(lines) for each, lines in workings.items()}, text


def _plain(view: View) -> dict[str, Any]:
    facts: dict[str, Any] = msgspec.to_builtins(view)
    return {key: value for key, value in facts.items() if value not in (None, "", [], {})}


def _due(due: DueState) -> str:
    if due.instant is not None:
        return f"  {moment_ja(due.instant)} まで"
    if due.day is not None:
        return f"  {due.day} まで" + (f"（動かせば {due.moved}）" if due.moved not in (None, due.day) else "")
    if due.blank is not None:
        return f"  期限は未定（{due.blank.waits}）"
    return f"  {due.manner}" if due.manner else ""


def _waits(blank: Any) -> str:
    return "" if blank is None else str(blank.waits)


_STATUS = {
    "unsigned": "締結前 / unsigned",
    "in_force": "有効 / in force",
    "expired": "満了 / expired",
    "terminated": "解除 / terminated",
    "cancelled": "解約 / cancelled",
}
_STATES = {
    "pending": "未到来",
    "in_effect": "履行中",
    "fulfilled": "履行済",
    "violated": "違反",
    "discharged": "消滅",
    "suspended": "中止",
    "not_arisen": "未発生",
    "available": "行使可",
    "barred": "行使不可",
    "exercised": "行使済",
    "lapsed": "失効",
    "running": "進行中",
    "holds": "成就",
    "averted": "不成就",
    "proved": "証明済",
    "unproved": "未証明",
    "expired": "証跡切れ",
}
